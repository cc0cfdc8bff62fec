/** Where this package keeps something on the device when it is asked to, and nowhere else. */

/** In the origin's private files: what was learned. */
export const FOLDER = 'dermdistill';

/** In the cache storage: released files that were downloaded for learning. */
export const DOWNLOADS = 'dermdistill downloads';

/** A worker that is just writing is done before long. */
const TRIES = 20;
const PAUSE_MS = 100;

/** Deletes both. What is not there is deleted already. */
export async function deleteKept() {
  await Promise.all([globalThis.caches?.delete(DOWNLOADS), removeFolder()]);
}

async function removeFolder() {
  const root = await navigator.storage?.getDirectory?.();
  for (let tries = TRIES; root; tries -= 1) {
    try {
      return await root.removeEntry(FOLDER, { recursive: true });
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      if (name === 'NotFoundError') return;
      if (tries === 0 || name !== 'NoModificationAllowedError') throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
