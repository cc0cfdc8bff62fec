/** The photographs of this visit as a row of thumbnails, each with its answer in one word. */

import { button, element } from '../dom.js';
import { drawSeen } from '../photograph/overlay.js';

/**
 * @typedef {import('./visit.js').Photograph} Photograph
 * @typedef {{node: HTMLElement, button: HTMLButtonElement, canvas: HTMLCanvasElement, name: HTMLElement, caption: HTMLElement,
 *   drawn: object | null}} Item
 */

export class Strip {
  #words;
  #onOpen;
  #list = element('ol');
  /** @type {Map<Photograph, Item>} */
  #items = new Map();

  /**
   * @param {import('../words/words.js').Words} words
   * @param {{camera: boolean, several: boolean, onOpen: (photograph: Photograph) => void, onAdd: () => void, onCamera: () => void,
   *   onForget: () => void, onForgetAll: () => void}} options `several`: there may be more than one
   */
  constructor(words, { camera, several, onOpen, onAdd, onCamera, onForget, onForgetAll }) {
    this.#words = words;
    this.#onOpen = onOpen;
    const heading = words.say('visit.heading');
    const add = several ? words.say('visit.add') : words.say('errors.chooseOther');
    this.root = element(
      'section',
      { className: 'strip', attributes: { 'part': 'visit', 'aria-label': heading } },
      ...(several ? [element('h2', { text: heading }), this.#list] : []),
      element(
        'p',
        { className: 'actions' },
        button({ text: add, className: 'primary', part: 'button primary' }, onAdd),
        ...(camera ? [button({ text: words.say('arriving.camera') }, onCamera)] : []),
        button({ text: words.say('visit.forget'), className: 'forget' }, onForget),
        ...(several ? [button({ text: words.say('visit.forgetAll'), className: 'forget-all' }, onForgetAll)] : []),
      ),
    );
  }

  /** @param {readonly Photograph[]} photographs @param {Photograph | null} current */
  show(photographs, current) {
    for (const [photograph, { node }] of this.#items) {
      if (photographs.includes(photograph)) continue;
      node.remove();
      this.#items.delete(photograph);
    }
    photographs.forEach((photograph, index) => {
      const item = this.#item(photograph);
      this.#update(item, photograph, index + 1, photograph === current);
      if (!item.node.parentElement) this.#list.append(item.node);
    });
  }

  /** The keyboard goes to the opened photograph's thumbnail. */
  focus() {
    const current = this.root.querySelector('[aria-current]') ?? this.root.querySelector('button');
    if (current instanceof HTMLElement) current.focus();
  }

  /** @param {Photograph} photograph @returns {Item} */
  #item(photograph) {
    const known = this.#items.get(photograph);
    if (known) return known;
    // The thumbnail is the network's own picture: no second decoding, and the strip shows what was judged.
    const canvas = element('canvas', { attributes: { 'width': '224', 'height': '224', 'aria-hidden': 'true' } });
    const name = element('span', { className: 'visually-hidden' });
    const caption = element('span', { className: 'thumb-caption' });
    const node = button({ className: 'thumb' }, () => this.#onOpen(photograph), canvas, name, caption);
    const item = { node: element('li', {}, node), button: node, canvas, name, caption, drawn: null };
    this.#items.set(photograph, item);
    return item;
  }

  /** @param {Item} item @param {Photograph} photograph @param {number} n @param {boolean} current */
  #update(item, photograph, n, current) {
    const { answer, file } = photograph;
    if (answer && item.drawn !== answer) {
      drawSeen(item.canvas, answer.seen);
      item.drawn = answer;
    }
    item.caption.textContent = this.#caption(photograph);
    item.name.textContent = this.#words.say('visit.item', { n, name: file.name });
    item.button.title = file.name;
    if (current) item.button.setAttribute('aria-current', 'true');
    else item.button.removeAttribute('aria-current');
  }

  /** @param {Photograph} photograph */
  #caption({ answer, state }) {
    if (state === 'error' || (state === 'stopped' && !answer)) return this.#words.say(`visit.${state}`);
    if (!answer) return this.#words.say('visit.waiting');
    const [top] = answer.ranked;
    return answer.abstained ? this.#words.say('visit.cannot') : `${top.code} ${this.#words.percent(top.probability)}`;
  }
}
