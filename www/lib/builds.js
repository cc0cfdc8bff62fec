import { DermError } from './errors.js';

/**
 * The two WebAssembly builds and which of them this browser can run.
 *
 * @typedef {import('./index.js').Build} Build
 * @typedef {import('./index.js').CreateOptions} CreateOptions
 */

/**
 * The builds, fastest first, each with its name among the options and the body of a function that only a browser with its instructions accepts.
 * @type {readonly {name: Build, option: 'simd' | 'relaxed', body: readonly number[]}[]}
 */
const BUILDS = [
  // f32x4.relaxed_madd of the parameter with itself
  { name: 'relaxed-simd', option: 'relaxed', body: [0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 0x02] },
  // f32x4.add of the parameter with itself
  { name: 'simd128', option: 'simd', body: [0x20, 0, 0x20, 0, 0xfd, 0xe4, 0x01] },
];

/**
 * Whether the engine accepts a module with one function v128 → v128 of these instructions.
 * @param {readonly number[]} instructions
 */
function accepts(instructions) {
  const body = [0, ...instructions, 0x0b];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const type = [1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  const code = [10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(Uint8Array.from([...header, ...type, ...functions, ...code]));
}

/**
 * The build that is asked for, or else the fastest one that this browser can run and that `wasm`, where given, has a file of.
 * @param {CreateOptions['build']} wanted
 * @param {CreateOptions['wasm']} [wasm]
 * @returns {Build}
 */
export function chooseBuild(wanted, wasm) {
  if (wanted !== undefined && !BUILDS.some(({ name }) => name === wanted)) {
    throw new DermError('argument', `build is "${wanted}"; allowed are "relaxed-simd" and "simd128"`);
  }
  const able = typeof WebAssembly === 'object' && typeof Worker === 'function' ? BUILDS.filter(({ body }) => accepts(body)) : [];
  if (able.length === 0) {
    throw new DermError('unsupported-browser', 'this browser has no workers or no WebAssembly SIMD', 'Use a browser from 2023 or later.');
  }
  const fit = wanted === undefined ? able.filter(({ option }) => !wasm || wasm[option] !== undefined) : able.filter(({ name }) => name === wanted);
  if (fit[0]) return fit[0].name;
  const missing = wanted ?? BUILDS.find(({ option }) => wasm?.[option] !== undefined)?.name;
  if (missing === undefined) throw new DermError('argument', 'wasm holds no file', 'Give simd, relaxed or both.');
  throw new DermError('unsupported-browser', `this browser has no ${missing}`, 'Leave build and wasm out: the fastest one that works is chosen.');
}
