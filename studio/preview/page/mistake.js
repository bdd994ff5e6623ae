// A mistake in the author's code, over the picture: what, where, and the lines around it.

import { make } from './elements.js';

const TITLES = { UserError: 'this cannot be', Hanging: 'it hangs', Impure: 'it comes out differently each time', Lost: 'a process was lost' };

export function showMistake(pane) {
  const box = pane.figure.querySelector('.mistake'), mistake = pane.info?.mistake;
  pane.figure.classList.toggle('broken', !!mistake);
  box.hidden = !mistake;
  if (!mistake) return;
  const place = mistake.way.at(-1);
  const head = make('h3', '', TITLES[mistake.kind] ?? mistake.kind);
  const message = make('p', 'message', mistake.message.split('\n').slice(0, 6).join('\n'));
  box.replaceChildren(head, message);
  if (!place) return;
  box.append(make('p', 'place', `${place.file}:${place.line}${place.function ? ` in ${place.function}` : ''}`), lines(place));
  if (mistake.way.length > 1) {
    const list = make('ol', 'way');
    for (const step of mistake.way.slice(0, -1).reverse()) list.append(make('li', '', `from ${step.file}:${step.line} in ${step.function}`));
    box.append(list);
  }
}

// The lines around the place, moved left as far as all of them allow.
function lines(place) {
  const code = make('pre');
  const indents = place.source.filter(([, text]) => text.trim()).map(([, text]) => text.search(/\S/));
  const indent = Math.min(...indents, 99);
  for (const [number, text] of place.source) {
    const line = make('div', number === place.line ? 'here' : '');
    line.append(make('span', '', String(number).padStart(4)), document.createTextNode(text.slice(indent)));
    code.append(line);
  }
  return code;
}
