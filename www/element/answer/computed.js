/** The facts behind an answer, as terms and values: times, build, sizes. */

import { element } from '../dom.js';

/**
 * @param {import('../words/words.js').Words} words
 * @param {import('../../lib/index.js').Answer} answer
 * @param {import('../../lib/index.js').Info} info
 * @returns {HTMLElement[]} `dt` and `dd` in turn
 */
export function computedFacts(words, { timings, photograph, build }, info) {
  const { card } = info;
  const loaded = { size: words.megabytes(info.first_load_bytes), time: words.milliseconds(info.load_ms) };
  /** @type {[string, string][]} */
  const facts = [
    ['decode', words.milliseconds(timings.decode_ms)],
    ['resize', words.milliseconds(timings.resize_ms)],
    ['network', words.milliseconds(timings.network_ms)],
    ['total', words.milliseconds(timings.total_ms)],
    ['photograph', words.say('computed.photographValue', photograph)],
    ['build', words.has(`computed.builds.${build}`) ? words.say(`computed.builds.${build}`) : build],
    ['loaded', words.say('computed.loadedValue', loaded)],
    ['architecture', `${card.architecture} ${card.version ?? ''}`.trim()],
    ['looks', words.say(card.mirror ? 'computed.looksTwice' : 'computed.looksOnce')],
    ['temperature', words.decimal(card.temperature, 2)],
    ['licence', card.licence],
  ];
  return facts.flatMap(([key, value]) => [element('dt', { text: words.say(`computed.${key}`) }), element('dd', { text: value })]);
}
