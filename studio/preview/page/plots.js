// The run's loss, gradient norm and whatever else is one number a step, with the step that is shown marked.

import { colour } from './colours.js';
import { get } from './link.js';

const COLOURS = { loss: colour('label'), loss_all: colour('text'), grad_norm: colour('gradient'), accuracy: colour('good') };
const NAMES = { loss: 'loss of the step', loss_all: 'mean loss', grad_norm: 'gradient norm', accuracy: 'accuracy' };

export class Plots {
  constructor(root, chosen) {
    this.root = root;
    this.chosen = chosen;          // called with a step that was clicked
    this.step = 0;
    this.plots = [];
    new ResizeObserver(() => this.fit()).observe(root);
  }

  async load(trace) {
    const found = trace ? await get(`curves/${trace}`) : null;
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    this.root.replaceChildren();
    if (!found?.steps.length) return;
    const groups = [['loss', 'loss_all'], ['grad_norm'], ['accuracy']];
    for (const names of groups.map(g => g.filter(n => found.curves[n]))) if (names.length) this.plots.push(this.plot(found, names));
    this.fit();
    this.name();
  }

  plot(found, names) {
    const positive = names.every(n => found.curves[n].every(v => v === null || v > 0));
    const axis = { stroke: colour('label'), grid: { stroke: colour('track'), width: 1 }, ticks: { stroke: colour('track'), size: 4 }, font: '10px system-ui', size: 40 };
    const decades = (plot, splits) => splits.map(v => !positive || Math.abs(Math.log10(v) % 1) < 1e-9 ? v : null);
    const few = (plot, values) => values.map(v => !v ? (v === 0 ? '0' : '') : Math.abs(v) >= 0.01 ? `${+v.toPrecision(3)}` : v.toExponential(0));
    return new uPlot({
      width: 300, height: 112, padding: [6, 8, 0, 0],
      legend: { show: true, live: true },
      cursor: { y: false, points: { size: 5 }, bind: {} },
      scales: { x: { time: false }, y: { distr: positive && names[0] !== 'accuracy' ? 3 : 1 } },
      axes: [{ ...axis, size: 22 }, { ...axis, values: few, filter: decades, grid: { ...axis.grid, filter: decades }, ticks: { ...axis.ticks, filter: decades } }],
      series: [{ label: 'step' }, ...names.map(name => ({
        label: NAMES[name], stroke: COLOURS[name], width: name === 'loss' && names.length > 1 ? 0.7 : 1.5, points: { show: false },
        value: (plot, v) => v === null || v === undefined ? '–' : v.toPrecision(4),
      }))],
      hooks: {
        draw: [plot => this.mark(plot)],
        ready: [plot => plot.over.addEventListener('click', () => { if (plot.cursor.left >= 0) this.chosen(Math.round(plot.posToVal(plot.cursor.left, 'x'))); })],
      },
    }, [found.steps, ...names.map(n => found.curves[n])], this.root);
  }

  mark(plot) {
    const x = plot.valToPos(this.step, 'x', true), { top, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.strokeStyle = colour('warm');
    plot.ctx.lineWidth = devicePixelRatio || 1;
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top); plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }

  move(step) {
    if (step === this.step) return;
    this.step = step;
    for (const plot of this.plots) {
      plot.redraw(false, false);
    }
    this.name();
  }

  // The values of the step that is shown, unless the pointer asks for another's.
  name() {
    for (const plot of this.plots) if (!plot.over.matches(':hover')) plot.setLegend({ idx: plot.valToIdx(this.step) });
  }

  fit() {
    const width = this.root.clientWidth;
    if (width > 50) for (const plot of this.plots) plot.setSize({ width, height: 112 });
  }
}
