import { DermError } from './errors.js';

/**
 * What a caller may give as a photograph, made ready for the worker.
 *
 * @typedef {import('./index.js').Source} Source
 * @typedef {import('./protocol.js').Posted} Posted
 * @typedef {{number: number, posted: Posted | Promise<ImageBitmap>}} Photograph
 */

/** Pixels that only the browser can read. */
const PICTURES = ['HTMLCanvasElement', 'OffscreenCanvas', 'ImageBitmap', 'HTMLVideoElement', 'VideoFrame'];

/**
 * The numbers of files asked about before: a blob never changes, so the worker need not decode it again.
 * @type {WeakMap<Blob, number>}
 */
const numbers = new WeakMap();
let last = 0;

/**
 * A file as it is (the worker reads it); bytes and pixels as a copy taken now, because the caller may change them before their turn comes.
 * @param {Source} source
 * @returns {Photograph}
 */
export function photographOf(source) {
  const kind = kindOf(source);
  try {
    if (kind === 'Blob' || kind === 'File') return numbered(/** @type {Blob} */ (source));
    const posted = copy(kind, source);
    if (posted) return { number: ++last, posted };
  } catch (error) {
    throw unreadable(error);
  }
  throw new DermError(
    'argument',
    'the photograph is no Blob, File, ArrayBuffer, Uint8Array, ImageData, ImageBitmap, canvas or video',
    'Give an encoded file (JPEG, PNG or WebP) or pixels.',
  );
}

/** @param {Blob} blob */
function numbered(blob) {
  const number = numbers.get(blob) ?? ++last;
  numbers.set(blob, number);
  return { number, posted: blob };
}

/**
 * @param {string} kind
 * @param {any} source
 * @returns {Photograph['posted'] | null}
 */
function copy(kind, source) {
  if (isBytes(source)) return copyBytes(source);
  if (kind === 'ImageData' && source.data instanceof Uint8ClampedArray) {
    return new ImageData(new Uint8ClampedArray(source.data), source.width, source.height);
  }
  if (!PICTURES.includes(kind)) return null;
  const pixels = createImageBitmap(source, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  const posted = pixels.catch((error) => Promise.reject(unreadable(error)));
  posted.catch(() => {}); // whoever awaits it sees the error; a call that was stopped does not
  return posted;
}

/**
 * @param {unknown} given
 * @returns {given is ArrayBuffer | Uint8Array}
 */
export function isBytes(given) {
  const kind = kindOf(given);
  return kind === 'ArrayBuffer' || kind === 'Uint8Array';
}

/**
 * Its tag and not its class, which is another one in another frame.
 * @param {unknown} given
 */
function kindOf(given) {
  return Object.prototype.toString.call(given).slice(8, -1);
}

/**
 * The bytes in memory of their own. A buffer that was handed to somebody else is a `DermError`, like everything that cannot be read.
 * @param {ArrayBuffer | Uint8Array} given
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function copyBytes(given) {
  try {
    // A detached buffer gives an empty view; only a new view of it throws.
    return new Uint8Array(ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(given));
  } catch (error) {
    throw unreadable(error);
  }
}

/** @param {unknown} error */
function unreadable(error) {
  if (error instanceof DermError) return error;
  return new DermError(
    'argument',
    `what was given cannot be read: ${error instanceof Error ? error.message : error}`,
    'A buffer may have been handed over, a picture closed, a video not yet begun.',
  );
}
