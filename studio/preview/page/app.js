// The page as a whole: ties the panes, the player and the panels together, and listens to the keyboard.

import { make } from './elements.js';
import { Findings } from './findings.js';
import { Inspector } from './inspector.js';
import { listen, on, post } from './link.js';
import { showMistake } from './mistake.js';
import { Pane } from './pane.js';
import { Player } from './player.js';
import { Plots } from './plots.js';
import { Scenes } from './scenes.js';
import { Timeline } from './timeline.js';
import { Zoom } from './zoom.js';

const $ = id => document.getElementById(id);
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const WORDS = { starting: 'starting', looking: 'looking', training: 'training', stepping: 'stepping', drawing: 'drawing', fresh: 'fresh', broken: 'broken' };

const main = new Pane('main', what => changed(main, what));
const other = new Pane('other', what => changed(other, what));
const player = new Player(main, moved);
const timeline = new Timeline($('timeline'), player);
const plots = new Plots($('plot'), step => player.toStep(step));
const zoom = new Zoom($('zoom'), [main, other]);
const inspector = new Inspector($('inspector').querySelector('div'), [main, other]);
const findings = new Findings($('findings').querySelector('ol'), $('check'), player, timeline, inspector);
const scenes = new Scenes($('scenes').querySelector('ol'));
let before = false;                // the last good version is shown instead
let scene = '', run = '', placed = false, resting = 0, generation = 0;

// -- what the server tells ------------------------------------------------------------------------
function changed(pane, what) {
  if (pane === other) {
    $('other').hidden = !other.info;
    document.body.classList.toggle('two', !!other.info);
    if (other.info) other.figure.querySelector('figcaption').textContent = other.info.shown_traces.join(', ');
    if (what === 'info') loadCurves();
  }
  if (what === 'info') told(pane);
  if (pane === main && what === 'info' && !placed && main.score) place();
  if (pane === main && what === 'score' && main.score) place();
  if (pane === main && (what === 'score' || what === 'chunks')) {
    timeline.draw();
    if (what === 'score') setSteps();
    if (main.info) progress();
  }
  if (pane === main && what !== 'info') plots.move(player.step());
  if (pane === main && what === 'still') describe();
  refresh(pane);
}

function told(pane) {
  showMistake(pane);
  if (pane !== main || !main.info) return;
  const info = main.info;
  if (info.scene !== scene) {
    scene = info.scene;
    placed = false;
    generation = info.generation;
    main.still = null;
    inspector.forget();
    document.title = `${scene} · gradreel`;
    history.replaceState(null, '', `#${scene}`);
  }
  if (info.generation !== generation) {
    generation = info.generation;
    inspector.leave();
  }
  $('scene').textContent = info.scene;
  $('about').textContent = info.about;
  $('about').title = info.about;
  $('file').textContent = info.file;
  $('state').textContent = WORDS[info.state] ?? info.state;
  $('state').className = info.state;
  main.figure.querySelector('figcaption').textContent = info.shown_traces.join(', ');
  progress();
  loadCurves();
}

// How far training, stepping or drawing is.
function progress() {
  const info = main.info, drawing = info.state === 'drawing';
  const { what, done, total } = drawing ? { what: 'pictures', ...main.drawn() } : info.progress;
  const busy = drawing || ['training', 'stepping'].includes(info.state);
  $('progress').hidden = !busy;
  $('progress').querySelector('i').style.width = total ? `${Math.min(100, 100 * done / total)}%` : '0';
  $('progress').querySelector('span').textContent = busy ? `${what || 'frames'} ${total ? `${done} of ${total}` : done || ''}` : '';
}

// The curves of the runs that are shown, read again once they have been trained anew.
function loadCurves() {
  if (!main.info) return;
  const training = [main, other].some(pane => pane.info?.state === 'training');
  const shown = main.info.shown_traces[0] ?? '', beside = other.info?.shown_traces[0] ?? '';
  const key = training ? '' : `${shown}/${beside}/${shown ? 'run' : ''}`;
  if (key === run) return;
  run = key;
  $('run').textContent = beside ? `${shown} and, dashed, ${beside}` : shown;
  if (!training) plots.load(shown, beside);
}

// The playhead stays where it was; on a scene that was just opened it stands where the command line, or the page before, put it.
function place() {
  if (!main.info?.placed) return;
  if (placed) { if (player.frame > player.last) player.go(player.last); return; }
  placed = true;
  const kept = Number(sessionStorage.getItem(`frame of ${scene}`) ?? 0);
  player.go(main.info?.playhead || kept);
}

function setSteps() {
  const steps = main.score?.steps ?? [];
  const slider = $('step');
  slider.min = steps.length ? Math.min(...steps) : 0;
  slider.max = steps.length ? Math.max(...steps) : 0;
  slider.disabled = slider.min === slider.max;
  describe();
}

// -- the picture ----------------------------------------------------------------------------------
function moved(frame, really) {
  if (really) inspector.leave();
  sessionStorage.setItem(`frame of ${scene}`, frame);
  describe();
  timeline.move();
  plots.move(player.step());
  refresh(main);
  refresh(other);
  $('play').textContent = player.playing ? '❚❚' : '▶';
}

// A picture that stays away, because a save and a scrub crossed each other, say, is asked for once more.
function askAgain(pane) {
  post('playhead', { show: pane === main ? 'main' : 'other', frame: player.frame });
  refresh(pane);
}

async function refresh(pane) {
  if (!pane.info) return;
  const frame = Math.min(player.frame, Math.max(0, pane.frames - 1));
  const turn = pane.turn = (pane.turn ?? 0) + 1;
  const today = await pane.show(frame, before && pane === main);
  if (turn !== pane.turn) return;  // a later look is under way and will tell better
  clearTimeout(pane.again);
  if (!today && !before && !pane.info.mistake) pane.again = setTimeout(() => askAgain(pane), 1500);
  pane.figure.classList.toggle('stale', !today && !before && !pane.info.mistake);
  const badge = pane.figure.querySelector('.badge');
  badge.hidden = today && !before;
  badge.textContent = before ? (pane.before ? 'the last good version' : 'there is no version before this one') : pane.info.mistake ? 'the last good picture' : 'being redrawn';
  clearTimeout(resting);
  if (!player.playing && !before) resting = setTimeout(rest, 220);
}

// Nothing has moved for a moment: look closer.
function rest() {
  main.sharpen(player.frame);
  if (other.info) other.sharpen(player.frame);
  if (main.isToday(player.frame)) inspector.renew(player.frame);
}

function describe() {
  const rate = player.rate, frame = player.frame, score = main.score;
  const clock = f => `${Math.floor(f / rate / 60)}:${(f / rate % 60).toFixed(2).padStart(5, '0')}`;
  $('clock').textContent = score ? `${clock(frame)} / ${clock(main.frames)}   frame ${frame}` : '';
  $('narration').textContent = main.said(frame);
  if (document.activeElement !== $('step')) $('step').value = player.step();
  $('stepnow').textContent = player.step();
  $('timeline').setAttribute('aria-valuetext', `${(frame / rate).toFixed(2)} seconds`);
}

// -- buttons --------------------------------------------------------------------------------------
$('play').onclick = () => player.toggle();
$('back').onclick = () => nudge(-1);
$('forth').onclick = () => nudge(1);
$('loop').onclick = loop;
$('all').onclick = () => inspector.toggleAll(player.frame);
$('help').onclick = () => $('keys').showModal();
$('step').oninput = event => { player.playing = false; player.toStep(Number(event.target.value)); };
$('step').onchange = event => event.target.blur();
$('speed').onchange = event => { player.speed = Number(event.target.value); event.target.blur(); };
$('compare').onchange = event => { post('compare', { trace: event.target.value || null }); event.target.blur(); };
$('ab').onpointerdown = () => turn(true);
addEventListener('pointerup', () => turn(false));

function turn(on) {
  if (before === on) return;
  before = on;
  $('ab').classList.toggle('on', on);
  refresh(main);
}

function loop() {
  player.looping = !player.looping;
  $('loop').classList.toggle('on', player.looping);
}

function nudge(by) {
  player.playing = false;
  player.go(player.frame + by);
}

function faster(by) {
  const i = Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(player.speed) + by));
  player.speed = SPEEDS[i];
  $('speed').value = String(player.speed);
}

for (const pane of [main, other]) {
  pane.figure.querySelector('.view').addEventListener('click', event => {
    if (zoom.moved || event.target.closest('.mistake')) return;
    player.playing = false;
    inspector.pick(pane, player.frame, ...zoom.under());
  });
}

// -- keys -----------------------------------------------------------------------------------------
const KEYS = {
  ' ': () => player.toggle(),
  ArrowLeft: event => nudge(event.shiftKey ? -player.rate : -1),
  ArrowRight: event => nudge(event.shiftKey ? player.rate : 1),
  ',': () => { player.playing = false; player.turnStep(-1); },
  '.': () => { player.playing = false; player.turnStep(1); },
  '[': () => player.turnSection(-1),
  ']': () => player.turnSection(1),
  Home: () => player.go(0),
  End: () => player.go(player.last),
  l: loop,
  '-': () => faster(-1),
  '=': () => faster(1),
  '+': () => faster(1),
  b: () => turn(true),
  c: () => { $('compare').focus(); $('compare').showPicker?.(); },
  z: () => zoom.turn(),
  0: () => zoom.reset(),
  i: () => inspector.toggleAll(player.frame),
  k: () => findings.check(),
  n: () => findings.turn(1),
  p: () => findings.turn(-1),
  s: () => scenes.focus(),
  f: () => document.fullscreenElement ? document.exitFullscreen() : $('panes').requestFullscreen(),
  '?': () => $('keys').open ? $('keys').close() : $('keys').showModal(),
};

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.('select') || $('scenes').contains(event.target)) return;
  const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  if (document.activeElement?.matches('button, input')) document.activeElement.blur();
  act(event);
});
addEventListener('keyup', event => { if (event.key.toLowerCase() === 'b') turn(false); });

// -- begin ----------------------------------------------------------------------------------------
on('experiments', names => {
  $('compare').replaceChildren(new Option('beside it…', ''), ...names.map(name => new Option(name, name)));
  $('compare').value = other.info?.shown_traces[0] ?? '';
});
on('other', info => { $('compare').value = info ? info.shown_traces[0] : ''; });
listen(['main', 'main-score', 'main-chunks', 'main-still', 'other', 'other-score', 'other-chunks', 'other-still', 'scenes', 'renders', 'findings', 'experiments'],
  lost => {
    document.body.classList.toggle('lost', lost);
    if (lost) $('state').textContent = 'the preview has ended';
  });
window.preview = { main, other, player, zoom, findings, make };  // for tests, and for the curious
