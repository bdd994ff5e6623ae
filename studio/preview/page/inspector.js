// A number on the picture: the array, step and index behind it, and frames around what was asked for.

import { make } from './elements.js';
import { get } from './link.js';

const MOST = 5;                    // things told of at one place

export class Inspector {
  constructor(root, panes) {
    this.root = root;
    this.panes = panes;
    this.known = new Map();        // pane -> address, and the readings on its picture
    this.all = false;              // every number is framed
    this.chosen = null;            // pane, frame and place of the click that is answered
    this.turn = 0;
  }

  // The readings on the frame's picture: asked for once.
  load(pane, frame) {
    const score = pane.score;
    if (!score || !pane.isToday(frame)) return [];
    const key = `${score.number}/${score.addresses[frame]}`, known = this.known.get(pane);
    if (known?.key === key) return known.readings;
    const readings = get(`readings/${pane.name}/${score.number}/${frame}`).catch(() => null).then(found => {
      if (!found && this.known.get(pane)?.key === key) this.known.delete(pane);
      return found ?? [];
    });
    this.known.set(pane, { key, readings });
    return readings;
  }

  // A click at (x, y), shares of the picture: the smallest thing under it that knows where it comes from.
  async pick(pane, frame, x, y) {
    const turn = ++this.turn;
    this.chosen = { pane, frame, x, y };
    const waiting = setTimeout(() => { this.root.classList.remove('old'); this.root.replaceChildren(make('p', 'quiet', 'Looking at the frame…')); }, 150);
    const readings = await this.load(pane, frame);
    clearTimeout(waiting);
    if (turn !== this.turn) return;
    this.root.classList.remove('old');
    const slack = 0.006, size = r => (r.box[2] - r.box[0]) * (r.box[3] - r.box[1]);
    const under = readings.filter(r => r.box[0] - slack <= x && x <= r.box[2] + slack && r.box[1] - slack <= y && y <= r.box[3] + slack);
    under.sort((a, b) => size(a) - size(b));
    this.show(under);
    this.outline(pane, this.all ? readings : under.slice(0, 1), under[0]);
  }

  show(found) {
    if (!found.length) { this.root.replaceChildren(make('p', 'quiet', 'Nothing here that was read from the run.')); return; }
    const seen = new Set(), rows = [];
    for (const reading of found) {
      const name = `${reading.text}${reading.kind}`;
      if (seen.has(name) || rows.length > MOST) continue;
      seen.add(name);
      rows.push(this.row(reading, rows.length > 0));
    }
    this.root.replaceChildren(...rows);
  }

  row(reading, more) {
    const row = make('div', more ? 'reading more' : 'reading'), list = make('dl');
    const shown = reading.shown ?? (typeof reading.value === 'number' ? String(+reading.value.toPrecision(7)) : '');
    row.append(make('b', '', shown || reading.kind), make('code', '', reading.text));
    const say = (name, value) => { if (value !== '' && value !== null) list.append(make('dt', '', name), make('dd', '', value)); };
    say('exact', Array.isArray(reading.value) ? reading.value.flat(9).map(v => +Number(v).toPrecision(5)).join(', ') : String(reading.value));
    say('step', reading.step === null ? 'recorded once' : String(reading.step));
    say('trace', reading.trace);
    say('shown as', reading.transform);
    say('drawn by', reading.kind);
    row.append(list);
    return row;
  }

  outline(pane, readings, chosen, kind = 'number') {
    const over = pane.figure.querySelector('.over');
    over.replaceChildren(...readings.map(reading => {
      const box = make('div', `box ${kind}${reading === chosen ? ' chosen' : ''}`);
      const [left, top, right, bottom] = reading.box;
      Object.assign(box.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%` });
      return box;
    }));
  }

  toggleAll(frame) {
    this.all = !this.all;
    this.rest(frame);
  }

  // The page rests on this frame: frame every number again, if that is wished.
  async rest(frame) {
    const turn = ++this.turn;
    for (const pane of this.panes) {
      if (!pane.info) continue;
      const readings = this.all ? await this.load(pane, frame) : [];
      if (turn !== this.turn) return;
      this.outline(pane, readings);
    }
  }

  // The frame or the code has changed: what was framed may have moved.
  leave() {
    this.turn++;
    for (const pane of this.panes) pane.figure.querySelector('.over').replaceChildren();
    this.root.classList.toggle('old', !!this.root.querySelector('.reading'));
  }

  // Today's picture stands there again: answer the last click anew, or frame everything.
  async renew(frame) {
    const last = this.chosen;
    if (last && last.frame === frame && last.pane.info) await this.pick(last.pane, frame, last.x, last.y);
    else if (this.all) await this.rest(frame);
  }

  // Another scene is shown.
  forget() {
    this.leave();
    this.chosen = null;
    this.known.clear();
    this.root.classList.remove('old');
    this.root.replaceChildren(make('p', 'quiet', 'Click anything on the picture: it says which array, step and index it was read from.'));
  }
}
