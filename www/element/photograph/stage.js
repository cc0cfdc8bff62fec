/** The opened photograph, the box over it, and the buttons that belong to the box. */

import { element } from '../dom.js';
import { Crop } from './crop.js';

/**
 * @typedef {import('../visit/visit.js').Photograph} Photograph
 * @typedef {import('./square.js').Square} Square
 */

export class Stage {
  #words;
  #image;
  #stage;
  #synthetic;
  #crop;
  /** @type {Photograph | null} */
  #photograph = null;

  /**
   * @param {import('../words/words.js').Words} words
   * @param {{heat: HTMLCanvasElement, onSquare: (square: Square) => void}} options `heat` lies over the box
   */
  constructor(words, { heat, onSquare }) {
    this.#words = words;
    this.#image = element('img', { className: 'photograph', attributes: { alt: '', draggable: 'false' } });
    this.#stage = element(
      'div',
      { className: 'stage', attributes: { 'part': 'stage', 'data-state': 'opening' } },
      this.#image,
      element('p', { className: 'cannot-show', text: words.say('photograph.cannotShow') }),
    );
    this.#crop = new Crop(words, this.#stage, { heat, onChange: onSquare });
    this.#synthetic = element('span', { className: 'synthetic', text: words.say('arriving.samplesNote') });
    this.heading = element('h2', { className: 'visually-hidden', text: words.say('photograph.heading'), attributes: { tabindex: '-1' } });
    this.root = element(
      'section',
      { className: 'photo', attributes: { 'aria-label': words.say('photograph.heading') } },
      this.heading,
      this.#stage,
      this.#crop.controls,
      element('p', { className: 'quiet crop-hint' }, element('span', { text: words.say('photograph.boxHint') }), ' ', this.#synthetic),
      this.#crop.help,
    );
    this.#image.addEventListener('load', () => this.#loaded());
    this.#image.addEventListener('error', () => this.#photograph && this.#unshow());
    // A press beside the box brings it there: on a phone that is easier than dragging.
    this.#image.addEventListener('click', (event) => this.#crop.bring(event));
  }

  /** Puts a photograph on the stage, or clears it. @param {Photograph | null} photograph */
  show(photograph) {
    if (photograph === this.#photograph) return;
    this.#photograph = photograph;
    this.#crop.close();
    if (!photograph) {
      this.#image.removeAttribute('src');
      return;
    }
    this.#image.alt = this.#words.say('photograph.alt', { name: photograph.file.name });
    this.#synthetic.hidden = !photograph.synthetic;
    this.#state = 'opening';
    this.#image.src = photograph.url;
  }

  /** The photograph has an answer: the picture goes when the box would lie in the wrong place. */
  check() {
    if (this.#photograph && turned(this.#photograph)) this.#unshow();
  }

  #loaded() {
    const photograph = this.#photograph;
    // The event of a picture that was replaced in the meantime.
    if (!photograph || this.#image.currentSrc !== photograph.url) return;
    this.#state = 'shown';
    photograph.size = { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
    photograph.square = this.#crop.open(photograph.size, photograph.square);
    this.check();
  }

  /** The stage without a picture: what the network saw is still shown beside it. */
  #unshow() {
    this.#state = 'unshown';
    if (this.#photograph) this.#photograph.square = null;
    this.#crop.close();
  }

  /** @param {'opening' | 'shown' | 'unshown'} state */
  set #state(state) {
    this.#stage.dataset['state'] = state;
  }
}

/** Whether the browser turns the photograph otherwise than the network's reader. @param {Photograph} photograph */
function turned({ size, answer }) {
  return Boolean(size && answer) && (size?.width !== answer?.photograph.width || size?.height !== answer?.photograph.height);
}
