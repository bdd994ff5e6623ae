// What `reel check` says of the scene: a list, marks on the timeline, and outlines on the picture.

import { make } from './elements.js';
import { get, on, post } from './link.js';

export class Findings {
  constructor(root, button, player, timeline, inspector) {
    Object.assign(this, { root, button, player, timeline, inspector, list: [], at: -1 });
    button.addEventListener('click', () => this.check());
    timeline.pick = i => this.go(i);
    on('findings', found => this.show(found));
    this.show(null);
  }

  check() { post('check', {}); }

  show(found) {
    const going = found?.state === 'going';
    this.button.textContent = going ? 'checking…' : 'check';
    this.list = found?.findings ?? [];
    this.at = this.timeline.chosen = -1;
    this.timeline.findings = this.list;
    this.timeline.draw();
    this.root.classList.toggle('old', !!found?.old && !!this.list.length);
    this.root.replaceChildren(...(this.list.length ? this.list.map((finding, i) => this.row(finding, i)) : [make('li', 'quiet', this.words(found))]));
  }

  words(found) {
    if (!found) return 'Not looked through yet.';
    if (found.state === 'going') return 'Looking through every frame…';
    if (found.state === 'failed') return found.text;
    return found.old ? 'Nothing, before the last save.' : 'Nothing to find fault with.';
  }

  row(finding, i) {
    const row = make('li');
    row.append(make('time', '', `${finding.time.toFixed(1)} s`), make('b', '', finding.kind), make('span', '', finding.text));
    row.addEventListener('click', () => this.go(i));
    return row;
  }

  turn(by) {
    if (this.list.length) this.go(this.at < 0 && by < 0 ? this.list.length - 1 : (this.at + by + this.list.length) % this.list.length);
  }

  async outline(i) {
    const pane = this.player.pane, frame = this.player.frame;
    const boxes = pane.score ? await get(`outlines/${pane.name}/${pane.score.number}/${frame}/${i}`) : null;
    if (frame === this.player.frame && boxes) this.inspector.outline(pane, boxes.map(box => ({ box })), null, 'finding');
  }

  go(i) {
    this.at = this.timeline.chosen = i;
    const finding = this.list[i];
    this.player.playing = false;
    this.player.go(Math.ceil(finding.time * this.player.rate - 1e-6));
    [...this.root.children].forEach((row, at) => row.classList.toggle('now', at === i));
    this.root.children[i]?.scrollIntoView({ block: 'nearest' });
    this.timeline.draw();
    this.inspector.chosen = null;
    this.outline(i);
  }
}
