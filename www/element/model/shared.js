/** One classifier, and so one worker, for everybody on the page who asks for the same one. */

import { createClassifier } from '../../lib/index.js';

/**
 * @typedef {import('../../lib/index.js').CreateOptions} CreateOptions
 * @typedef {import('../../lib/index.js').Classifier} Classifier
 * @typedef {import('../../lib/index.js').Progress} Progress
 * @typedef {{ready: Promise<Classifier>, listeners: Set<(event: Progress) => void>, last: Map<string, Progress>, stop: AbortController}} Shared
 */

/** @type {Map<CreateOptions, Shared>} */
const open = new Map();

/**
 * @param {CreateOptions} options those who give the same object share what it makes
 * @param {(event: Progress) => void} onProgress told at once how far it is
 * @returns {{ready: Promise<Classifier>, release: () => void}} `release` when it is no longer wanted: the last one closes it
 */
export function lease(options, onProgress) {
  const shared = open.get(options) ?? start(options);
  // A function of its own a lease: the same listener may hold two.
  const listener = (/** @type {Progress} */ event) => onProgress(event);
  shared.listeners.add(listener);
  for (const event of shared.last.values()) listener(event);
  const release = () => {
    if (!shared.listeners.delete(listener) || shared.listeners.size > 0) return;
    if (open.get(options) === shared) open.delete(options);
    shared.stop.abort();
    shared.ready.then(
      (classifier) => classifier.close(),
      () => {},
    );
  };
  return { ready: shared.ready, release };
}

/** @param {CreateOptions} options @returns {Shared} */
function start(options) {
  const stop = new AbortController();
  /** @type {Shared['listeners']} */
  const listeners = new Set();
  /** @type {Shared['last']} */
  const last = new Map();
  const onProgress = (/** @type {Progress} */ event) => {
    if (stop.signal.aborted) return;
    last.set(event.file, event);
    for (const listener of listeners) listener(event);
  };
  const shared = { ready: createClassifier({ ...options, onProgress, signal: stop.signal }), listeners, last, stop };
  open.set(options, shared);
  shared.ready.catch(() => {
    // The next one who asks tries again. One file may still be on its way when the other has failed.
    if (open.get(options) === shared) open.delete(options);
    stop.abort();
  });
  return shared;
}
