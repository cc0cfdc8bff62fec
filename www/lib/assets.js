import { RELEASE } from '../pkg/release.js';
import { DermError, aborted } from './errors.js';

/**
 * @typedef {import('./index.js').Build} Build
 * @typedef {import('./index.js').CreateOptions} CreateOptions
 * @typedef {{sha256: string, bytes: number}} Pin
 * @typedef {{build: Build, code: Uint8Array, weights: Uint8Array, released: boolean}} Assets
 */

/** A weight file is a few megabytes; a download that passes this is none. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Where this build's code and the released weights lie, for browsers and for bundlers (which follow exactly this form). */
const defaults = {
  'simd128': () => new URL('../pkg/simd/dermdistill_bg.wasm', import.meta.url),
  'relaxed-simd': () => new URL('../pkg/relaxed/dermdistill_bg.wasm', import.meta.url),
  'weights': () => new URL('../pkg/student.safetensors', import.meta.url),
};

/**
 * Reads code and weights side by side. What this package ships is checked against the SHA-256 that its build wrote down.
 * @param {Build} build
 * @param {CreateOptions} options
 * @returns {Promise<Assets>}
 */
export async function loadAssets(build, options) {
  const ownCode = options.wasm && (build === 'simd128' ? options.wasm.simd : options.wasm.relaxed);
  const own = options.weights;
  const [code, weights] = await Promise.all([
    download(ownCode ?? defaults[build](), 'code', RELEASE[build], options),
    own instanceof ArrayBuffer || own instanceof Uint8Array
      ? new Uint8Array(own instanceof ArrayBuffer ? own.slice(0) : own)
      : download(own ?? defaults.weights(), 'weights', own === undefined ? RELEASE.weights : undefined, options),
  ]);
  return { build, code, weights, released: own === undefined };
}

/**
 * One file, with progress by the byte.
 * @param {string | URL} address
 * @param {'code' | 'weights'} file
 * @param {Pin | undefined} pin
 * @param {CreateOptions} options
 * @returns {Promise<Uint8Array>}
 */
async function download(address, file, pin, { onProgress, signal }) {
  const name = String(address).split(/[?#]/)[0]?.split('/').pop() ?? file;
  // Before the server has said anything: a shipped file's length is known.
  if (pin) onProgress?.({ file, loaded: 0, total: pin.bytes });
  try {
    const response = await fetch(address, { credentials: 'same-origin', signal: signal ?? null });
    if (!response.ok || !response.body) {
      throw new DermError('network', `${name}: the server answered ${response.status}`, 'Look whether the file is there, then load the page again.');
    }
    // A compressed answer states its length on the wire, which is not what arrives here.
    const stated = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length')) || 0;
    const bytes = await collect(response.body, name, (loaded) => onProgress?.({ file, loaded, total: pin?.bytes ?? stated }));
    if (pin && !(await matches(bytes, pin))) {
      throw new DermError(
        file === 'weights' ? 'weights-hash' : 'network',
        `${name} is not the released file of ${pin.bytes} bytes with SHA-256 ${pin.sha256}`,
        'Load the page again without its cache, or install the package again.',
      );
    }
    return bytes;
  } catch (error) {
    if (signal?.aborted) throw aborted(signal);
    if (error instanceof DermError) throw error;
    throw new DermError('network', `${name} could not be read: ${error instanceof Error ? error.message : error}`, 'Look at the connection and try again.');
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {string} name
 * @param {(loaded: number) => void} progress
 */
async function collect(body, name, progress) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  let loaded = 0;
  const reader = body.getReader();
  progress(0);
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    loaded += piece.value.length;
    if (loaded > MAX_BYTES) {
      await reader.cancel();
      throw new DermError('weights-too-large', `${name} has more than the ${MAX_BYTES} bytes allowed`, 'Give the address of a weight file.');
    }
    progress(loaded);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Whether a shipped file has its pinned hash. Plain-http pages have no `crypto.subtle` (and nothing that would guard the pin itself):
 * there only the length is compared.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Pin} pin
 */
async function matches(bytes, pin) {
  if (bytes.length !== pin.bytes) return false;
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return pin.sha256 === Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
