/** One small chart a weighted term on a shared time axis, and two of shares: turned pictures matched, and what is held back and forgotten. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../../element/dom.js';
import { Numbers, counted, figure } from './numbers.js';
import { TERMS } from './terms.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').StepReport} StepReport
 * @typedef {{colour: string, dash: number[], hollow?: boolean, of: (report: StepReport) => number | null}} Curve
 * @typedef {{name: string, title: string, formula: string, asks: string, share: boolean, curves: Curve[]}} Chart
 * @typedef {{chart: Chart, plot: uPlot, drawn: HTMLElement, value: HTMLElement, now: HTMLElement, root: HTMLElement}} Drawn
 */

/** Heights and letters at the usual size of type. */
const HEIGHT = 150;
const LETTERS = 12;

export class Charts {
  #words;
  #place;
  /** @type {Drawn[]} */
  #drawn = [];
  /** @type {StepReport[]} */
  #reports = [];

  /** @param {Words} words @param {HTMLElement} place @param {HTMLElement} behind where the table and the CSV are */
  constructor(words, place, behind) {
    this.#words = words;
    this.#place = place;
    this.numbers = new Numbers(words, { title: words.say('lab.happens.heading'), file: 'lesson', read: () => (this.#reports.length ? sheet(words, this.#reports) : null) });
    behind.replaceChildren(this.numbers.root);
    new ResizeObserver(() => this.#fit()).observe(place);
  }

  /** @param {StepReport[]} reports of one run or of several in a row */
  show(reports) {
    this.#reports = reports;
    const charts = chartsOf(this.#words, reports);
    if (charts.map(({ name }) => name).join() !== this.#drawn.map(({ chart }) => chart.name).join()) this.#begin(charts);
    const steps = reports.map((_, at) => at + 1);
    for (const { chart, plot, drawn, value, now } of this.#drawn) {
      const curves = chart.curves.map(({ of }) => reports.map(of));
      plot.setData([steps, ...curves]);
      const write = (/** @type {number | null | undefined} */ number) => (number === null || number === undefined ? '–' : chart.share ? counted(this.#words, number) : figure(this.#words, number));
      const seen = curves.map((curve) => curve.filter((number) => number !== null));
      value.textContent = seen.map((curve) => write(curve.at(-1))).join(' · ');
      const ends = { first: seen.map((curve) => write(curve[0])).join(' · '), last: value.textContent, steps: reports.length };
      drawn.setAttribute('aria-label', this.#words.say('lab.charts.label', { title: chart.title, ...ends }));
      now.textContent = this.#inThisBatch(chart.name);
    }
    this.numbers.refresh();
  }

  /** The colours or the size of type are others now. */
  again() {
    this.#begin(this.#drawn.map(({ chart }) => chart));
    this.show(this.#reports);
  }

  /** A term with the numbers of the last batch. @param {string} name */
  #inThisBatch(name) {
    const term = this.#reports.at(-1)?.terms.find((term) => term.name === name);
    if (!term) return '';
    if (term.skipped) return this.#words.say('lab.charts.skipped');
    const [weight, value, weighted] = [term.weight, term.value, term.weighted].map((number) => figure(this.#words, number));
    return this.#words.say('lab.charts.now', { weight: weight ?? '', value: value ?? '', weighted: weighted ?? '' });
  }

  /** @param {Chart[]} charts */
  #begin(charts) {
    for (const { plot } of this.#drawn) plot.destroy();
    const style = getComputedStyle(this.#place);
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const values = (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => figure(this.#words, tick));
    // As wide as its longest number: small ones have many digits.
    const size = (/** @type {uPlot} */ _, /** @type {string[] | null} */ written) => scale * Math.max(54, 18 + 0.6 * LETTERS * Math.max(0, ...(written ?? []).map(({ length }) => length)));
    const axis = { values, stroke: style.getPropertyValue('--quiet'), grid: { stroke: style.getPropertyValue('--line') }, font: `${LETTERS * scale}px system-ui`, size };
    this.#drawn = charts.map((chart) => {
      const [value, now] = [element('span'), element('p')];
      const drawn = element('div', { className: 'drawn', attributes: { role: 'img', 'aria-label': chart.title } });
      const heading = element('h3', {}, element('span', { text: chart.title }), value);
      const about = element('details', {}, element('summary', { text: chart.formula || chart.title }), element('p', { text: chart.asks }), now);
      const series = chart.curves.map(({ colour, dash, hollow }) => ({
        stroke: colour, width: 2 * scale, dash: dash.map((part) => part * scale), spanGaps: true, points: { size: 6 * scale, fill: hollow ? style.getPropertyValue('--paper') : colour },
      }));
      const shares = { range: /** @type {[number, number]} */ ([0, 1]) };
      const percents = { ...axis, values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => counted(this.#words, tick)) };
      const plot = new uPlot({
        width: 280, height: HEIGHT * scale, series: [{}, ...series], axes: [{ ...axis, size: 24 * scale, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }, chart.share ? percents : axis],
        scales: { x: { time: false }, ...(chart.share ? { y: shares } : {}) }, legend: { show: false }, cursor: { sync: { key: 'steps' } },
      }, [[], ...series.map(() => [])], drawn);
      return { chart, plot, drawn, value, now, root: element('div', { className: 'chart', attributes: { 'data-chart': chart.name } }, heading, drawn, about) };
    });
    this.#place.replaceChildren(...this.#drawn.map(({ root }) => root));
    this.#fit();
  }

  #fit() {
    for (const { plot, drawn } of this.#drawn) if (drawn.clientWidth > 0 && plot.width !== drawn.clientWidth) plot.setSize({ width: drawn.clientWidth, height: plot.height });
  }
}

/** The charts of a run: what its last step has. @param {Words} words @param {StepReport[]} reports @returns {Chart[]} */
function chartsOf(words, reports) {
  const last = reports.at(-1);
  if (!last) return [];
  const terms = last.terms.map(({ name }) => {
    const { formula, colour, dash } = TERMS[name] ?? { formula: '', colour: '#808080', dash: [] };
    const of = (/** @type {StepReport} */ report) => report.terms.find((term) => term.name === name)?.weighted ?? null;
    return { name, title: words.say(`lab.terms.${name}.title`), formula, asks: words.say(`lab.terms.${name}.asks`), share: false, curves: [{ colour, dash, of }] };
  });
  const matched = { name: 'matched', title: words.say('lab.charts.matched'), formula: '', asks: words.say('lab.charts.matchedAsks'), share: true, curves: [{ colour: '#cc79a7', dash: [], of: (/** @type {StepReport} */ { matched }) => matched }] };
  const forgetting = {
    name: 'forgetting', title: words.say('lab.charts.forgetting'), formula: '', asks: words.say('lab.charts.forgettingAsks'), share: true,
    curves: [
      { colour: '#009e73', dash: [], of: (/** @type {StepReport} */ { validation }) => validation?.accuracy ?? null },
      { colour: '#d55e00', dash: [6, 3], hollow: true, of: (/** @type {StepReport} */ { retained }) => retained?.accuracy ?? null },
    ],
  };
  return [...terms, ...(last.matched === null ? [] : [matched]), ...(reports.some(({ validation, retained }) => validation ?? retained) ? [forgetting] : [])];
}

/** Every step, the latest first. @param {Words} words @param {StepReport[]} reports */
function sheet(words, reports) {
  const names = [...new Set(reports.flatMap(({ terms }) => terms.map(({ name }) => name)))];
  const titles = names.map((name) => words.say(`lab.terms.${name}.title`));
  const column = (/** @type {string} */ name) => words.say(`lab.columns.${name}`);
  const head = [column('step'), column('loss'), ...titles, ...['matched', 'correct', 'images', 'held', 'retained', 'ms'].map(column)];
  const rows = reports.map(({ loss, terms, matched, correct, images, validation, retained, ms }, at) => [
    at + 1, loss, ...names.map((name) => terms.find((term) => term.name === name)?.weighted ?? null), matched, correct, images,
    validation?.accuracy ?? null, retained?.accuracy ?? null, ms.total,
  ]);
  return { head, rows: rows.toReversed() };
}
