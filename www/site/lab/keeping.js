/** Keeping what is learned on the device: asked for here, told here, and deleted here with all else that this site keeps. */

import { deleteEverything, learnedIsKept, noteLearned } from '../kept.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Learner} Learner
 * @typedef {import('../../lib/index.js').DermError} DermError
 */

/** Errors of keeping and what they are in the reader's words. @type {Record<string, string>} */
const REFUSALS = { 'disk-full': 'full', 'io': 'refused', 'checkpoint': 'broken' };

export class Keeping {
  #words;
  #learner;
  #status;
  #watch;

  /**
   * @param {Words} words
   * @param {() => Learner} learner
   * @param {HTMLElement} status
   */
  constructor(words, learner, status) {
    this.#words = words;
    this.#learner = learner;
    this.#status = status;
    /** @type {import('../../lib/index.js').KeepOptions} */
    this.#watch = { onKept: ({ bytes }) => this.#kept(bytes), onEnd: (error) => this.#refused(error) };
    // Wherever on this page everything is deleted: nothing is written afterwards.
    document.addEventListener('delete-kept', () => void this.#learner().forget().catch(() => {}));
    this.#say('nothing');
  }

  /** Goes on from what is kept, where the visitor once asked for that. */
  async resume() {
    if (!learnedIsKept()) return;
    try {
      const found = await this.#learner().resume(this.#watch);
      if (!found) noteLearned(false);
      this.#say(found ? 'resumed' : 'nothing');
    } catch (error) {
      this.#refused(error);
    }
  }

  /** Keeps from now on. */
  async keep() {
    try {
      await this.#learner().keep(this.#watch);
      noteLearned(true);
      this.#kept(this.#learner().kept()?.bytes ?? 0);
    } catch (error) {
      this.#refused(error);
    }
  }

  /** Another learner is at work: it keeps where the last one did. @param {boolean} kept */
  async handOver(kept) {
    if (kept) await this.keep();
  }

  async forget() {
    try {
      await deleteEverything();
      this.#say('forgotten');
    } catch (error) {
      this.#say('remains', error);
    }
  }

  /** @param {number} bytes */
  #kept(bytes) {
    const told = this.#words.say('lab.kept.kept', { size: this.#words.megabytes(bytes) });
    // A live region that is written anew is read anew.
    if (this.#status.textContent === told) return;
    this.#status.dataset['state'] = 'kept';
    this.#status.textContent = told;
  }

  /** @param {unknown} error */
  #refused(error) {
    const { code = '' } = /** @type {Partial<DermError>} */ (error ?? {});
    // A whole file with something else in it than a state of these weights.
    const name = code.startsWith('weights') ? 'broken' : REFUSALS[code];
    if (!name) throw error;
    this.#say(name, error);
  }

  /** @param {string} name @param {unknown} [error] */
  #say(name, error) {
    const { message = '' } = /** @type {{message?: string}} */ (error ?? {});
    this.#status.dataset['state'] = name;
    this.#status.textContent = [this.#words.say(`lab.kept.${name}`), message && this.#words.say('lab.technical', { message })].filter(Boolean).join(' ');
  }
}
