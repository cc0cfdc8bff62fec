/** Everything that this site keeps on the device when a visitor asks for it, and its one deletion. */

import { deleteKept } from '../lib/learn/places.js';

/** The caches of versions of the site itself; downloads for the lab stand in another one. */
const VERSION = /^dermdistill [0-9a-f]{12}$/;
/** Notes in local storage: light or dark, and that the lab was asked to keep what it learns. */
const NOTES = ['theme', 'learned'];

/** Whether the lab was asked to keep what it learns. Without that note nothing is looked for. */
export function learnedIsKept() {
  try {
    return localStorage.getItem('learned') !== null;
  } catch {
    return false; // no storage, nothing kept
  }
}

/** Notes that the lab was asked to keep, or that it no longer does. @param {boolean} kept */
export function noteLearned(kept) {
  if (kept) localStorage.setItem('learned', 'kept');
  else localStorage.removeItem('learned');
}

/** The service worker and every version of the site that it keeps. */
export async function deleteSite() {
  await (await navigator.serviceWorker?.getRegistration())?.unregister();
  const names = (await globalThis.caches?.keys() ?? []).filter((name) => VERSION.test(name));
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** All of it: the site's files, what was learned, downloads, notes. Whoever still writes hears of it first. */
export async function deleteEverything() {
  document.dispatchEvent(new Event('delete-kept'));
  await Promise.all([deleteSite(), deleteKept()]);
  try {
    for (const note of NOTES) localStorage.removeItem(note);
  } catch {
    // No storage, nothing kept there.
  }
}
