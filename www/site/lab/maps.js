/** Where the student looked in one picture, before and now: the activation map of one class, as a picture, in words and in numbers. */

import { element } from '../../element/dom.js';
import { sentenceOf } from '../../element/photograph/look.js';
import { drawHeat, drawSeen } from '../../element/photograph/overlay.js';
import { Numbers } from './numbers.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').ClassMap} ClassMap
 * @typedef {import('../../lib/index.js').ClassCode} ClassCode
 */

/** One map over its picture. */
class Look {
  #words;
  #seen = element('canvas', { attributes: { role: 'img' } });
  #heat = element('canvas', { attributes: { 'aria-hidden': 'true' } });
  #sentence = element('p');
  #numbers;
  /** @type {ClassMap | null} */
  #map = null;

  /** @param {Words} words @param {string} title @param {string} file */
  constructor(words, title, file) {
    this.#words = words;
    this.#numbers = new Numbers(words, { title, file, read: () => this.#sheet() });
    this.root = element('figure', { className: 'looked' }, element('figcaption', { text: title }), element('div', { className: 'over' }, this.#seen, this.#heat), this.#sentence, this.#numbers.root);
  }

  /** @param {ImageData} seen @param {ClassMap} map */
  show(seen, map) {
    if (this.#map === map) return;
    this.#map = map;
    drawSeen(this.#seen, seen);
    this.#heat.width = this.#heat.height = seen.width;
    drawHeat([this.#heat], map);
    const sentence = sentenceOf(this.#words, map);
    this.#sentence.textContent = sentence;
    this.#seen.setAttribute('aria-label', this.#words.say('lab.chosen.mapAlt', { code: map.class, sentence }));
    this.#numbers.refresh();
  }

  #sheet() {
    if (!this.#map) return null;
    const { side, values } = this.#map;
    const head = ['', ...Array.from({ length: side }, (_, at) => String(at + 1))];
    return { head, rows: Array.from({ length: side }, (_, at) => [String(at + 1), ...values.slice(at * side, (at + 1) * side)]) };
  }
}

export class Maps {
  #class;
  #before;
  #now;

  /** @param {Words} words @param {readonly ClassCode[]} classes @param {() => void} onClass another class is asked for */
  constructor(words, classes, onClass) {
    const options = classes.map((code) => element('option', { text: `${words.className(code)} (${code})`, attributes: { value: code } }));
    this.#class = element('select', {}, ...options);
    this.#class.addEventListener('change', onClass);
    this.#before = new Look(words, words.say('lab.chosen.mapBefore'), 'map-before');
    this.#now = new Look(words, words.say('lab.chosen.mapNow'), 'map-now');
    const handle = element('label', { className: 'handle' }, words.say('lab.chosen.map'), this.#class);
    const about = element('p', { className: 'quiet', text: words.say('lab.chosen.mapAbout') });
    this.root = element('div', { className: 'chosen' }, handle, about, element('div', { className: 'maps' }, this.#before.root, this.#now.root));
    this.root.hidden = true;
  }

  /** The class whose map is asked for. */
  get class() {
    return /** @type {ClassCode} */ (this.#class.value);
  }

  /** Another picture: its own class first. @param {ClassCode} code */
  begin(code) {
    this.#class.value = code;
  }

  /** @param {ImageData} seen @param {ClassMap} before @param {ClassMap} now */
  show(seen, before, now) {
    this.root.hidden = false;
    this.#before.show(seen, before);
    this.#now.show(seen, now);
  }

  clear() {
    this.root.hidden = true;
  }
}
