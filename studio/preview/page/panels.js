// What stands beside the picture: mistakes over it, numbers and where they come from, findings, scenes and renders.

import { get, on, post } from './link.js';

const QUALITIES = ['l', 'm', 'h', 'p', 'k'];
const SIZES = { l: '480p15', m: '720p30', h: '1080p60', p: '1440p60', k: '2160p60' };

export function make(tag, classes = '', text = '') {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (text !== '') node.textContent = text;
  return node;
}

// -- mistakes -------------------------------------------------------------------------------------
export function showMistake(pane) {
  const box = pane.figure.querySelector('.mistake'), mistake = pane.info?.mistake;
  pane.figure.classList.toggle('broken', !!mistake);
  box.hidden = !mistake;
  if (!mistake) return;
  const place = mistake.way.at(-1);
  const head = make('h3', '', mistake.kind === 'Hanging' ? 'it hangs' : mistake.kind);
  const message = make('p', 'message', mistake.message.split('\n').slice(0, 6).join('\n'));
  box.replaceChildren(head, message);
  if (!place) return;
  box.append(make('p', 'place', `${place.file}:${place.line}${place.function ? ` in ${place.function}` : ''}`));
  const code = make('pre');
  for (const [number, text] of place.source) {
    const line = make('div', number === place.line ? 'here' : '');
    line.append(make('span', '', String(number).padStart(4)), document.createTextNode(text));
    code.append(line);
  }
  box.append(code);
  if (mistake.way.length > 1) {
    const list = make('ol', 'way');
    for (const step of mistake.way.slice(0, -1).reverse()) list.append(make('li', '', `from ${step.file}:${step.line} in ${step.function}`));
    box.append(list);
  }
}

// -- numbers --------------------------------------------------------------------------------------
export class Inspector {
  constructor(root, pane) {
    this.root = root;
    this.pane = pane;
    this.over = pane.figure.querySelector('.over');
    this.readings = null;
    this.all = false;
  }

  async load(frame) {
    const score = this.pane.score;
    if (!score || !this.pane.isToday(frame)) return [];
    const key = score.addresses[frame];
    if (this.key !== key) {
      this.readings = await get(`readings/${this.pane.name}/${score.number}/${frame}`) ?? [];
      this.key = key;
    }
    return this.readings;
  }

  // A click at (x, y), shares of the picture: the smallest thing under it that knows where it comes from.
  async pick(frame, x, y) {
    this.root.classList.add('busy');
    const readings = await this.load(frame);
    this.root.classList.remove('busy');
    const slack = 0.006, size = r => (r.box[2] - r.box[0]) * (r.box[3] - r.box[1]);
    const under = readings.filter(r => r.box[0] - slack <= x && x <= r.box[2] + slack && r.box[1] - slack <= y && y <= r.box[3] + slack);
    under.sort((a, b) => size(a) - size(b));
    this.show(under);
    this.outline(this.all ? readings : under.slice(0, 1), under[0]);
  }

  show(found) {
    if (!found.length) { this.root.replaceChildren(make('p', 'quiet', 'No number here.')); return; }
    const seen = new Set(), rows = [];
    for (const reading of found) {
      const index = reading.index.length ? `[${reading.index.join(', ')}]` : '';
      const text = `${reading.array}${index}`;
      if (seen.has(text + reading.kind) || rows.length > 5) continue;
      seen.add(text + reading.kind);
      const row = make('div', rows.length ? 'reading more' : 'reading');
      const value = reading.shown ?? (typeof reading.value === 'number' ? String(+reading.value.toPrecision(7)) : '');
      row.append(make('b', '', value || reading.kind), make('code', '', text));
      const list = make('dl');
      const say = (name, value) => { if (value !== '' && value !== null) list.append(make('dt', '', name), make('dd', '', value)); };
      say('exact', Array.isArray(reading.value) ? reading.value.flat(9).map(v => +Number(v).toPrecision(5)).join(', ') : String(reading.value));
      say('step', reading.step === null ? 'recorded once' : String(reading.step));
      say('trace', reading.trace);
      say('shown as', reading.transform);
      say('drawn by', reading.kind);
      row.append(list);
      rows.push(row);
    }
    this.root.replaceChildren(...rows);
  }

  outline(readings, chosen, kind = 'number') {
    this.over.replaceChildren(...readings.map(reading => {
      const box = make('div', `box ${kind}${reading === chosen ? ' chosen' : ''}`);
      const [left, top, right, bottom] = reading.box;
      Object.assign(box.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%` });
      return box;
    }));
  }

  async toggleAll(frame) {
    this.all = !this.all;
    this.outline(this.all ? await this.load(frame) : []);
  }

  leave() {                        // the frame has changed: what was framed may have moved
    if (this.over.childElementCount) this.over.replaceChildren();
    this.all = false;
  }
}

// -- findings -------------------------------------------------------------------------------------
export class Findings {
  constructor(root, button, player, timeline, inspector) {
    Object.assign(this, { root, player, timeline, inspector, list: [], at: -1 });
    button.addEventListener('click', () => this.check());
    on('findings', found => this.show(found));
  }

  check() { post('check', {}); }

  show(found) {
    const button = document.getElementById('check');
    button.textContent = found?.state === 'going' ? 'checking…' : 'check';
    this.list = found?.findings ?? [];
    this.at = -1;
    this.timeline.findings = this.list;
    this.timeline.chosen = -1;
    this.timeline.draw();
    if (!found || found.state === 'going' && !this.list.length) { this.root.replaceChildren(); return; }
    if (found.state === 'failed') { this.root.replaceChildren(make('li', 'quiet', found.text)); return; }
    if (!this.list.length) { this.root.replaceChildren(make('li', 'quiet', 'Nothing to find fault with.')); return; }
    this.root.replaceChildren(...this.list.map((finding, i) => {
      const row = make('li');
      row.append(make('time', '', `${finding.time.toFixed(1)} s`), make('b', '', finding.kind), make('span', '', finding.text));
      row.addEventListener('click', () => this.go(i));
      return row;
    }));
    this.root.classList.toggle('old', !!found.old);
  }

  turn(by) {
    if (this.list.length) this.go((this.at + by + this.list.length) % this.list.length);
  }

  async outline(i) {
    const pane = this.player.pane, frame = this.player.frame;
    const boxes = pane.score ? await get(`outlines/${pane.name}/${pane.score.number}/${frame}/${i}`) : null;
    if (frame === this.player.frame && boxes) this.inspector.outline(boxes.map(box => ({ box })), null, 'finding');
  }

  go(i) {
    this.at = this.timeline.chosen = i;
    const finding = this.list[i];
    this.player.playing = false;
    this.player.go(Math.ceil(finding.time * this.player.rate - 1e-6));
    [...this.root.children].forEach((row, at) => row.classList.toggle('now', at === i));
    this.root.children[i]?.scrollIntoView({ block: 'nearest' });
    this.timeline.draw();
    this.outline(i);
  }
}

// -- scenes and renders ---------------------------------------------------------------------------
export class Scenes {
  constructor(root) {
    this.root = root;
    this.scenes = [];
    this.renders = [];
    on('scenes', scenes => { this.scenes = scenes; this.draw(); });
    on('renders', renders => { this.renders = renders; this.draw(); });
    root.addEventListener('keydown', event => this.key(event));
  }

  draw() {
    const held = this.root.contains(document.activeElement) ? document.activeElement.dataset.scene : null;
    let chapter = null;
    const rows = [];
    for (const scene of this.scenes) {
      if (scene.chapter !== chapter) {
        chapter = scene.chapter;
        rows.push(make('li', 'chapter', chapter ? `chapter ${chapter}` : 'in no chapter'));
      }
      rows.push(this.row(scene));
    }
    this.root.replaceChildren(...rows);
    if (held) this.root.querySelector(`[data-scene="${CSS.escape(held)}"]`)?.focus();
  }

  row(scene) {
    const row = make('li', scene.shown ? 'scene shown' : 'scene');
    row.tabIndex = 0;
    row.dataset.scene = scene.name;
    row.title = scene.about;
    const name = make('span', 'name', scene.name);
    const buttons = make('span', 'qualities');
    for (const letter of QUALITIES) {
      const button = make('button', scene.rendered.includes(letter) ? 'rendered' : '', letter);
      button.title = `render at ${SIZES[letter]}${scene.rendered.includes(letter) ? ' (a render of it is there)' : ''}`;
      button.tabIndex = -1;
      button.addEventListener('click', event => { event.stopPropagation(); post('render', { scene: scene.name, quality: letter }); });
      buttons.append(button);
    }
    row.append(name, buttons);
    row.addEventListener('click', () => post('open', { scene: scene.name }));
    for (const order of this.renders.filter(o => o.scene === scene.name).slice(-2)) row.append(this.order(order));
    return row;
  }

  order(order) {
    const line = make('div', `order ${order.state}`);
    const words = { waiting: 'waits', going: order.what || 'starts', done: order.text, failed: order.text || 'failed', stopped: 'stopped' };
    const bar = make('i');
    bar.style.width = order.state === 'done' ? '100%' : `${order.total ? 100 * order.done / order.total : 0}%`;
    line.append(bar, make('span', '', `${SIZES[order.letter]}  ${words[order.state]}`));
    line.title = words[order.state];
    if (order.state === 'waiting' || order.state === 'going') {
      const stop = make('button', '', '×');
      stop.title = 'stop';
      stop.addEventListener('click', event => { event.stopPropagation(); post('stop', { number: order.number }); });
      line.append(stop);
    }
    return line;
  }

  focus() { (this.root.querySelector('.shown') ?? this.root.querySelector('.scene'))?.focus(); }

  key(event) {
    const rows = [...this.root.querySelectorAll('.scene')], at = rows.indexOf(document.activeElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const scene = rows[at].dataset.scene;
    if (event.key === 'ArrowDown') rows[Math.min(rows.length - 1, at + 1)].focus();
    else if (event.key === 'ArrowUp') rows[Math.max(0, at - 1)].focus();
    else if (event.key === 'Enter') { post('open', { scene }); document.activeElement.blur(); }
    else if (event.key === 'Escape') document.activeElement.blur();
    else if (QUALITIES.includes(event.key)) post('render', { scene, quality: event.key });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
