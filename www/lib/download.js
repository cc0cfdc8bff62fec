import { DermError, aborted } from './errors.js';

/**
 * @typedef {{onProgress: import('./index.js').CreateOptions['onProgress'], signal: AbortSignal}} Watch
 */

/** A weight file is a few megabytes; a download that passes this is none. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * One file, with progress by the byte.
 * @param {string | URL} address
 * @param {Watch & {file: import('./index.js').Progress['file'], stated: number}} options stated: its length where that is known before the server says anything
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, name: string}>}
 */
export async function download(address, { file, stated, onProgress, signal }) {
  const name = String(address).split(/[?#]/)[0]?.split('/').pop() || file;
  if (stated) onProgress?.({ file, loaded: 0, total: stated });
  try {
    const response = await fetch(address, { credentials: 'same-origin', signal });
    if (!response.ok || !response.body) {
      throw new DermError('network', `${name}: the server answered ${response.status}`, 'Look whether the file is there, then load the page again.');
    }
    // A compressed answer states its length on the wire, which is not what arrives here.
    const length = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length')) || 0;
    return { bytes: await collect(response.body, name, (loaded) => onProgress?.({ file, loaded, total: stated || length })), name };
  } catch (error) {
    if (signal.aborted) throw aborted(signal);
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
