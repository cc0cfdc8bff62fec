/** What a page keeps on the device, and whatever it tried to. */

/** Runs in the page before its scripts: writes down every attempt to keep something. */
export function watchStorage() {
  globalThis.attempts = [];
  const note = (owner, names) => {
    for (const name of names) {
      const real = owner?.[name];
      if (typeof real !== 'function') continue;
      owner[name] = function (...given) {
        globalThis.attempts.push(`${name} ${given.map((value) => (typeof value === 'string' ? value : Object.prototype.toString.call(value))).join(' ')}`);
        return real.apply(this, given);
      };
    }
  };
  note(Storage.prototype, ['setItem']);
  // Not every browser has all of these.
  note(globalThis.IDBFactory?.prototype, ['open']);
  note(globalThis.CacheStorage?.prototype, ['open']);
  note(globalThis.StorageManager?.prototype, ['getDirectory', 'persist']);
  note(globalThis.CookieStore?.prototype, ['set']);
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(Document.prototype, 'cookie', { ...cookie, set: (text) => void globalThis.attempts.push(`cookie ${text}`) });
}

/** Runs in the page: all that is kept, by kind. */
export async function kept() {
  const attempts = [...globalThis.attempts]; // before this one
  const directory = await navigator.storage?.getDirectory?.();
  return {
    attempts,
    local: Object.entries({ ...localStorage }),
    session: Object.entries({ ...sessionStorage }),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: (await globalThis.caches?.keys()) ?? [],
    files: directory ? await Array.fromAsync(directory.keys()) : [],
    cookies: document.cookie,
    state: history.state,
    name: globalThis.name,
    address: location.search + location.hash,
  };
}

/** What {@link kept} gives where nothing was. */
export const NOTHING = { attempts: [], local: [], session: [], databases: [], caches: [], files: [], cookies: '', state: null, name: '', address: '' };
