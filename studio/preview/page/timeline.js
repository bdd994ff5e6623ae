// The timeline: sections with their pictures, plays, the state of every chunk, captions, findings, and the playhead.

import { colour } from './colours.js';
import { url } from './link.js';

const COLOURS = Object.fromEntries(['fresh', 'redrawing', 'queued', 'stale'].map(state => [state, colour(state)]));

export class Timeline {
  constructor(root, player) {
    this.player = player;
    this.root = root;
    this.rows = root.querySelector('.sections');
    this.strip = root.querySelector('.strip');
    this.head = root.querySelector('.head');
    this.findings = [];
    this.thumbs = new Map();       // address -> url that has worked
    const scrub = event => {
      const box = root.getBoundingClientRect();
      player.go((event.clientX - box.left) / box.width * player.pane.frames - 0.5);
    };
    root.addEventListener('pointerdown', event => {
      if (event.target.closest('button')) return;
      root.setPointerCapture(event.pointerId);
      this.held = player.playing;
      player.playing = false;
      scrub(event);
    });
    root.addEventListener('pointermove', event => { if (root.hasPointerCapture(event.pointerId)) scrub(event); });
    root.addEventListener('pointerup', () => { if (this.held) player.play(); this.held = false; });
    new ResizeObserver(() => this.draw()).observe(root);
  }

  draw() {
    const pane = this.player.pane, frames = pane.frames;
    if (!frames) { this.rows.replaceChildren(); return; }
    this.drawSections(frames);
    this.drawStrip(pane, frames);
    this.move();
  }

  drawSections(frames) {
    const made = this.player.sections().map(section => {
      const cell = document.createElement('div');
      const share = (section.last - section.first + 1) / frames;
      cell.className = 'section';
      cell.style.width = `${share * 100}%`;
      const label = document.createElement('span');
      label.textContent = section.name;
      cell.title = section.name;
      cell.append(this.pictures(section, share), label);
      return cell;
    });
    this.rows.replaceChildren(...made);
  }

  pictures(section, share) {
    const row = document.createElement('div'), pane = this.player.pane;
    row.className = 'pictures';
    const room = Math.max(1, Math.round(share * this.root.clientWidth / 92));
    for (let i = 0; i < room; i++) {
      const frame = Math.round(section.first + (i + 0.6) / room * (section.last - section.first));
      const image = document.createElement('i');
      const address = pane.score.addresses[frame];
      if (pane.isToday(frame) && pane.isDrawn(frame)) this.thumbs.set(frame, address);
      const known = this.thumbs.get(frame);
      if (known) image.style.backgroundImage = `url("${url(`thumb/${known}`)}")`;
      if (known !== address) image.className = 'old';
      row.append(image);
    }
    return row;
  }

  drawStrip(pane, frames) {
    const box = this.strip.getBoundingClientRect(), scale = devicePixelRatio || 1;
    this.strip.width = box.width * scale;
    this.strip.height = box.height * scale;
    const g = this.strip.getContext('2d');
    g.scale(scale, scale);
    const x = frame => frame / frames * box.width;
    const today = pane.score.generation === pane.info?.generation;
    for (const [first, last, state, share] of pane.chunks) {
      const width = x(last + 1) - x(first) - 1;
      g.fillStyle = COLOURS[today ? (state === 'redrawing' ? 'queued' : state) : 'stale'];
      g.fillRect(x(first), 8, width, 6);
      if (today && state === 'redrawing') { g.fillStyle = COLOURS.redrawing; g.fillRect(x(first), 8, Math.max(2, width * share), 6); }
    }
    g.fillStyle = colour('label');
    for (const play of pane.score.plays) g.fillRect(x(play), 16, 1, 4);
    g.fillStyle = colour('line');
    for (const [start, end] of pane.score.captions) g.fillRect(x(start * pane.info.rate), 22, x((end - start) * pane.info.rate) - 1, 2);
    this.findings.forEach((finding, i) => {
      g.fillStyle = colour(i === this.chosen ? 'text' : 'wrong');
      const at = x(finding.time * pane.info.rate);
      g.beginPath();
      g.moveTo(at - 4, 0); g.lineTo(at + 4, 0); g.lineTo(at, 7);
      g.fill();
    });
  }

  move() {
    const frames = Math.max(1, this.player.pane.frames);
    this.head.style.left = `${(this.player.frame + 0.5) / frames * 100}%`;
    const now = this.player.section()[0];
    this.player.sections().forEach((s, i) => this.rows.children[i]?.classList.toggle('now', s.first === now));
  }
}
