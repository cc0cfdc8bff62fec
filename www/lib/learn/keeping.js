import { DermError } from '../errors.js';
import { deleteKept } from './places.js';

/** Errors that end keeping and nothing else. */
const REFUSALS = ['io', 'disk-full'];

/** Keeping what was learned on the device: nothing until it is asked for. */
export class Keeping {
  #ask;
  #downloads;
  /** @type {{number: number, bytes: number} | null} */
  #kept = null;
  /** @type {import('../index.js').KeepOptions} */
  #watch = {};

  /**
   * @param {(question: import('../session.js').Question) => Promise<any>} ask
   * @param {import('./downloads.js').Downloads} downloads
   */
  constructor(ask, downloads) {
    this.#ask = ask;
    this.#downloads = downloads;
  }

  /** @returns {import('../index.js').Kept | null} */
  get kept() {
    return this.#kept && { bytes: this.#kept.bytes };
  }

  /** Keeps from now on, in place of whatever was kept. @param {import('../index.js').KeepOptions} watch */
  async begin(watch) {
    await this.#downloads.keep();
    this.#kept = await this.#ask({ action: 'keep', after: undefined });
    this.#watch = watch;
  }

  /**
   * Takes what is kept, which is this learner's to go on with then; whether there was anything.
   * @param {import('../index.js').KeepOptions} watch
   * @param {(state: Uint8Array) => Promise<void>} accept
   */
  async resume(watch, accept) {
    const found = await this.#ask({ action: 'kept' });
    if (!found) return false;
    const { number, state } = found;
    const before = this.#kept;
    // Nothing is written over what is being read.
    this.#kept = null;
    try {
      const bytes = state.length;
      await accept(state);
      [this.#kept, this.#watch] = [{ number, bytes }, watch];
    } catch (error) {
      this.#kept = before;
      throw error;
    }
    return true;
  }

  /** Where it was asked for: keeps the present state. When the browser refuses, learning goes on and keeping ends. */
  async save() {
    if (!this.#kept) return;
    try {
      const kept = await this.#ask({ action: 'keep', after: this.#kept.number });
      // It may have been forgotten meanwhile.
      if (!this.#kept) return void (await deleteKept());
      this.#kept = kept;
      this.#watch.onKept?.({ bytes: kept.bytes });
    } catch (error) {
      if (!(error instanceof DermError && REFUSALS.includes(error.code))) throw error;
      this.#kept = null;
      this.#watch.onEnd?.(/** @type {import('../index.js').DermError} */ (error));
    }
  }

  /** Keeps nothing from now on, and deletes everything that this package keeps. */
  async forget() {
    this.#kept = null;
    try {
      await deleteKept();
    } catch (error) {
      throw new DermError('io', `what is kept on this device could not be deleted: ${error}`, 'Close other tabs of this site and try again, or delete the site’s data in the browser.');
    }
  }
}
