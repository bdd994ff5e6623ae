// All scenes, whether their renders are what the code would make now, and one key or click to render them.

import { make } from './elements.js';
import { on, post } from './link.js';

const QUALITIES = ['l', 'm', 'h', 'p', 'k'];
const SIZES = { l: '480p15', m: '720p30', h: '1080p60', p: '1440p60', k: '2160p60' };
const WORDS = { fresh: 'up to date', stale: 'out of date', unsure: 'there; whether it is up to date is being looked up', missing: 'not rendered' };

export class Scenes {
  constructor(root) {
    this.root = root;
    this.scenes = [];
    this.rows = new Map();         // name -> its row; rows stay, so that a click is never lost to a redraw
    this.shown = '';
    on('scenes', scenes => { this.scenes = scenes; this.draw(); });
    on('renders', renders => { this.renders = renders; this.drawOrders(); });
    root.addEventListener('keydown', event => this.key(event));
  }

  draw() {
    let chapter = null;
    const nodes = [];
    for (const scene of this.scenes) {
      if (scene.chapter !== chapter) {
        chapter = scene.chapter;
        nodes.push(make('li', 'chapter', chapter ? `chapter ${chapter}` : 'in no chapter'));
      }
      nodes.push(this.row(scene));
    }
    for (const name of this.rows.keys()) if (!this.scenes.some(scene => scene.name === name)) this.rows.delete(name);
    const held = document.activeElement;
    this.root.replaceChildren(...nodes);
    if (held?.matches('.scene')) held.focus({ preventScroll: true });
    const shown = this.scenes.find(scene => scene.shown)?.name;
    if (shown && shown !== this.shown) { this.shown = shown; this.rows.get(shown).scrollIntoView({ block: 'nearest' }); }
    this.drawOrders();
  }

  row(scene) {
    const row = this.rows.get(scene.name) ?? this.newRow(scene.name);
    row.classList.toggle('shown', scene.shown);
    row.title = scene.about;
    row.querySelector('.untrained').hidden = scene.traced;
    row.querySelectorAll('.qualities button').forEach((button, i) => {
      const [state, why] = scene.rendered[QUALITIES[i]] ?? ['missing', ''];
      button.className = state;
      button.title = `render at ${SIZES[QUALITIES[i]]}: ${WORDS[state]}${why ? `; ${why}` : ''}`;
    });
    return row;
  }

  newRow(name) {
    const row = make('li', 'scene'), buttons = make('span', 'qualities'), untrained = make('small', 'untrained', 'untrained');
    row.tabIndex = 0;
    row.dataset.scene = name;
    untrained.title = 'its run is not recorded yet; opening the scene records it';
    for (const letter of QUALITIES) {
      const button = make('button', '', letter);
      button.tabIndex = -1;
      button.addEventListener('click', event => { event.stopPropagation(); post('render', { scene: name, quality: letter }); });
      buttons.append(button);
    }
    row.append(make('span', 'name', name), untrained, buttons, make('div', 'orders'));
    row.addEventListener('click', () => post('open', { scene: name }));
    this.rows.set(name, row);
    return row;
  }

  drawOrders() {
    for (const [name, row] of this.rows) {
      const orders = (this.renders ?? []).filter(order => order.scene === name).slice(-2);
      const box = row.querySelector('.orders');
      if (orders.length || box.childElementCount) box.replaceChildren(...orders.map(order => this.order(order)));
    }
  }

  order(order) {
    const line = make('div', `order ${order.state}`);
    const words = { waiting: 'waits', going: order.what || 'starts', done: order.text, failed: order.text || 'failed', stopped: 'stopped' };
    const bar = make('i'), share = order.total ? 100 * order.done / order.total : 0;
    bar.style.width = order.state === 'done' ? '100%' : `${Math.min(100, share)}%`;
    const percent = order.state === 'going' && order.total ? `${Math.floor(Math.min(100, share))} %` : '';
    line.append(bar, make('span', '', `${SIZES[order.letter]}  ${words[order.state]}`), make('small', '', percent));
    line.title = words[order.state];
    line.addEventListener('click', event => event.stopPropagation());
    if (order.state === 'waiting' || order.state === 'going') {
      const stop = make('button', '', '×');
      stop.title = 'stop (x)';
      stop.addEventListener('pointerdown', event => { event.stopPropagation(); post('stop', { number: order.number }); });
      line.append(stop);
    }
    return line;
  }

  // Stop the newest render of the scene that is still to be done.
  stop(scene) {
    const order = (this.renders ?? []).findLast(o => o.scene === scene && ['waiting', 'going'].includes(o.state));
    if (order) post('stop', { number: order.number });
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
    else if (event.key === 'x') this.stop(scene);
    else if (QUALITIES.includes(event.key)) post('render', { scene, quality: event.key });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
