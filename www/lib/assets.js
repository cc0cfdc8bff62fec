import { RELEASE } from '../pkg/release.js';
import { DermError } from './errors.js';
import { download } from './download.js';
import { copyBytes, isBytes } from './source.js';

/**
 * Where the files of this package lie, and whether they are what they claim to be.
 *
 * @typedef {import('./index.js').Build} Build
 * @typedef {import('./index.js').CreateOptions} CreateOptions
 * @typedef {{sha256: string, bytes: number}} Pin
 * @typedef {Uint8Array<ArrayBuffer> | WebAssembly.Module} Code a file's bytes, or what an earlier worker compiled them to
 * @typedef {{teacher?: number, head?: Uint8Array | undefined, heads?: Uint8Array | undefined, threads?: number}} Learning what a learner or its teacher is opened with besides
 * @typedef {{build: Build, code: Code, weights: Uint8Array<ArrayBuffer>, released: boolean} & Learning} Assets
 * @typedef {{code: Promise<Code>, whole: Promise<Assets>, checked: Promise<Assets>}} Loading the code, which mostly comes first and is checked; everything, when
 *   the weights' hash is still being computed; the same object once it has been found right
 */

/** No card is longer; a longer head is not a weight file's. */
const LONGEST_HEAD = 1 << 24;

/**
 * A file of this package: its address as bundlers find it (they follow exactly this form, and copy what it names as it is), and its place below the
 * folder that `assets` names: a copy of this package's `pkg`.
 * @typedef {readonly [() => URL, string]} File
 */
export const WORKER = /** @type {File} */ ([() => new URL('../pkg/worker.js', import.meta.url), 'worker.js']);
const WEIGHTS = /** @type {File} */ ([() => new URL('../pkg/student.safetensors', import.meta.url), 'student.safetensors']);
const CODE = /** @type {Record<Build, File>} */ ({
  'simd128': [() => new URL('../pkg/simd/dermdistill_bg.wasm', import.meta.url), 'simd/dermdistill_bg.wasm'],
  'relaxed-simd': [() => new URL('../pkg/relaxed/dermdistill_bg.wasm', import.meta.url), 'relaxed/dermdistill_bg.wasm'],
});

/**
 * The address of a file of this package.
 * @param {File} file
 * @param {CreateOptions['assets']} folder
 * @returns {URL}
 */
export function addressOf([own, path], folder) {
  if (folder === undefined) return own();
  try {
    const base = new URL(String(folder), document.baseURI);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    return new URL(path, base);
  } catch {
    throw new DermError('argument', `assets is "${folder}", which is no address`, 'Give the address of a copy of the folder pkg of this package.');
  }
}

/**
 * Reads code and weights side by side. What this package ships is checked against the SHA-256 that its build wrote down.
 * @param {Build} build
 * @param {CreateOptions} options
 * @param {AbortSignal} signal ends both downloads
 * @returns {Loading}
 */
export function loadAssets(build, { assets, wasm, weights: given, onProgress }, signal) {
  const watch = { onProgress, signal };
  const code = readCode(wasm?.[build === 'simd128' ? 'simd' : 'relaxed'] ?? addressOf(CODE[build], assets), RELEASE[build], watch);
  const weights = readWeights(given, assets, watch);
  const whole = Promise.all([code, weights]).then(([code, { bytes: weights }]) => ({ build, code, weights, released: false }));
  const checked = Promise.all([whole, weights.then(({ released }) => released)]).then(([assets, released]) => Object.assign(assets, { released }));
  return { code, whole, checked };
}

/**
 * @param {string | URL | ArrayBuffer | Uint8Array | WebAssembly.Module} given
 * @param {Pin} pin
 * @param {import('./download.js').Watch} watch
 * @returns {Promise<Code>}
 */
export async function readCode(given, pin, watch) {
  if (given instanceof WebAssembly.Module) return given;
  const { bytes, name } = await readFile(given, { file: 'code', stated: pin.bytes, ...watch });
  if (!(await matches(bytes, pin))) throw changed('network', name, pin);
  return bytes;
}

/**
 * The released weights, or the caller's own, which have a head of their own; and whether they are the released ones, which takes a moment.
 * @param {CreateOptions['weights']} given
 * @param {CreateOptions['assets']} folder
 * @param {import('./download.js').Watch} watch
 */
async function readWeights(given, folder, watch) {
  const pin = RELEASE.weights;
  const stated = given === undefined ? pin.bytes : 0;
  const { bytes, name } = await readFile(given ?? addressOf(WEIGHTS, folder), { file: 'weights', stated, ...watch });
  const released = given === undefined ? isShipped(bytes, name, pin) : isReleased(bytes, name, pin);
  released.catch(() => {}); // whoever awaits it sees the error
  return { bytes, released };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} name
 * @param {Pin} pin
 * @returns {Promise<true>}
 */
async function isShipped(bytes, name, pin) {
  if (!(await matches(bytes, pin))) throw changed('weights-hash', name, pin);
  return true;
}

/**
 * Whether a file is the released one. One that carries its head claims to be it, and must then have its hash.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} name
 * @param {Pin & {head: string}} pin
 */
export async function isReleased(bytes, name, { head, ...pin }) {
  const digest = await sha256(bytes);
  if (digest !== pin.sha256 && digest !== null && (await sha256(headOf(bytes))) === head) throw changed('weights-hash', name, pin);
  return digest === pin.sha256;
}

/**
 * @param {string | URL | ArrayBuffer | Uint8Array} given
 * @param {import('./download.js').Watch & {file: import('./index.js').Progress['file'], stated: number}} options
 */
export async function readFile(given, options) {
  const { file } = options;
  if (isBytes(given)) return { bytes: copyBytes(given), name: `the bytes of the ${file}` };
  if (typeof given === 'string' || given instanceof URL) return download(given, options);
  throw new DermError('argument', `the ${file} is neither an address nor bytes`, 'Give a string, a URL, an ArrayBuffer or a Uint8Array.');
}

/**
 * The length of a weight file's head, and the head: what safetensors puts before the tensors.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function headOf(bytes) {
  if (bytes.length < 8) return bytes;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return bytes.subarray(0, length > LONGEST_HEAD ? 8 : 8 + Number(length));
}

/**
 * Whether a shipped file has its pinned hash. Plain-http pages have no `crypto.subtle` (and nothing that would guard the pin itself):
 * there only the length is compared.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Pin} pin
 */
async function matches(bytes, pin) {
  return bytes.length === pin.bytes && ((await sha256(bytes)) ?? pin.sha256) === pin.sha256;
}

/**
 * As hexadecimal digits; `null` where the page has no `crypto.subtle`.
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {'network' | 'weights-hash'} code
 * @param {string} name
 * @param {Pin} pin
 */
function changed(code, name, pin) {
  return new DermError(
    code,
    `${name}: not the released file of ${pin.bytes} bytes with SHA-256 ${pin.sha256}`,
    'Load the page again without its cache, or install the package again.',
  );
}
