// The timeline: sections with their pictures, plays, the state of every chunk, narration, findings, and the playhead.

import { colour } from './colours.js';
import { make } from './elements.js';
import { url } from './link.js';

const COLOURS = Object.fromEntries(['fresh', 'redrawing', 'queued', 'stale'].map(state => [state, colour(state)]));
const CHUNKS = 8, PLAYS = 15, WORDS = 21, RULER = 48;  // where the rows of the strip stand, in pixels
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300];     // seconds that the ruler may count by

export const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

// As much of the text as `room` pixels hold.
function fitted(g, text, room) {
  if (g.measureText(text).width <= room) return text;
  let length = Math.floor(text.length * room / g.measureText(text).width) + 2;
  while (length > 1 && g.measureText(`${text.slice(0, length).trimEnd()}…`).width > room) length--;
  return length > 1 ? `${text.slice(0, length).trimEnd()}…` : '';
}

export class Timeline {
  constructor(root, player) {
    this.player = player;
    this.root = root;
    this.rows = root.querySelector('.sections');
    this.strip = root.querySelector('.strip');
    this.head = root.querySelector('.head');
    this.tip = root.querySelector('.tip');
    this.findings = [];
    this.chosen = -1;
    this.thumbs = new Map();       // frame -> address whose picture has been there
    root.addEventListener('pointerdown', event => {
      root.setPointerCapture(event.pointerId);
      this.held = player.playing;
      player.playing = false;
      const mark = this.markAt(event);
      if (mark >= 0) this.pick(mark);
      else this.scrub(event);
    });
    root.addEventListener('pointermove', event => { if (root.hasPointerCapture(event.pointerId)) this.scrub(event); this.hint(event); });
    root.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    root.addEventListener('pointerup', () => { if (this.held) player.play(); this.held = false; });
    new ResizeObserver(() => this.draw()).observe(root);
  }

  at(event) {
    const box = this.root.getBoundingClientRect();
    return (event.clientX - box.left) / box.width * this.player.pane.frames - 0.5;
  }

  scrub(event) { this.player.go(this.at(event)); }

  // The finding whose mark is under the pointer, or -1.
  markAt(event) {
    const box = this.strip.getBoundingClientRect();
    if (event.clientY < box.top - 2 || event.clientY > box.top + CHUNKS) return -1;
    const rate = this.player.rate, pixel = this.player.pane.frames / box.width;
    const near = this.findings.map(finding => Math.abs(finding.time * rate - 0.5 - this.at(event)) / pixel);
    const best = near.indexOf(Math.min(...near));
    return near[best] < 7 ? best : -1;
  }

  // What stands under the pointer: its picture, time, step, section and words.
  hint(event) {
    const pane = this.player.pane;
    if (!pane.score) return;
    const frame = Math.max(0, Math.min(pane.frames - 1, Math.round(this.at(event))));
    const section = this.player.sections().findLast(s => s.first <= frame), mark = this.markAt(event);
    const picture = make('i');
    if (pane.isDrawn(frame)) picture.style.backgroundImage = `url("${url(`thumb/${pane.score.addresses[frame]}`)}")`;
    const words = mark >= 0 ? `${this.findings[mark].kind}: ${this.findings[mark].text}` : pane.said(frame);
    const where = [`${(frame / this.player.rate).toFixed(2)} s`, `step ${pane.score.steps[frame]}`, section?.name].filter(Boolean);
    this.tip.replaceChildren(picture, make('b', '', where.join('  ·  ')), make('span', mark >= 0 ? 'wrong' : '', words));
    this.tip.hidden = false;
    const box = this.root.getBoundingClientRect(), half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.max(half, Math.min(box.width - half, event.clientX - box.left))}px`;
  }

  draw() {
    const pane = this.player.pane, frames = pane.frames;
    this.root.setAttribute('aria-valuemax', Math.max(0, frames - 1));
    if (!frames) { this.rows.replaceChildren(); this.filmed = ''; this.strip.width = 0; return; }
    this.drawSections(frames);
    this.drawStrip(pane, frames);
    this.move();
  }

  // Built anew only when it would look different: while chunks are drawn this is asked many times a second.
  drawSections(frames) {
    const wanted = this.player.sections().map(section => {
      const share = (section.last - section.first + 1) / frames;
      return { name: section.name, share, pictures: this.pictures(section, share) };
    });
    const key = JSON.stringify(wanted);
    if (key === this.filmed) return;
    this.filmed = key;
    this.rows.replaceChildren(...wanted.map(({ name, share, pictures }) => {
      const cell = make('div', 'section'), row = make('div', 'pictures');
      cell.style.width = `${share * 100}%`;
      for (const { known, old } of pictures) {
        const image = make('i', old ? 'old' : '');
        if (known) image.style.backgroundImage = `url("${url(`thumb/${known}`)}")`;
        row.append(image);
      }
      cell.append(make('span', '', name), row);
      return cell;
    }));
  }

  // As many whole pictures as the section has room for; each shows the frame in its middle.
  pictures(section, share) {
    const pane = this.player.pane, frames = section.last - section.first;
    const width = share * this.root.clientWidth, one = 16 / 9 * parseFloat(getComputedStyle(this.root).getPropertyValue('--film'));
    const room = Math.max(1, Math.ceil(width / one - 0.05));
    return Array.from({ length: room }, (_, i) => {
      const frame = Math.min(section.last, Math.round(section.first + (i + 0.5) * one / width * frames));
      const address = pane.score.addresses[frame];
      if (pane.isToday(frame) && pane.isDrawn(frame)) this.thumbs.set(frame, address);
      const known = this.thumbs.get(frame);
      return { known, old: known !== address };
    });
  }

  drawStrip(pane, frames) {
    const box = this.strip.getBoundingClientRect(), scale = devicePixelRatio || 1;
    this.strip.width = box.width * scale;
    this.strip.height = box.height * scale;
    const g = this.strip.getContext('2d');
    g.scale(scale, scale);
    const x = frame => frame / frames * box.width, rate = this.player.rate;
    this.drawChunks(g, pane, x);
    g.fillStyle = colour('dim');
    for (const play of pane.score.plays) g.fillRect(Math.round(x(play)), PLAYS, 1, 4);
    this.drawWords(g, pane, x, rate);
    this.drawRuler(g, frames / rate, x, rate);
    this.drawFindings(g, x, rate);
  }

  drawChunks(g, pane, x) {
    const today = pane.score.generation === pane.info?.generation;
    for (const [first, last, state, share] of pane.chunks) {
      const width = Math.max(1, x(last + 1) - x(first) - 1);
      g.fillStyle = COLOURS[today ? (state === 'redrawing' ? 'queued' : state) : 'stale'];
      g.fillRect(x(first), CHUNKS, width, 5);
      if (today && state === 'redrawing') { g.fillStyle = COLOURS.redrawing; g.fillRect(x(first), CHUNKS, Math.max(2, width * share), 5); }
    }
  }

  drawWords(g, pane, x, rate) {
    const now = this.player.frame / rate + 1e-6;
    g.font = '11px system-ui, "DejaVu Sans", sans-serif';
    g.textBaseline = 'middle';
    pane.score.captions.forEach(([start, end, text], i, all) => {
      const left = x(start * rate), width = x((end - start) * rate) - 2, spoken = start <= now && now < end;
      g.fillStyle = colour(spoken ? 'said' : 'track');
      g.beginPath();
      g.roundRect(left, WORDS, Math.max(2, width), 20, 3);
      g.fill();
      const room = (i + 1 < all.length ? x(all[i + 1][0] * rate) : x(pane.frames)) - left - 12;
      g.fillStyle = colour(spoken ? 'text' : 'label');
      if (room > 14) g.fillText(fitted(g, text, room), left + 6, WORDS + 10.5);
    });
  }

  drawRuler(g, seconds, x, rate) {
    const every = TIMES.find(t => x(t * rate) > 56) ?? 600;
    g.font = '10px system-ui, "DejaVu Sans", sans-serif';
    g.textBaseline = 'middle';
    g.fillStyle = colour('dim');
    for (let t = 0; t < seconds - every * 0.3; t += every) {
      g.fillRect(Math.round(x(t * rate)), RULER - 3, 1, 8);
      g.fillText(clock(t), Math.round(x(t * rate)) + 4, RULER + 1.5);
    }
  }

  drawFindings(g, x, rate) {
    this.findings.forEach((finding, i) => {
      g.fillStyle = colour(i === this.chosen ? 'text' : 'wrong');
      const at = Math.max(4, x(finding.time * rate));
      if (finding.until > finding.time) g.fillRect(at, 0, Math.max(1, x((finding.until - finding.time) * rate)), 2);
      g.beginPath();
      g.moveTo(at - 4, 0); g.lineTo(at + 4, 0); g.lineTo(at, 7);
      g.fill();
    });
  }

  move() {
    const pane = this.player.pane, frames = Math.max(1, pane.frames);
    this.head.style.left = `${(this.player.frame + 0.5) / frames * 100}%`;
    this.root.setAttribute('aria-valuenow', this.player.frame);
    const now = this.player.section()[0];
    this.player.sections().forEach((s, i) => this.rows.children[i]?.classList.toggle('now', s.first === now));
    const said = pane.score ? pane.said(this.player.frame) : '';
    if (pane.score && said !== this.said) { this.said = said; this.drawStrip(pane, frames); }
  }
}
