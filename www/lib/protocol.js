/**
 * The messages between the page and the worker, and nothing else: plain data with an `id`, answered under the same `id`.
 *
 *   page → worker   { id, action: 'open', build, code: Uint8Array, weights: Uint8Array }   once, first
 *                   { id, action: 'classify' | 'explain' | 'embed', source: Blob | Uint8Array, options }
 *                   { id, action: 'logits', input: Float32Array }
 *   worker → page   { id, value }
 *                   { id, error: { code, message, hint }, lost }      lost: the instance is poisoned, replace the worker
 *
 * @typedef {import('./index.js').Build} Build
 * @typedef {{code: import('./index.js').ErrorCode, message: string, hint: string}} PlainError
 * @typedef {{id: number, action: 'open', build: Build, code: Uint8Array, weights: Uint8Array}} OpenRequest
 * @typedef {{id: number, action: 'classify' | 'explain' | 'embed', source: Blob | Uint8Array, options: object}} PhotographRequest
 * @typedef {{id: number, action: 'logits', input: Float32Array}} LogitsRequest
 * @typedef {OpenRequest | PhotographRequest | LogitsRequest} Request
 * @typedef {{id: number, value: unknown, error?: undefined, lost?: undefined}} Success
 * @typedef {{id: number, error: PlainError, lost: boolean}} Failure
 * @typedef {Success | Failure} Reply
 */

/**
 * The builds, fastest first, each with the body of a function that only a browser with its instructions accepts.
 * @type {readonly {name: Build, body: readonly number[]}[]}
 */
const BUILDS = [
  // f32x4.relaxed_madd of the parameter with itself
  { name: 'relaxed-simd', body: [0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 0x02] },
  // f32x4.add of the parameter with itself
  { name: 'simd128', body: [0x20, 0, 0x20, 0, 0xfd, 0xe4, 0x01] },
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
 * The first build this browser can run; `null` when it can run none.
 * @returns {Build | null}
 */
export function supportedBuild() {
  if (typeof WebAssembly !== 'object' || typeof Worker !== 'function') return null;
  return BUILDS.find(({ body }) => accepts(body))?.name ?? null;
}
