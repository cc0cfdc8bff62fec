import { WORKER, addressOf } from './assets.js';
import { DermError } from './errors.js';
import { Session } from './session.js';
import { copyBytes, isBytes } from './source.js';

/** @typedef {string | URL | import('./index.js').TrustedScriptURL} Script what a worker can be started from */

/** So many workers may be lost while there is no connection. Each is a thread with its script loaded, and neither code nor weights. */
const SPARES = 2;

/**
 * Starts workers ahead of need. A worker that is lost is replaced by a spare one, whose script is loaded already, so that nothing is
 * requested then and a page without a connection goes on. The next spare ones are started when there is a connection.
 */
export class Staff {
  /** @type {Script} */
  #script;
  /** @type {string | null} */
  #blob = null;
  /** @type {Session[]} */
  #spares = [];
  #closed = false;
  #online = () => this.restock();

  /**
   * @param {Pick<import('./index.js').CreateOptions, 'worker' | 'assets'>} options
   * @param {import('./assets.js').File} [file] the package's own script
   */
  constructor({ worker, assets }, file = WORKER) {
    if (worker instanceof Blob || isBytes(worker)) {
      const text = worker instanceof Blob ? worker : copyBytes(worker);
      this.#script = this.#blob = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    } else {
      this.#script = worker ?? trusted(addressOf(file, assets).href);
    }
  }

  /** A fresh worker: a spare one where there is one. */
  next() {
    return this.#alive().shift() ?? this.#start();
  }

  /**
   * Starts the spare workers that are missing.
   * @returns {Promise<void>} when they stand ready, or cannot be had now
   */
  async restock() {
    removeEventListener('online', this.#online);
    if (this.#closed) return;
    try {
      while (this.#reachable && this.#alive().length < SPARES) this.#spares.push(this.#start());
      await Promise.all(this.#spares.map(({ loaded }) => loaded));
    } catch {
      // The page still has its first worker; a browser that is online by its own word only may be so in earnest later.
    }
    if (!this.#closed && this.#alive().length < SPARES) addEventListener('online', this.#online);
  }

  /** Whether a lost worker could be replaced at once. */
  get ready() {
    return this.#reachable || this.#alive().length > 0;
  }

  /** The spare workers that stand ready or are starting. */
  #alive() {
    return (this.#spares = this.#spares.filter(({ alive }) => alive));
  }

  /** Whether another worker's script could be had now. */
  get #reachable() {
    return this.#blob !== null || navigator.onLine !== false;
  }

  /** @param {DermError} reason */
  close(reason) {
    this.#closed = true;
    removeEventListener('online', this.#online);
    for (const spare of this.#spares) spare.end(reason);
    if (this.#blob) URL.revokeObjectURL(this.#blob);
  }

  #start() {
    try {
      return new Session(new Worker(/** @type {string} */ (this.#script), { name: 'dermdistill' }));
    } catch (error) {
      // A script from another origin, or one that the page's policy forbids.
      throw new DermError(
        'worker-lost',
        `the worker could not be started: ${error}`,
        'Serve the worker from the page\'s own origin, and allow it in worker-src and, where the page asks for them, in trusted-types.',
      );
    }
  }
}

/** @type {{createScriptURL: (address: string) => Script} | null | undefined} */
let policy;

/**
 * The address as a page that requires Trusted Types wants it: from a policy. This one never leaves this file, so it is asked for no other
 * address than that of the package's worker.
 * @param {string} address
 * @returns {Script}
 */
function trusted(address) {
  if (policy === undefined) {
    const { trustedTypes } = /** @type {any} */ (globalThis);
    try {
      policy = trustedTypes?.createPolicy('dermdistill', { createScriptURL: (/** @type {string} */ given) => given }) ?? null;
    } catch {
      policy = null; // the page does not allow this policy; starting the worker will say so if it needed one
    }
  }
  return policy?.createScriptURL(address) ?? address;
}
