// The run's loss, gradient norm and whatever else is one number a step, with the step that is shown marked.

import { colour } from './colours.js';
import { make } from './elements.js';
import { get } from './link.js';

const COLOURS = { loss: colour('label'), loss_all: colour('text'), grad_norm: colour('gradient'), accuracy: colour('good') };
const NAMES = { loss: 'loss of the step', loss_all: 'mean loss', grad_norm: 'gradient norm', accuracy: 'accuracy' };
const GROUPS = [['loss', 'loss_all'], ['grad_norm'], ['accuracy']];
const HEIGHT = 72, AXIS = 16;

export class Plots {
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;          // called with a step that was clicked
    this.step = 0;
    this.plots = [];
    this.turn = 0;
    new ResizeObserver(() => this.fit()).observe(root);
  }

  // Draw the curves of the trace, and dashed over them those of another run that it is compared with.
  async load(trace, other = '') {
    const turn = ++this.turn;
    const [found, beside] = await Promise.all([trace, other].map(name => name ? get(`curves/${name}`) : null));
    if (turn !== this.turn) return;
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.root.replaceChildren();
    this.root.closest('section').hidden = !found?.steps.length;
    if (!found?.steps.length) return;
    const shown = GROUPS.map(names => names.filter(name => found.curves[name])).filter(names => names.length);
    if (beside && shown[0].includes('loss_all')) shown[0] = ['loss_all'];  // two runs of noise hide each other
    shown.forEach((names, i) => this.plots.push(this.plot(found, names, beside, other, i === shown.length - 1)));
    this.fit();
    this.name();
  }

  plot(found, names, beside, other, last) {
    const theirs = beside ? names.filter(name => beside.curves[name]) : [];
    const own = [found.steps, ...names.map(name => found.curves[name])];
    const data = theirs.length ? uPlot.join([own, [beside.steps, ...theirs.map(name => beside.curves[name])]]) : own;
    const positive = data.slice(1).every(row => row.every(v => v === null || v === undefined || v > 0));
    const axis = { stroke: colour('label'), grid: { stroke: colour('track'), width: 1 }, ticks: { stroke: colour('track'), size: 4 }, font: '10px system-ui', size: 42 };
    const decades = (plot, splits) => {  // whole powers of ten; of many, every other
      const skip = splits.length && Math.log10(splits.at(-1) / splits[0]) > 5 ? 2 : 1;
      return splits.map(v => !positive || Math.abs(Math.log10(v) % skip) < 1e-9 ? v : null);
    };
    const few = (plot, values) => values.map(v => !v ? (v === 0 ? '0' : '') : Math.abs(v) >= 0.01 ? `${+v.toPrecision(3)}` : v.toExponential(0));
    const line = (name, label, more) => ({ label, stroke: COLOURS[name], points: { show: false }, spanGaps: true, ...more });
    const words = make('p', 'curves');
    this.root.append(words);
    const plot = new uPlot({
      width: 300, height: HEIGHT + (last ? AXIS : 0), padding: [5, 4, last ? 0 : 5, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 5 }, bind: {}, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { distr: positive && names[0] !== 'accuracy' ? 3 : 1 } },
      axes: [{ ...axis, size: AXIS, gap: 2, show: last }, { ...axis, values: few, filter: decades, space: 16, grid: { ...axis.grid, filter: decades }, ticks: { ...axis.ticks, filter: decades } }],
      series: [{ label: 'step' },
        ...names.map(name => line(name, NAMES[name], { width: name === 'loss' && names.length > 1 ? 0.7 : 1.5 })),
        ...theirs.map(name => line(name, other, { width: 1.2, dash: [3, 3] }))],
      hooks: {
        draw: [plot => this.mark(plot)],
        setCursor: [plot => this.name(plot)],
        ready: [plot => this.listen(plot)],
      },
    }, data, this.root);
    plot.words = words;
    return plot;
  }

  listen(plot) {
    const choose = () => { if (plot.cursor.left >= 0) this.chosen(Math.round(plot.posToVal(plot.cursor.left, 'x'))); };
    plot.over.addEventListener('pointerdown', event => { plot.over.setPointerCapture(event.pointerId); choose(); });
    plot.over.addEventListener('mousemove', event => { if (event.buttons & 1) choose(); });
  }

  mark(plot) {
    const x = plot.valToPos(this.step, 'x', true), { top, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.strokeStyle = colour('warm');
    plot.ctx.setLineDash([]);
    plot.ctx.lineWidth = 1.5 * (devicePixelRatio || 1);
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top); plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }

  move(step) {
    if (step === this.step) return;
    this.step = step;
    for (const plot of this.plots) plot.redraw(false, false);
    this.name();
  }

  // Above each plot the values of the step that is shown, or of the one under the pointer.
  name() {
    for (const plot of this.plots) {
      if (!plot.words) continue;
      const pointed = plot.cursor.left >= 0 && plot.over.matches(':hover');
      const at = pointed ? plot.cursor.idx : plot.valToIdx(this.step);
      plot.words.classList.toggle('pointed', pointed);
      plot.words.replaceChildren(...plot.series.slice(1).map((series, i) => {
        const value = plot.data[i + 1][at], item = make('span', series.dash ? 'beside' : '');
        item.style.setProperty('--curve', typeof series.stroke === 'function' ? series.stroke() : series.stroke);
        item.append(series.label, make('b', '', value === null || value === undefined ? '–' : value.toPrecision(4)));
        return item;
      }), ...(pointed ? [make('em', '', `step ${plot.data[0][at]}`)] : []));
    }
  }

  fit() {
    const width = this.root.clientWidth;
    if (width > 50) this.plots.forEach((plot, i) => plot.setSize({ width, height: HEIGHT + (i === this.plots.length - 1 ? AXIS : 0) }));
  }
}
