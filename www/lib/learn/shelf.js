/**
 * Where the learner's worker keeps what was learned, when it is asked to: two of the origin's private files (src/adapt/kept.rs). They are open for as
 * long as one request takes, so that another page of the site can delete them.
 */
import { FOLDER } from './places.js';

/**
 * @typedef {{close: () => void}} Handle an open file, of a kind that only workers know
 * @typedef {import('../../pkg/learn/dermdistill.js').Kept} Kept
 * @typedef {Pick<typeof import('../../pkg/learn/dermdistill.js'), 'Kept' | 'refused'>} Bindings of the build that is open
 */

const FILES = ['learned-0', 'learned-1'];
/** Another tab that is writing is done before long; of a page that was left, Chromium ends a busy worker, and with it its files, after two seconds. */
const TRIES = 50;
const PAUSE_MS = 100;

/**
 * What is kept: its number and the state; `null` where nothing is. Looking makes no file.
 * @param {Bindings} bindings
 * @returns {Promise<{number: number, state: Uint8Array<ArrayBuffer>} | null>}
 */
export async function keptState(bindings) {
  return (await withFiles(bindings, false, (kept) => kept.read())) ?? null;
}

/**
 * Keeps a state and gives its number. `after`: the number of the last one that this owner kept or read, without which the files are made.
 * @param {Bindings} bindings
 * @param {Uint8Array} state
 * @param {number | undefined} after
 * @returns {Promise<number>}
 */
export async function keepState(bindings, state, after) {
  const number = await withFiles(bindings, after === undefined, (kept) => kept.write(state, after));
  if (number !== undefined) return number;
  throw { code: 'io', message: 'what this tab kept on this device is gone', hint: 'It was deleted, perhaps from another page of this site. What was learned stays in this tab.' };
}

/**
 * @template T
 * @param {Bindings} bindings
 * @param {boolean} create
 * @param {(kept: Kept) => T} work
 * @returns {Promise<T | undefined>} nothing where there are no files, and none are to be made
 */
async function withFiles({ Kept, refused }, create, work) {
  /** @type {Handle[]} */
  const open = [];
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create });
    for (const name of FILES) open.push(await opened(await folder.getFileHandle(name, { create })));
    const [first, second] = /** @type {[any, any]} */ (open);
    const kept = new Kept(first, second);
    try {
      return work(kept);
    } finally {
      kept.free();
    }
  } catch (error) {
    // What is not from the browser is the crate's own, or a trap.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    if (error.name === 'NotFoundError' && !create) return undefined;
    throw refused(error);
  } finally {
    for (const handle of open) handle.close();
  }
}

/** @param {FileSystemFileHandle} file @returns {Promise<Handle>} */
async function opened(file) {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await /** @type {any} */ (file).createSyncAccessHandle();
    } catch (error) {
      if (tries === 0 || !(error instanceof DOMException) || error.name !== 'NoModificationAllowedError') throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
