/** One small chart a weighted term on a shared time axis, with its table and its CSV. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../../element/dom.js';
import { TERMS } from './terms.js';

/** @typedef {import('../../lib/index.js').StepReport} StepReport */

const HEIGHT = 150;

export class Charts {
  #place;
  /** @type {Map<string, {plot: uPlot, value: HTMLElement, now: HTMLElement}>} */
  #charts = new Map();

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  /** @param {StepReport[]} reports of one run or of several in a row */
  show(reports) {
    const last = reports.at(-1);
    const names = last?.terms.map(({ name }) => name) ?? [];
    if (names.join() !== [...this.#charts.keys()].join()) this.#begin(names);
    const steps = reports.map((_, at) => at + 1);
    for (const [name, { plot, value, now }] of this.#charts) {
      const found = reports.map((report) => report.terms.find((term) => term.name === name));
      plot.setData([steps, found.map((term) => term?.weighted ?? null)]);
      const term = found.at(-1);
      value.textContent = term ? format(term.weighted) : '';
      if (term) now.textContent = term.skipped ? 'This batch left it nothing to compare.' : `In this batch: ${term.weight} × ${format(term.value)} = ${format(term.weighted)}.`;
    }
  }

  /** @param {string[]} names */
  #begin(names) {
    for (const { plot } of this.#charts.values()) plot.destroy();
    this.#charts.clear();
    const style = getComputedStyle(this.#place);
    const axis = { stroke: style.getPropertyValue('--quiet'), grid: { stroke: style.getPropertyValue('--line') }, font: '12px system-ui', size: 44 };
    // One chart may be as wide as two.
    const width = Math.min(560, Math.max(240, this.#place.clientWidth / Math.min(names.length, 2) - 16));
    this.#place.replaceChildren(...names.map((name) => {
      const shown = TERMS[name] ?? { title: name, asks: '', formula: '', colour: '#6b6b6b', dash: [] };
      const value = element('span');
      const now = element('p');
      const drawn = element('div', { attributes: { role: 'img', 'aria-label': `${shown.title} over the steps; the table below has its numbers` } });
      const about = element('details', {}, element('summary', { text: shown.formula }), element('p', { text: shown.asks }), now);
      const series = [{}, { stroke: shown.colour, width: 2, dash: shown.dash, points: { size: 5 } }];
      const plot = new uPlot({ width, height: HEIGHT, series, axes: [{ ...axis, size: 24 }, axis], scales: { x: { time: false } }, legend: { show: false }, cursor: { sync: { key: 'steps' } } }, [[], []], drawn);
      this.#charts.set(name, { plot, value, now });
      return element('div', { className: 'chart' }, element('h3', {}, element('span', { text: shown.title }), value), drawn, about);
    }));
  }
}

/** @param {number} value */
export const format = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The columns of the table and of the CSV. @param {StepReport[]} reports */
function columns(reports) {
  const names = [...new Set(reports.flatMap(({ terms }) => terms.map(({ name }) => name)))];
  const head = ['step', 'loss', ...names, 'correct', 'images', 'held_back_accuracy', 'ms'];
  const rows = reports.map(({ loss, terms, correct, images, validation, ms }, at) => [
    at + 1, loss, ...names.map((name) => terms.find((term) => term.name === name)?.weighted ?? ''), correct, images, validation?.accuracy ?? '', ms.total,
  ]);
  return { head, rows };
}

/** @param {StepReport[]} reports @returns {HTMLTableElement} the latest first */
export function table(reports) {
  const { head, rows } = columns(reports);
  const cell = (/** @type {string | number} */ value) => element('td', { text: typeof value === 'number' && !Number.isInteger(value) ? format(value) : String(value) });
  const body = rows.toReversed().map((row) => element('tr', {}, ...row.map(cell)));
  return element('table', {}, element('thead', {}, element('tr', {}, ...head.map((text) => element('th', { text, attributes: { scope: 'col' } })))), element('tbody', {}, ...body));
}

/** @param {StepReport[]} reports */
export function csv(reports) {
  const { head, rows } = columns(reports);
  return [head, ...rows].map((row) => row.join(',')).join('\n');
}
