/**
 * The network's card, read from the head of its weight file, and its fields as terms and values.
 * A weight file begins with the length of its head (8 bytes, little endian) and the head itself, JSON with the card in its metadata.
 */

import { element } from '../element/dom.js';

/** @typedef {import('../element/words/words.js').Words} Words */

const WEIGHTS = new URL('../pkg/student.safetensors', import.meta.url);
/** No card needs more; a longer head is not ours. */
const LONGEST_HEAD = 1 << 20;
/** Facts in this order; what a card does not state is left out. */
const FIELDS = [
  'intended_use',
  'not_intended_use',
  'architecture',
  'version',
  'classes',
  'input',
  'mirror',
  'temperature',
  'class_mix',
  'abstain',
  'prediction_set',
  'training_data',
  'split',
  'seed',
  'metrics',
  'licence',
  'attribution',
  'log_sha256',
  'changelog',
];

/**
 * Fetches the head of the weight file and leaves the rest. Rejects when it cannot be fetched or is no weight file with a card.
 * @returns {Promise<import('../lib/index.js').Card>}
 */
export async function readCard() {
  const response = await fetch(WEIGHTS);
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const reader = response.body.getReader();
  let bytes = new Uint8Array(0);
  let wanted = 8;
  while (bytes.length < wanted) {
    const { done, value } = await reader.read();
    if (done) throw new Error('the file ends inside its head');
    const longer = new Uint8Array(bytes.length + value.length);
    longer.set(bytes);
    longer.set(value, bytes.length);
    bytes = longer;
    if (bytes.length >= 8) wanted = 8 + headLength(bytes);
  }
  await reader.cancel();
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, wanted)));
  return JSON.parse(head.__metadata__.card);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function headLength(bytes) {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (length > LONGEST_HEAD) throw new Error('the head is too long');
  return length;
}

/**
 * A card as `dt` and `dd` elements.
 * @param {Words} words
 * @param {import('../lib/index.js').Card} card
 * @returns {HTMLElement[]}
 */
export function cardFacts(words, card) {
  return FIELDS.flatMap((field) => {
    const value = valueOf(words, card, field);
    return value ? [element('dt', { text: words.say(`card.${field}`) }), element('dd', {}, value)] : [];
  });
}

/** @param {Words} words @param {import('../lib/index.js').Card} card @param {string} field @returns {string | Node} */
function valueOf(words, card, field) {
  const { classes, class_names: names, input_side: side } = card;
  if (field === 'input') {
    const framing = `card.framings.${card.framing}`;
    return words.say('card.inputValue', { side, framing: words.has(framing) ? words.say(framing) : card.framing });
  }
  if (field === 'mirror') return words.say(card.mirror ? 'computed.looksTwice' : 'computed.looksOnce');
  if (field === 'classes') return list(words, classes.map((code, i) => `${words.className(code, names[i])} (${code})`));
  if (field === 'class_mix') return list(words, card.class_mix.map((share, i) => `${classes[i]} ${words.percent(share)}`));
  const value = card[field];
  return isObject(value) ? nested(words, value) : plain(words, value);
}

/**
 * An object as a list of its names and values. An interval stands with its value: `accuracy` and `accuracy_95`.
 * @param {Words} words
 * @param {Record<string, unknown>} object
 * @returns {HTMLElement}
 */
function nested(words, object) {
  const items = Object.entries(object)
    .filter(([name]) => !(name.endsWith('_95') && name.slice(0, -3) in object))
    .map(([name, value]) => {
      const term = `${name.replaceAll('_', ' ')}: `;
      const interval = object[`${name}_95`];
      if (Array.isArray(interval)) {
        const [low, high] = interval.map((bound) => plain(words, bound));
        return element('li', { text: term + words.say('card.interval', { value: plain(words, value), low: low ?? '', high: high ?? '' }) });
      }
      return element('li', {}, term, isObject(value) ? nested(words, value) : plain(words, value));
    });
  return element('ul', {}, ...items);
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number to four digits, a list item by item, anything else as it stands. @param {Words} words @param {unknown} value @returns {string} */
function plain(words, value) {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return list(words, value.map((item) => plain(words, item)));
  if (typeof value !== 'number') return String(value);
  return new Intl.NumberFormat(words.lang, { maximumSignificantDigits: 4, useGrouping: false }).format(value);
}

/** @param {Words} words @param {readonly string[]} items */
const list = (words, items) => new Intl.ListFormat(words.lang, { type: 'unit' }).format(items);
