/**
 * Sums the progress of several files into one.
 * @param {readonly string[]} names the files to come
 * @returns {{note: (event: import('../../lib/index.js').Progress) => void, readonly loaded: number, readonly total: number}}
 *   `total` is 0 as long as one of them did not say how long it is.
 */
export function createTally(names) {
  /** @type {Map<string, {loaded: number, total: number}>} */
  const files = new Map();
  const sum = (/** @type {'loaded' | 'total'} */ field) => [...files.values()].reduce((bytes, file) => bytes + file[field], 0);
  return {
    note: ({ file, loaded, total }) => files.set(file, { loaded, total: total > 0 ? Math.max(loaded, total) : 0 }),
    get loaded() {
      return sum('loaded');
    },
    get total() {
      return names.every((name) => (files.get(name)?.total ?? 0) > 0) ? sum('total') : 0;
    },
  };
}
