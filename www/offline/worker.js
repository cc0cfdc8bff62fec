/**
 * The service worker of a site that a visitor asked to keep: serves the files of one build, whole, and nothing else. `KEPT` stands before this text
 * (plugin.mjs): the build's files with their SHA-256, and a version, which is the hash of that list.
 *
 * A version is filled beside the one in use and takes over when its last file is there and no page of the old one is open: the browser's own
 * order of things, which `skipWaiting` and `clients.claim` would cut short. So a page never has code of one build and weights of another.
 */
/* global KEPT */

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const PREFIX = 'dermdistill ';
const NAME = PREFIX + KEPT.version;
/** The caches of versions; what the lab keeps stands in another one, which no version takes away. */
const VERSION = /^dermdistill [0-9a-f]{12}$/;

scope.addEventListener('install', (event) => event.waitUntil(fill()));
scope.addEventListener('activate', (event) => event.waitUntil(sweep()));
scope.addEventListener('fetch', (event) => {
  const path = pathOf(event.request);
  // Whatever is not in the list goes its own way, under the policy of the page that asks for it.
  if (path !== null) event.respondWith(kept(path, event.request));
});

/** All files or none. */
async function fill() {
  const cache = await caches.open(NAME);
  try {
    await Promise.all(Object.entries(KEPT.files).map(async ([path, hash]) => cache.put(addressOf(path), await fileOf(path, hash))));
  } catch (error) {
    await caches.delete(NAME);
    throw error;
  }
}

/**
 * From the version in use where it has the same file, else from the browser's cache or the server.
 * @param {string} path
 * @param {string} hash
 */
async function fileOf(path, hash) {
  const address = addressOf(path);
  for (const look of [() => caches.match(address, { ignoreVary: true }), () => fetch(address), () => fetch(address, { cache: 'reload' })]) {
    const found = await look();
    if (!found?.ok) continue;
    const bytes = await found.arrayBuffer();
    // Made anew: a server may have led here from another address, and a page cannot be answered with that.
    if ((await sha256(bytes)) === hash) return new Response(bytes, { headers: found.headers });
  }
  throw new Error(`${path} is not the file of version ${KEPT.version}`);
}

/** Earlier versions, which no page uses any more. */
async function sweep() {
  const names = (await caches.keys()).filter((name) => VERSION.test(name) && name !== NAME);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/**
 * @param {string} path
 * @param {Request} request
 */
async function kept(path, request) {
  const cache = await caches.open(NAME);
  return (await cache.match(addressOf(path), { ignoreVary: true })) ?? fetch(request);
}

/**
 * The listed file that a request is for, or `null`.
 * @param {Request} request
 */
function pathOf({ method, url }) {
  const { origin, pathname } = new URL(url);
  const base = new URL(scope.registration.scope);
  if (method !== 'GET' || origin !== base.origin || !pathname.startsWith(base.pathname)) return null;
  const path = pathname.slice(base.pathname.length) || 'index.html';
  return Object.hasOwn(KEPT.files, path) ? path : null;
}

/** @param {string} path */
function addressOf(path) {
  return new URL(path, scope.registration.scope).href;
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
