/** What the classifier of an element is made with when the page gives no options of its own. */

/** @typedef {import('../../lib/index.js').CreateOptions} CreateOptions */

/** The name of the Trusted Types policy: what a page that asks for them has to allow. */
const POLICY = 'dermdistill';

/** One object for each folder, so that elements that ask for the same share a worker. @type {Map<string | null, CreateOptions>} */
const made = new Map();

/**
 * @param {string | null} assets the address of the folder with the package's files; null: where this module lies
 * @returns {CreateOptions}
 */
export function optionsFor(assets) {
  const known = made.get(assets);
  if (known) return known;
  const worker = workerFor(assets);
  /** @type {CreateOptions} */
  const options = worker === undefined ? {} : { worker };
  if (assets !== null) {
    const folder = new URL(assets.endsWith('/') ? assets : `${assets}/`, document.baseURI);
    options.weights = new URL('pkg/student.safetensors', folder);
    options.wasm = { simd: new URL('pkg/simd/dermdistill_bg.wasm', folder), relaxed: new URL('pkg/relaxed/dermdistill_bg.wasm', folder) };
  }
  made.set(assets, options);
  return options;
}

/** @type {{createScriptURL: (address: string) => {toString(): string}} | null | undefined} */
let policy;

/** The worker's address, trusted where the page may ask for that; undefined: the package finds it. @param {string | null} assets */
function workerFor(assets) {
  const address = assets === null ? ownWorker() : new URL('lib/worker.js', new URL(`${assets.replace(/\/$/, '')}/`, document.baseURI)).href;
  if (address === undefined) return undefined;
  return trusted()?.createScriptURL(address) ?? address;
}

/** The address where this module's own build has put the worker. */
function ownWorker() {
  // webpack makes a worker only of its own `new Worker` (the package's), and says at build time that it is webpack.
  if (/** @type {{webpack?: number}} */ (import.meta).webpack) return undefined;
  // Bundlers put the address of the finished worker where they read `new Worker(new URL(…))`; here nothing but that address is wanted.
  const Worker = class {
    /** @param {URL | string} url @param {WorkerOptions} options */
    constructor(url, options) {
      this.address = String(url);
      this.options = options;
    }
  };
  return new Worker(new URL('../../lib/worker.js', import.meta.url), { type: 'module' }).address;
}

/** The policy that turns the worker's address, and nothing a page has written, into a trusted one; null where there is no such thing. */
function trusted() {
  if (policy !== undefined) return policy;
  const { trustedTypes } = /** @type {{trustedTypes?: {createPolicy: (name: string, rules: object) => NonNullable<typeof policy>}}} */ (
    /** @type {unknown} */ (globalThis)
  );
  try {
    policy = trustedTypes?.createPolicy(POLICY, { createScriptURL: (/** @type {string} */ address) => address }) ?? null;
  } catch {
    // The page's policy has no room for it; then it does not ask for trusted addresses either, or the error says that it must.
    policy = null;
  }
  return policy;
}
