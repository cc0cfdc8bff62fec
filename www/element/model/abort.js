import { DermError } from '../../lib/index.js';

/**
 * Waits for a promise that others wait for too, but no longer than this one caller wants to.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>} rejects with code `aborted`
 */
export function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DermError('aborted', 'the caller stopped this call'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject);
  });
}
