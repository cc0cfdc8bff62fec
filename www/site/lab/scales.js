/** Colours and ranges of heat maps: told apart by lightness alone too, and with a legend that has numbers. */

import { rampColour } from '../../element/photograph/overlay.js';

/** From below to above: Okabe and Ito's blue and vermilion, with a light middle that means no difference. */
const BELOW = /** @type {const} */ ([0, 114, 178]);
const MIDDLE = /** @type {const} */ ([240, 240, 236]);
const ABOVE = /** @type {const} */ ([213, 94, 0]);

/**
 * A scale: the numbers at its two ends, and the colour of a number between them.
 * @typedef {{low: number, high: number, colour: (value: number) => number[]}} Scale
 */

/** From 0 to at least `most`, cool to bright. @param {number} most @returns {Scale} */
export function upward(most) {
  const high = rounded(most);
  return { low: 0, high, colour: (value) => rampColour(value / high) };
}

/** From `least` to `most`, cool to bright, for numbers that lie close together; both ends are round. @param {number} least @param {number} most @returns {Scale} */
export function between(least, most) {
  const step = rounded((most - least) / 5);
  const [low, high] = [Math.floor(least / step), Math.ceil(most / step)].map((steps) => Number((steps * step).toPrecision(6)));
  return { low: low ?? 0, high: high ?? 1, colour: (value) => rampColour((value - (low ?? 0)) / ((high ?? 1) - (low ?? 0) || 1)) };
}

/** Round 0, as far as `most` to either side. @param {number} most @returns {Scale} */
export function signed(most) {
  const high = rounded(most);
  const colour = (/** @type {number} */ value) => {
    const part = Math.min(Math.abs(value) / high, 1);
    const end = value < 0 ? BELOW : ABOVE;
    return MIDDLE.map((middle, channel) => middle + part * ((end[channel] ?? 0) - middle));
  };
  return { low: -high, high, colour };
}

/** The next of 1, 2 and 5 times a power of ten, so that a legend's end stays from step to step; 1 where there is nothing to show. @param {number} most */
export function rounded(most) {
  if (!(most > 0) || !Number.isFinite(most)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5].find((times) => times * power >= most * (1 - 1e-9)) ?? 10) * power;
}

/** A CSS colour. @param {number[]} rgb */
export const css = (rgb) => `rgb(${rgb.map(Math.round).join(' ')})`;

/** Black or white, whichever stands out. @param {number[]} rgb */
export const onTop = ([red = 0, green = 0, blue = 0]) => (0.299 * red + 0.587 * green + 0.114 * blue > 140 ? '#000' : '#fff');

/** The legend's bar as a CSS image. @param {Scale} scale */
export function gradient({ low, high, colour }) {
  const stops = Array.from({ length: 11 }, (_, at) => css(colour(low + ((high - low) * at) / 10)));
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
