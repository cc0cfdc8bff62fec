/** A widget's hold on the classifier: loads it once, again after a failure, and tells how far it is. */

import { unlessAborted } from './abort.js';
import { lease } from './shared.js';
import { createTally } from './tally.js';

/**
 * @typedef {import('../../lib/index.js').Classifier} Classifier
 * @typedef {import('../../lib/index.js').CreateOptions} CreateOptions
 * @typedef {{name: 'idle' | 'offline' | 'stopped'} | {name: 'loading', loaded: number, total: number}
 *   | {name: 'ready' | 'ready-offline', bytes: number} | {name: 'failed' | 'old', code: string}} State
 */

export class Loader {
  #options;
  #onState;
  #onReady;
  /** @type {Promise<Classifier> | null} */
  #pending = null;
  /** @type {Classifier | null} */
  #classifier = null;
  /** Ends this widget's waiting, not the others'. */
  #stop = new AbortController();
  #release = () => {};
  /** @type {State} */
  #state = { name: 'idle' };

  /**
   * @param {{options: CreateOptions, onState: (state: State) => void, onReady: (classifier: Classifier) => void, signal: AbortSignal}} given
   *   `onReady` after every success, whoever asked for it; `signal` ends the hold
   */
  constructor({ options, onState, onReady, signal }) {
    this.#options = options;
    this.#onState = onState;
    this.#onReady = onReady;
    addEventListener('offline', () => this.#classifier && this.#ready(this.#classifier), { signal });
    addEventListener('online', () => this.#online(), { signal });
    signal.addEventListener('abort', () => {
      this.stop();
      this.#release();
    });
  }

  get state() {
    return this.#state;
  }

  get info() {
    return this.#classifier?.info ?? null;
  }

  /** May be called again and again: starts loading when nothing is loaded or loading. @returns {Promise<Classifier>} */
  load() {
    this.#pending ??= this.#load();
    return this.#pending;
  }

  stop() {
    this.#stop.abort();
  }

  async #load() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const tally = createTally(['code', 'weights']);
    this.#set({ name: 'loading', loaded: 0, total: 0 });
    const { ready, release } = lease(this.#options, (event) => {
      if (signal.aborted) return;
      tally.note(event);
      this.#set({ name: 'loading', loaded: tally.loaded, total: tally.total });
    });
    this.#release = release;
    try {
      this.#classifier = await unlessAborted(ready, signal);
    } catch (error) {
      this.#pending = null;
      release();
      this.#failed(error);
      throw error;
    }
    this.#onReady(this.#classifier);
    void this.#settle(this.#classifier);
    return this.#classifier;
  }

  /**
   * What is said of a classifier that is ready is that nothing more needs the network: true a moment later.
   * @param {Classifier} classifier
   */
  async #settle(classifier) {
    await classifier.settled;
    this.#ready(classifier);
  }

  /** @param {unknown} error */
  #failed(error) {
    const code = /** @type {{code?: string}} */ (error).code ?? 'other';
    if (code === 'aborted') this.#set({ name: 'stopped' });
    else if (code === 'unsupported-browser') this.#set({ name: 'old', code });
    else this.#set(navigator.onLine ? { name: 'failed', code } : { name: 'offline' });
  }

  #online() {
    if (this.#classifier) this.#ready(this.#classifier);
    // Whoever called before has been told; this try is for the next call.
    else if (this.#state.name === 'offline' || this.#state.name === 'failed') this.load().catch(() => {});
  }

  /** @param {Classifier} classifier */
  #ready({ info }) {
    this.#set({ name: navigator.onLine ? 'ready' : 'ready-offline', bytes: info.first_load_bytes });
  }

  /** @param {State} state */
  #set(state) {
    this.#state = state;
    this.#onState(state);
  }
}
