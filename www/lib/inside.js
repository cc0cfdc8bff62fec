/**
 * What every worker of this package has: no way out, files and pictures as bytes and pixels, and errors as plain data.
 *
 * @typedef {import('./protocol.js').PlainError} PlainError
 */

const NETWORK = [
  'fetch', 'fetchLater', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'WebTransport', 'EventSource', 'importScripts',
  'Worker', 'SharedWorker', 'BroadcastChannel', 'caches', 'indexedDB', 'RTCPeerConnection',
];

/** Removes every way out of this worker. The policy that the server sends with it is the first line; this is the second. */
export function closeNetwork() {
  for (const name of NETWORK) {
    for (let holder = /** @type {object} */ (globalThis); holder; holder = Object.getPrototypeOf(holder)) Reflect.deleteProperty(holder, name);
    Object.defineProperty(globalThis, name, { value: undefined, writable: false, configurable: false });
  }
}

/**
 * The bytes of a blob, and of one that is too large just enough that the decoder sees it is.
 * @param {Blob} blob
 * @param {number} limit
 */
export async function read(blob, limit) {
  try {
    return new Uint8Array(await blob.slice(0, limit + 1).arrayBuffer());
  } catch (error) {
    throw { code: 'io', message: `the file could not be read: ${messageOf(error)}`, hint: 'Choose it again: it may have been moved or changed.' };
  }
}

/** @param {ImageBitmap} bitmap it is given back */
export function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw { code: 'image-too-large', message: `there is no canvas of ${width} × ${height} pixels`, hint: 'Use a smaller picture.' };
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/**
 * The buffers of an answer that are handed over, not copied.
 * @param {any} value
 * @returns {Transferable[]}
 */
export function buffersOf(value) {
  if (ArrayBuffer.isView(value)) return [value.buffer];
  return [value?.map?.values, value?.values].filter(ArrayBuffer.isView).map((array) => array.buffer);
}

/**
 * @param {unknown} error
 * @returns {PlainError | null} `null` for anything but an error of the crate
 */
export function plainError(error) {
  if (typeof error !== 'object' || error === null || error instanceof Error) return null;
  const { code, message, hint } = /** @type {Record<string, unknown>} */ (error);
  if (typeof code !== 'string') return null;
  return { code: /** @type {PlainError['code']} */ (code), message: String(message), hint: String(hint ?? '') };
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
