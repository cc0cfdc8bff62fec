/**
 * The network's card, read from the head of its weight file, and its fields as terms and values.
 * A weight file begins with the length of its head (8 bytes, little endian) and the head itself, JSON with the card in its metadata.
 */

import { fact } from './computed.js';
import { className, element, lookup, percent, say } from './words.js';

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

/** Fetches the head of the weight file and leaves the rest. Rejects when it cannot be fetched or is no weight file with a card. */
export async function readCard() {
  const response = await fetch(WEIGHTS);
  if (!response.ok) throw new Error(`status ${response.status}`);
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

function headLength(bytes) {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (length > LONGEST_HEAD) throw new Error('the head is too long');
  return length;
}

/**
 * A card as `dt` and `dd` elements.
 * @param {Record<string, unknown>} card
 * @returns {HTMLElement[]}
 */
export function cardFacts(card) {
  return FIELDS.flatMap((field) => {
    const value = valueOf(card, field);
    return value ? fact(say(`card.${field}`), value) : [];
  });
}

function valueOf(card, field) {
  if (field === 'input') {
    return say('card.inputValue', { side: card.input_side, framing: lookup('card.framings')[card.framing] ?? card.framing });
  }
  if (field === 'mirror') return say(card.mirror ? 'card.mirrorTwice' : 'card.mirrorOnce');
  const value = card[field];
  if (field === 'classes') return value.map((code, i) => `${className(code, card.class_names?.[i])} (${code})`).join(', ');
  if (field === 'class_mix') return value.map((share, i) => `${card.classes[i]} ${percent(share)}`).join(', ');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? nested(value) : plain(value);
}

/** An object as a list of its names and values. An interval stands with its value: `accuracy` and `accuracy_95`. */
function nested(object) {
  const items = Object.entries(object)
    .filter(([name]) => !(name.endsWith('_95') && name.slice(0, -3) in object))
    .map(([name, value]) => {
      const words = `${name.replaceAll('_', ' ')}: `;
      const interval = object[`${name}_95`];
      if (Array.isArray(interval))
        return element('li', {
          text: words + say('card.interval', { value: plain(value), low: plain(interval[0]), high: plain(interval[1]) }),
        });
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return element('li', { text: words }, nested(value));
      return element('li', { text: words + plain(value) });
    });
  return element('ul', {}, ...items);
}

/** A number to four digits, a list with commas, anything else as it stands. */
function plain(value) {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}
