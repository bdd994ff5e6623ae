// One scene as the page knows it: frames by address, which of them are today's, and their pictures. Draws on one canvas.

import { get, on, url } from './link.js';

const KEPT = 100;                  // decoded pictures at hand, all panes together
const bitmaps = new Map();         // path -> ImageBitmap, or a promise of one

function picture(path) {
  const known = bitmaps.get(path);
  if (known) {
    bitmaps.delete(path);
    bitmaps.set(path, known);
    return known;
  }
  const coming = fetch(url(path)).then(answer => answer.ok ? answer.blob() : Promise.reject(answer.status))
    .then(createImageBitmap)
    .then(bitmap => { if (bitmaps.has(path)) bitmaps.set(path, bitmap); return bitmap; })
    .catch(() => { bitmaps.delete(path); return null; });
  bitmaps.set(path, coming);
  while (bitmaps.size > KEPT) bitmaps.delete(bitmaps.keys().next().value);
  return coming;
}

export class Pane {
  constructor(name, changed) {
    this.name = name;
    this.changed = changed;        // called when what is known changes
    this.figure = document.getElementById(name);
    this.canvas = this.figure.querySelector('canvas');
    this.context = this.canvas.getContext('2d', { alpha: false });
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    this.info = this.score = this.before = this.still = null;
    this.chunks = [];
    this.shown = '';               // path of the picture on the canvas
    this.stale = false;            // whether that picture is not today's
    this.reading = false;
    on(name, info => { this.info = info; this.changed('info'); });
    on(`${name}-score`, mark => this.read(mark));
    on(`${name}-chunks`, chunks => { this.chunks = chunks ?? []; this.changed('chunks'); });
    on(`${name}-still`, still => { this.still = still; this.changed('still'); });
  }

  get frames() { return this.score?.addresses.length ?? 0; }

  async read(mark) {
    this.mark = mark;
    if (this.reading) return;
    this.reading = true;
    while (this.mark !== undefined) {
      const wanted = this.mark;
      this.mark = undefined;
      if (wanted === null) { this.score = this.before = null; continue; }
      const [now, before] = await Promise.all([
        wanted.now ? get(`score/${this.name}/now`) : null,
        wanted.before && wanted.before.number !== this.before?.number ? get(`score/${this.name}/before`) : this.before,
      ]).catch(() => [this.score, this.before]);
      this.score = now;
      this.before = wanted.before ? before : null;
      this.changed('score');
    }
    this.reading = false;
  }

  chunkOf(frame) { return this.chunks.find(chunk => chunk[0] <= frame && frame <= chunk[1]); }

  // Whether the frame's address is that of today's code.
  isToday(frame) {
    return !!this.score && this.score.generation === this.info?.generation && frame < this.score.proved;
  }

  // The look at the frame with today's code, if there was one.
  lookedAt(frame) {
    const still = this.still;
    return still && still.frame === frame && still.generation === this.info?.generation ? still : null;
  }

  // The training step that the frame shows; just after an edit only a look knows it.
  stepOf(frame) {
    const looked = this.isToday(frame) ? null : this.lookedAt(frame);
    return looked?.step ?? this.score?.steps[frame] ?? 0;
  }

  // How many chunks are drawn, of all.
  drawn() {
    return { done: this.chunks.filter(chunk => chunk[2] === 'fresh').length, total: this.chunks.length };
  }

  // The narration at the frame.
  said(frame) {
    const now = frame / (this.info?.rate ?? 15) + 1e-6;
    return this.score?.captions.findLast(([start, end]) => start <= now && now < end)?.[2] ?? '';
  }

  isDrawn(frame) { return this.chunkOf(frame)?.[2] === 'fresh'; }

  // Where the frame's picture is to be had now, and whether it is today's; null when there is none.
  find(frame, before = false) {
    if (before) return this.before ? { path: `frame/${this.before.addresses[Math.min(frame, this.before.addresses.length - 1)]}`, today: true } : null;
    const looked = this.lookedAt(frame);
    const address = this.score?.addresses[frame], path = `frame/${address}`;
    const there = address && (this.isDrawn(frame) || bitmaps.has(path));
    if (there && this.isToday(frame)) return { path, today: true };
    if (looked) return { path: `frame/${looked.address}`, today: true };
    if (there) return { path, today: false };
    const old = this.before?.addresses[frame];
    return old ? { path: `frame/${old}`, today: false } : null;
  }

  // Draw the frame; resolves to whether today's picture of it stands on the canvas.
  async show(frame, before = false) {
    this.wanted = `${frame}/${before}`;
    const mine = this.wanted;
    const found = this.find(frame, before);
    if (!found) return false;
    let bitmap = picture(found.path);
    if (bitmap instanceof Promise) bitmap = await bitmap;
    if (!bitmap || this.wanted !== mine) return false;
    if (this.shown !== found.path && !this.sharpFor?.startsWith(`${found.path}#`)) this.paint(bitmap, found.path);
    this.stale = !found.today;
    return found.today;
  }

  // As many pixels as the screen has for it: the browser then never shrinks or stretches the canvas.
  fit(zoom = this.zoom ?? 1) {
    this.zoom = zoom;
    const width = Math.max(64, Math.min(3840, Math.round(this.canvas.clientWidth * (devicePixelRatio || 1) * zoom)));
    if (width === this.canvas.width) return;
    this.canvas.width = width;
    this.canvas.height = Math.round(width * 9 / 16);
    if (this.last) this.put(this.last);
  }

  put(bitmap) {
    this.last = bitmap;
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(bitmap, 0, 0, this.canvas.width, this.canvas.height);
  }

  paint(bitmap, path) {
    this.put(bitmap);
    this.shown = path;
    this.sharpFor = null;
    window.painted?.(this.name, path);  // for tests and measurements
  }

  // The same frame at full size, once the page rests on it.
  async sharpen(frame) {
    if (!this.score || !this.isToday(frame)) return;
    const address = this.score.addresses[frame];
    const mine = `frame/${address}`;
    if (this.sharpFor?.startsWith(mine)) return;
    const answer = await fetch(url(`sharp/${this.name}/${this.score.number}/${frame}`)).catch(() => null);
    if (!answer?.ok) return;
    const bitmap = await createImageBitmap(await answer.blob());
    if (this.shown === mine && this.score?.addresses[frame] === address) {
      this.put(bitmap);
      this.sharpFor = `${mine}#`;
    }
  }

  // Fetch what will be wanted soon.
  ahead(frame, count, direction = 1) {
    for (let i = 1; i <= count; i++) {
      const at = frame + i * direction;
      if (at >= 0 && at < this.frames && this.isToday(at) && this.isDrawn(at)) picture(`frame/${this.score.addresses[at]}`);
    }
  }

  has(frame) {
    const found = this.find(frame);
    return !!found?.today && bitmaps.has(found.path) && !(bitmaps.get(found.path) instanceof Promise);
  }
}
