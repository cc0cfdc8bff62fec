/** The line under the header: how far the network has loaded, byte by byte, and what to do when it has not. */

import { megabytes, say } from './words.js';

/**
 * Sums the progress of several files into one.
 * @param {string[]} names the files to come
 * @returns {{note: (event: {file: string, loaded: number, total: number}) => void, loaded: number, total: number}}
 *   `total` is 0 as long as one of them did not say how long it is.
 */
export function createTally(names) {
  const files = new Map();
  const sum = (field) => [...files.values()].reduce((bytes, file) => bytes + file[field], 0);
  return {
    note: ({ file, loaded, total }) => files.set(file, { loaded, total: Math.max(loaded, total) * (total > 0) }),
    get loaded() {
      return sum('loaded');
    },
    get total() {
      return names.every((name) => files.get(name)?.total > 0) ? sum('total') : 0;
    },
  };
}

/**
 * The status line.
 * @param {HTMLElement} root holds a `progress`, a `.status-text` and a `button`
 * @param {{onStop: () => void, onAgain: () => void, onChange: (words: string) => void}} actions `onChange` is told of every new state,
 *   not of every byte
 */
export function createStatus(root, { onStop, onAgain, onChange }) {
  const bar = root.querySelector('progress');
  const text = root.querySelector('.status-text');
  const button = root.querySelector('button');
  let act = null;
  button.addEventListener('click', () => act?.());

  /** `key` is one of the messages under "status"; `action` is "stop", "again" or nothing. */
  function show(state, words, action) {
    const changed = root.dataset.state !== state;
    const focused = root.ownerDocument.activeElement === button;
    root.dataset.state = state;
    text.textContent = words;
    act = action === 'stop' ? onStop : action === 'again' ? onAgain : null;
    button.hidden = act === null;
    if (act) button.textContent = say(`status.${action}`);
    // A button that goes would take the reader's place on the page with it.
    else if (focused) text.focus();
    if (changed) onChange(words);
  }

  return {
    loading({ loaded, total }) {
      if (total > 0) {
        bar.max = total;
        bar.value = loaded;
      } else {
        bar.removeAttribute('value');
      }
      const done = total > 0 && loaded >= total;
      const words = done
        ? say('status.starting')
        : total > 0
          ? say('status.loading', { loaded: megabytes(loaded), total: megabytes(total) })
          : say('status.loadingOpen', { loaded: megabytes(loaded) });
      show('loading', words, 'stop');
    },
    ready: (bytes) => show('ready', say('status.ready', { size: megabytes(bytes) })),
    readyOffline: () => show('ready', say('status.readyOffline')),
    offline: () => show('offline', say('status.offline'), 'again'),
    stopped: () => show('stopped', say('status.stopped'), 'again'),
    failed: (words) => show('failed', `${say('status.failed')} ${words}`, 'again'),
    old: (words) => show('old', `${say('status.old')} ${words}`),
    waiting: () => show('waiting', say('status.waiting', { size: '5' }), 'again'),
  };
}
