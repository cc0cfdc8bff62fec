/** The facts behind an answer, as terms and values: times, build, sizes. */

import { element, lookup, megabytes, milliseconds, say } from './words.js';

/** A `dt` and a `dd`; the value is text or a node. */
export function fact(term, value) {
  return [element('dt', { text: term }), element('dd', {}, value)];
}

/**
 * @param {import("../lib/index.js").Answer} answer
 * @param {import("../lib/index.js").Info} info
 * @returns {HTMLElement[]}
 */
export function computedFacts({ timings, photograph, build }, info) {
  const ms = (value) => say('computed.ms', { ms: milliseconds(value) });
  return [
    ...fact(say('computed.decode'), ms(timings.decode_ms)),
    ...fact(say('computed.resize'), ms(timings.resize_ms)),
    ...fact(say('computed.network'), ms(timings.network_ms)),
    ...fact(say('computed.total'), ms(timings.total_ms)),
    ...fact(say('computed.photograph'), say('computed.photographValue', photograph)),
    ...fact(say('computed.build'), lookup('computed.builds')[build] ?? build),
    ...fact(say('computed.loaded'), say('computed.loadedValue', { size: megabytes(info.firstLoadBytes), ms: milliseconds(info.loadMs) })),
    ...fact(say('card.architecture'), `${info.card.architecture} ${info.card.version ?? ''}`.trim()),
    ...fact(say('card.mirror'), say(info.card.mirror ? 'card.mirrorTwice' : 'card.mirrorOnce')),
    ...fact(say('card.temperature'), Number(info.card.temperature).toFixed(2)),
    ...fact(say('card.licence'), info.card.licence),
  ];
}
