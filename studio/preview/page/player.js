// Where the page stands in time, and how it moves: playing, stepping, looping, scrubbing by time and training step.

import { post } from './link.js';

export class Player {
  constructor(pane, moved) {
    this.pane = pane;
    this.moved = moved;            // called with every new frame
    this.frame = 0;
    this.playing = false;
    this.looping = false;
    this.speed = 1;
    this.posted = 0;
    this.tick = this.tick.bind(this);
  }

  get rate() { return this.pane.info?.rate ?? 15; }
  get last() { return Math.max(0, this.pane.frames - 1); }

  go(frame, tell = true) {
    frame = Math.max(0, Math.min(this.last, Math.round(frame)));
    const changed = frame !== this.frame;
    this.frame = frame;
    this.moved(frame, changed);
    if (tell) this.tell();
  }

  // Tell the server where we stand, at most every 50 ms, and in the end always.
  tell() {
    clearTimeout(this.telling);
    const wait = Math.max(0, 50 - (performance.now() - this.posted));
    this.telling = setTimeout(() => {
      this.posted = performance.now();
      post('playhead', { show: 'main', frame: this.frame });
      if (!document.getElementById('other').hidden) post('playhead', { show: 'other', frame: this.frame });
    }, wait);
  }

  toggle() { this.playing ? this.pause() : this.play(); }

  play() {
    if (this.frame >= this.last && !this.looping) this.frame = 0;
    this.playing = true;
    this.time = performance.now();
    this.exact = this.frame;
    requestAnimationFrame(this.tick);
    this.moved(this.frame, false);
  }

  pause() {
    this.playing = false;
    this.go(this.frame);
  }

  tick(now) {
    if (!this.playing) return;
    const passed = Math.min(0.25, (now - this.time) / 1000);
    this.time = now;
    this.pane.ahead(this.frame, 24);
    let next = this.exact + passed * this.rate * this.speed;
    const [from, to] = this.looping ? this.section() : [0, this.last];
    if (next > to + 0.999) {
      if (!this.looping) { this.frame = this.last; this.pause(); return; }
      next = from;
    }
    // It never runs past a picture that is not there yet: it waits for it.
    let frame = Math.floor(next);
    while (frame > this.frame && !this.pane.has(frame)) frame--;
    if (frame < Math.floor(next) && frame === this.frame) {
      if (now - this.posted > 400) { this.posted = now; post('playhead', { show: 'main', frame: this.frame + 1 }); }
      next = Math.min(next, frame + 0.999);
    }
    this.exact = next;
    if (frame !== this.frame) { this.frame = frame; this.moved(frame, true); if (now - this.posted > 500) this.tell(); }
    requestAnimationFrame(this.tick);
  }

  sections() {
    const listed = this.pane.score?.sections ?? [];
    const starts = listed.length ? listed : [['', 0]];
    return starts.map(([name, first], i) => ({ name, first, last: (starts[i + 1]?.[1] ?? this.pane.frames) - 1 }));
  }

  section() {
    const found = this.sections().findLast(s => s.first <= this.frame) ?? { first: 0, last: this.last };
    return [found.first, found.last];
  }

  turnSection(by) {
    const all = this.sections();
    let i = all.findLastIndex(s => s.first <= this.frame);
    if (by < 0 && this.frame > (all[i]?.first ?? 0) + this.rate / 2) by = 0;
    i = Math.max(0, Math.min(all.length - 1, i + by));
    this.go(all[i].first);
  }

  step() { return this.pane.stepOf(this.frame); }

  toStep(step) {
    const steps = this.pane.score?.steps ?? [];
    let best = -1;
    for (let i = 0; i < steps.length; i++) if (best < 0 || Math.abs(steps[i] - step) < Math.abs(steps[best] - step)) best = i;
    if (best >= 0) this.go(best);
  }

  turnStep(by) {
    const steps = this.pane.score?.steps ?? [], now = this.step();
    const i = by > 0 ? steps.findIndex((s, f) => f > this.frame && s > now) : steps.findLastIndex((s, f) => f < this.frame && s < now);
    if (i >= 0) this.go(by > 0 ? i : steps.indexOf(steps[i]));
  }
}
