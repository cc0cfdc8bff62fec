/** What the classifier of an element is made with when the page gives no options of its own. */

/** @typedef {import('../../lib/index.js').CreateOptions} CreateOptions */

/** One object for each folder, so that elements that ask for the same share a worker. @type {Map<string | null, CreateOptions>} */
const made = new Map();

/**
 * @param {string | null} assets the address of a copy of the package's folder `pkg`; null: where this module's build has put the files
 * @returns {CreateOptions}
 */
export function optionsFor(assets) {
  const options = made.get(assets) ?? (assets === null ? {} : { assets });
  made.set(assets, options);
  return options;
}
