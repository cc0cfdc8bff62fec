import { DermError } from './errors.js';

/**
 * A call's options, each of whose names exists; none for `undefined` and `null`. A misspelt one is refused, not ignored.
 * @template {object} T
 * @param {T | null | undefined} options
 * @param {readonly string[]} names
 * @param {string} call whose they are
 * @returns {Partial<T>}
 */
export function checked(options, names, call) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') throw new DermError('argument', `the options of ${call} are "${String(options)}"`, 'Give an object.');
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new DermError('argument', `${call} has no option "${name.slice(0, 40)}"; it has ${names.join(', ')}`, 'Look at its spelling.');
  }
  return options;
}

/**
 * A signal that can be listened to, or none.
 * @param {unknown} signal
 */
export function checkSignal(signal) {
  if (signal === undefined || signal === null || (typeof signal === 'object' && signal && 'aborted' in signal && 'addEventListener' in signal)) return;
  throw new DermError('argument', 'signal is no AbortSignal', 'Give the signal of an AbortController, or leave it out.');
}
