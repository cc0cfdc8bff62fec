/** The picture the network saw, with the map of one class over it, and what the map says in words. */

import { element, pen } from '../dom.js';
import { attention } from './attention.js';
import { drawHeat, drawSeen } from './overlay.js';

/** @typedef {import('../../lib/index.js').Answer} Answer */

/** How strong the overlay is at first, percent. */
const STRENGTH = 40;
const PIXELS = { width: '224', height: '224' };

export class Look {
  #words;
  #heats;
  #seen = element('canvas', { className: 'seen-picture', attributes: { ...PIXELS, role: 'img' } });
  #seenHeat = element('canvas', { className: 'seen-heat', attributes: { ...PIXELS, 'aria-hidden': 'true' } });
  #sentence = element('p', { className: 'sentence' });
  #forClass = element('p', { className: 'for-class quiet' });
  #caption = element('figcaption', { className: 'quiet' });
  #opacity = element('input', {
    className: 'opacity',
    attributes: { type: 'range', min: '0', max: '100', step: '5', value: String(STRENGTH) },
  });
  /** The overlay for the box on the photograph. */
  heat = element('canvas', { className: 'stage-heat', attributes: { ...PIXELS, 'aria-hidden': 'true' } });

  /** @param {import('../words/words.js').Words} words */
  constructor(words) {
    this.#words = words;
    this.#heats = [this.#seenHeat, this.heat];
    const heading = words.say('look.heading');
    this.root = element(
      'section',
      { className: 'look off', attributes: { 'aria-label': heading } },
      element('figure', {}, element('div', { className: 'seen' }, this.#seen, this.#seenHeat), this.#caption),
      element(
        'div',
        { className: 'look-words' },
        element('h2', { text: heading }),
        this.#sentence,
        this.#forClass,
        element('label', {}, element('span', { text: words.say('look.opacity') }), this.#opacity),
      ),
    );
    this.#opacity.addEventListener('input', () => this.#fade());
    this.#fade();
    this.clear();
  }

  /** Shows an answer's picture and map; returns the sentence, for announcing it. @param {Answer} answer */
  show({ seen, map }) {
    const words = this.#words;
    drawSeen(this.#seen, seen);
    drawHeat(this.#heats, map);
    const sentence = map ? sentenceOf(words, map) : '';
    this.#sentence.textContent = sentence;
    this.#forClass.textContent = map ? words.say('look.forClass', { name: words.className(map.class), code: map.class }) : '';
    this.#caption.textContent = words.say('look.seen', { side: seen.width });
    this.#seen.setAttribute('aria-label', words.say('look.seenAlt', { sentence }));
    this.root.classList.remove('off', 'empty');
    return sentence;
  }

  /** Nothing to show: the space stays. @param {boolean} [coming] an answer is on its way */
  clear(coming = true) {
    for (const canvas of [this.#seen, ...this.#heats]) pen(canvas).clearRect(0, 0, canvas.width, canvas.height);
    const waiting = this.#words.say('look.waiting');
    this.#sentence.textContent = waiting;
    this.#seen.setAttribute('aria-label', waiting);
    this.#forClass.textContent = '';
    this.root.classList.add('off');
    this.root.classList.toggle('empty', !coming);
  }

  /** Hides the overlay on the photograph: the box is elsewhere than the map, or no answer stands behind the map. @param {boolean} on */
  stale(on) {
    this.heat.classList.toggle('stale', on);
  }

  #fade() {
    const share = Number(this.#opacity.value) / 100;
    this.#seenHeat.style.opacity = String(share);
    // On the photograph the spot's own colours count: the overlay begins far weaker there, and is as strong only at the slider's end.
    this.heat.style.opacity = String(share ** 2);
    this.#opacity.setAttribute('aria-valuetext', new Intl.NumberFormat(this.#words.lang, { style: 'percent' }).format(share));
  }
}

/**
 * "Looked mostly at one place: upper-left part."
 * @param {import('../words/words.js').Words} words
 * @param {import('../../lib/index.js').ClassMap} map
 */
export function sentenceOf(words, { values, side }) {
  const { kind, place } = attention(values, side);
  return words.say(`look.${kind}`, { place: words.say(`look.places.${place}`) });
}
