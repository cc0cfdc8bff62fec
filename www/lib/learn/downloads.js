import { RELEASE } from '../../pkg/release-learn.js';
import { isReleased, readFile } from '../assets.js';
import { DermError } from '../errors.js';
import { DOWNLOADS } from './places.js';

/**
 * Optional files, each by its name in the release: the teacher, its projection head, the student's training heads.
 * @typedef {'teacher' | 'teacher-head' | 'heads'} Name
 * @typedef {import('../assets.js').Pin & {head: string}} Pin
 */

/** What was loaded besides code and weights. Released files are checked by hash, and can be kept on the device. */
export class Downloads {
  /** Released files that came from an address. @type {{address: string, bytes: Uint8Array<ArrayBuffer>}[]} */
  #released = [];

  /**
   * @param {import('../index.js').Asset} given
   * @param {Name} file
   * @param {import('../download.js').Watch} watch
   */
  async read(given, file, watch) {
    const pin = /** @type {Partial<Record<Name, Pin>>} */ (RELEASE)[file];
    const address = typeof given === 'string' || given instanceof URL ? new URL(given, document.baseURI).href : null;
    const kept = pin && address !== null ? await this.#kept(address, pin) : null;
    if (kept) {
      watch.onProgress?.({ file, loaded: kept.length, total: kept.length });
      return kept;
    }
    const { bytes, name } = await readFile(given, { file, stated: 0, ...watch });
    if (pin && (await isReleased(bytes, name, pin)) && address !== null) this.#released.push({ address, bytes });
    return bytes;
  }

  /** Keeps those that were loaded; a typed error where the browser refuses. */
  async keep() {
    if (this.#released.length === 0) return;
    try {
      const cache = await caches.open(DOWNLOADS);
      for (const { address, bytes } of this.#released) await cache.put(address, new Response(bytes));
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      const code = name === 'QuotaExceededError' ? 'disk-full' : 'io';
      throw new DermError(code, `the downloaded files could not be kept on this device: ${message}`, 'Free some space or look at the settings, then keep anew. They stay in this tab.');
    }
  }

  /**
   * A file of an earlier visit, whole and unchanged. Looking makes no cache.
   * @param {string} address
   * @param {Pin} pin
   */
  async #kept(address, pin) {
    const found = await globalThis.caches?.match(address, { cacheName: DOWNLOADS }).catch(() => undefined);
    if (!found) return null;
    const bytes = new Uint8Array(await found.arrayBuffer());
    return (await isReleased(bytes, address, pin).catch(() => false)) ? bytes : null;
  }
}
