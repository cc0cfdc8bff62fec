import { DermError } from './errors.js';

/**
 * @typedef {import('./protocol.js').Reply} Reply
 * @typedef {import('./protocol.js').Request | import('./learn/protocol.js').LearnRequest} Request
 * @typedef {Request extends infer R ? R extends Request ? Omit<R, 'id'> : never : never} Question
 */

/** One worker from its start to its end: questions and answers matched by id. */
export class Session {
  /** @type {Worker} */
  #worker;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: DermError) => void}>} */
  #waiting = new Map();
  #asked = 0;
  /** @type {DermError | null} */
  #end = null;
  #memory = 0;
  /** When its script runs. @type {Promise<void>} */
  loaded;

  /** @param {Worker} worker fresh, and from now on this session's own */
  constructor(worker) {
    this.#worker = worker;
    this.loaded = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
    this.loaded.catch(() => {}); // whoever awaits it sees the error; nobody need
    worker.onmessage = ({ data }) => this.#settle(data);
    worker.onmessageerror = () => this.end(lost('an answer could not be read'));
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(lost(event.message || 'its script could not be loaded'));
    };
  }

  get alive() {
    return this.#end === null;
  }

  /** Bytes of its instance at the last reply. */
  get memory() {
    return this.#memory;
  }

  /**
   * @param {Question} question
   * @returns {Promise<any>}
   */
  ask(question) {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      const id = ++this.#asked;
      try {
        this.#worker.postMessage({ ...question, id }, handedOver(question));
      } catch (error) {
        const hint = 'Give plain values, and pictures of the page\'s own origin.';
        return reject(new DermError('argument', `it cannot be handed to the worker: ${error}`, hint));
      }
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /**
   * Ends the worker and gives its memory back; what still waits is rejected. The first reason stays.
   * @param {DermError} reason
   */
  end(reason) {
    if (this.#end) return;
    this.#end = reason;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  /** @param {Reply} reply */
  #settle(reply) {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    this.#memory = reply.memory;
    if (reply.error === undefined) return waiting?.resolve(reply.value);
    const error = new DermError(reply.error.code, reply.error.message, reply.error.hint);
    waiting?.reject(error);
    if (reply.lost) this.end(error);
  }
}

/**
 * What of a question is handed over, not copied: bytes and bitmaps that were made for it.
 * @param {Question} question
 * @returns {Transferable[]}
 */
function handedOver(question) {
  const { source } = /** @type {{source?: unknown}} */ (question);
  if (source instanceof Uint8Array) return [source.buffer];
  return source instanceof ImageBitmap ? [source] : [];
}

/** @param {string} what */
function lost(what) {
  return new DermError(
    'worker-lost',
    `the worker ended: ${what}`,
    'Try again: the next call has a fresh worker. If none starts, look at the page\'s policy and the address of the worker.',
  );
}
