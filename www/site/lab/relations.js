/** How teacher and student relate the pictures of a batch: the matrices that the relational terms compare, side by side. */

import { element } from '../../element/dom.js';
import { HeatMap } from './heat.js';
import { counted, figure } from './numbers.js';
import { between, signed, upward } from './scales.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Matrix} Matrix
 * @typedef {import('../../lib/index.js').Matrices} Matrices
 */

/** Degrees of a turned view, by its number. */
const ANGLES = ['0°', '90°', '180°', '270°'];

const largest = (/** @type {Matrix[]} */ ...matrices) => Math.max(...matrices.flatMap(({ values }) => values.map(Math.abs)));

/** How many rows are largest in the column that is theirs. @param {Matrix} matrix @param {(row: number) => number} own */
export function ownRows({ rows, columns, values }, own) {
  const isOwn = (/** @type {number} */ row) => {
    const shares = values.slice(row * columns, (row + 1) * columns);
    return shares.indexOf(Math.max(...shares)) === own(row);
  };
  return Array.from({ length: rows }, (_, row) => isOwn(row)).filter(Boolean).length;
}

/** A part with a heading, a sentence about it, and its heat maps. */
class Part {
  note = element('p', { className: 'quiet' });

  /** @param {Words} words @param {string} name @param {HeatMap[]} maps */
  constructor(words, name, maps) {
    const title = words.say(`lab.matrices.${name}`);
    const about = element('p', { className: 'quiet', text: words.say(`lab.matrices.${name}About`) });
    this.root = element('section', { className: 'part', attributes: { 'aria-label': title } }, element('h4', { text: title }), about, element('div', { className: 'maps' }, ...maps.map(({ root }) => root)), this.note);
    this.root.hidden = true;
  }
}

export class Relations {
  #words;
  #none;
  #similar;
  #apart;
  #channels;
  /** Of the run's first step. @type {Matrix | null} */
  #first = null;

  /** @param {Words} words @param {HTMLElement} place */
  constructor(words, place) {
    this.#words = words;
    const say = (/** @type {string} */ name) => words.say(`lab.matrices.${name}`);
    const map = (/** @type {string} */ part, /** @type {string} */ name) => new HeatMap(words, { title: `${say(part)}: ${say(name)}`, caption: say(name), file: `${part}-${name}` });
    const part = (/** @type {'similarities' | 'distances' | 'channels'} */ name, /** @type {HeatMap[]} */ ...maps) => ({ maps, part: new Part(words, name, maps) });
    this.#similar = part('similarities', map('similarities', 'teacher'), map('similarities', 'student'));
    this.#apart = part('distances', map('distances', 'teacher'), map('distances', 'student'), map('distances', 'difference'));
    this.#channels = part('channels', map('channels', 'first'), map('channels', 'now'));
    this.#none = element('p', { className: 'quiet', text: say('none') });
    place.replaceChildren(this.#none, ...[this.#similar, this.#apart, this.#channels].map(({ part: { root } }) => root));
  }

  /**
   * @param {Matrices | null} matrices of the last step; `null`: there is none
   * @param {{step: number, examples: number[]}} report of it
   */
  show(matrices, { step, examples }) {
    const { similarities = null, distances = null, channels = null } = matrices ?? {};
    if (step === 1 || !channels) this.#first = channels;
    this.#none.hidden = Boolean(similarities ?? distances ?? channels);
    this.#similar.part.root.hidden = !similarities;
    this.#apart.part.root.hidden = !distances;
    this.#channels.part.root.hidden = !channels;
    if (similarities) this.#showSimilarities(similarities, examples);
    if (distances) this.#showDistances(distances, examples);
    if (channels) this.#showChannels(this.#first ?? channels, channels);
  }

  /** @param {NonNullable<Matrices['similarities']>} pair @param {number[]} examples */
  #showSimilarities({ teacher, student }, examples) {
    const words = this.#words;
    const turns = teacher.rows / teacher.columns;
    const own = (/** @type {number} */ row) => Math.floor(row / turns);
    const shares = [...teacher.values, ...student.values];
    const scale = between(Math.min(...shares), Math.max(...shares));
    const row = (/** @type {number} */ at) => words.say('lab.matrices.view', { n: examples[own(at)] ?? '', angle: ANGLES[1 + (at % turns)] ?? '' });
    const column = (/** @type {number} */ at) => words.say('lab.matrices.upright', { n: examples[at] ?? '' });
    const [taught, learned] = [ownRows(teacher, own), ownRows(student, own)];
    for (const [at, matrix, count] of /** @type {[number, Matrix, number][]} */ ([[0, teacher, taught], [1, student, learned]])) {
      const summary = words.say('lab.matrices.similaritiesAlt', { ...this.#range(matrix), own: count });
      this.#similar.maps[at]?.show({ matrix, scale, summary, row, column, own, blocks: [turns, 1] });
    }
    const share = (/** @type {number} */ count) => counted(words, count / teacher.rows);
    this.#similar.part.note.textContent = words.say('lab.matrices.matched', { teacher: share(taught), student: share(learned) });
  }

  /** @param {NonNullable<Matrices['distances']>} pair @param {number[]} examples */
  #showDistances({ teacher, student }, examples) {
    const words = this.#words;
    const views = Math.max(1, Math.round(teacher.rows / examples.length));
    const name = (/** @type {number} */ at) => {
      const n = examples[Math.floor(at / views)] ?? '';
      return views > 1 ? words.say('lab.matrices.view', { n, angle: ANGLES[at % views] ?? '' }) : words.say('lab.matrices.upright', { n });
    };
    const common = { row: name, column: name, blocks: /** @type {[number, number]} */ ([views, views]) };
    const scale = upward(largest(teacher, student));
    for (const [at, matrix] of [teacher, student].entries()) {
      this.#apart.maps[at]?.show({ matrix, scale, summary: words.say('lab.matrices.distancesAlt', this.#range(matrix)), ...common });
    }
    const matrix = { ...student, values: student.values.map((value, at) => value - (teacher.values[at] ?? 0)) };
    const mean = matrix.values.reduce((sum, value) => sum + Math.abs(value), 0) / matrix.values.length;
    const summary = words.say('lab.matrices.differenceAlt', { ...this.#range(matrix), mean: figure(words, mean) });
    this.#apart.maps[2]?.show({ matrix, scale: signed(largest(matrix)), summary, ...common });
    this.#apart.part.note.textContent = summary;
  }

  /** @param {Matrix} first @param {Matrix} now */
  #showChannels(first, now) {
    const words = this.#words;
    const scale = upward(largest(first, now));
    const name = (/** @type {number} */ at) => words.say('lab.matrices.group', { n: at + 1, of: now.rows });
    const alt = (/** @type {Matrix} */ matrix) => {
      const square = matrix.values.reduce((sum, value) => sum + value ** 2, 0) / matrix.values.length;
      return words.say('lab.matrices.channelsAlt', { ...this.#range(matrix), rms: figure(words, Math.sqrt(square)) });
    };
    for (const [at, matrix] of [first, now].entries()) this.#channels.maps[at]?.show({ matrix, scale, summary: alt(matrix), row: name, column: name });
    this.#channels.part.note.textContent = alt(now);
  }

  /** @param {Matrix} matrix */
  #range({ rows, columns, values }) {
    return { rows, columns, low: figure(this.#words, Math.min(...values)), high: figure(this.#words, Math.max(...values)) };
  }
}
