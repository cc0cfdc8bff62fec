/** Loads the classifier once, again after a failure, and keeps everybody who waits for it waiting on the same promise. */

import { createClassifier } from '../lib/index.js';
import { createTally } from './progress.js';
import { sayCode } from './words.js';

/**
 * @param {ReturnType<import("./progress.js").createStatus>} status
 * @param {() => void} onLoaded after every success, whoever asked for it
 * @returns {{load: () => Promise<import("../lib/index.js").Classifier>, stop: () => void, info: object | null}}
 *   `load` may be called again and again: it starts loading when nothing is loaded or loading.
 */
export function createLoader(status, onLoaded) {
  let pending = null;
  let controller = null;
  let classifier = null;

  async function start() {
    const stop = new AbortController();
    controller = stop;
    const tally = createTally(['code', 'weights']);
    status.loading(tally);
    try {
      classifier = await createClassifier({
        signal: stop.signal,
        onProgress: (event) => {
          if (stop.signal.aborted) return;
          tally.note(event);
          status.loading(tally);
        },
      });
      status.ready(classifier.info.firstLoadBytes);
      onLoaded();
      return classifier;
    } catch (error) {
      pending = null;
      // One file may still be on its way when the other has failed.
      stop.abort();
      report(error);
      throw error;
    }
  }

  function report(error) {
    if (error.code === 'aborted') status.stopped();
    else if (error.code === 'unsupported-browser') status.old(sayCode('errors.hint', error.code));
    else if (!navigator.onLine) status.offline();
    else status.failed(sayCode('errors.hint', error.code));
  }

  function load() {
    pending ??= start();
    return pending;
  }

  addEventListener('offline', () => {
    if (classifier) status.readyOffline();
  });
  addEventListener('online', () => {
    if (classifier) status.ready(classifier.info.firstLoadBytes);
    // Whoever called before has been told; this try is for the next call.
    else if (!pending) load().catch(() => {});
  });

  return {
    load,
    stop: () => controller?.abort(),
    get info() {
      return classifier?.info ?? null;
    },
  };
}
