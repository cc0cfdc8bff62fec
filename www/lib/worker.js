/**
 * The dedicated worker: opens a classifier once, then answers one request at a time (see protocol.js).
 * It gets code and weights as bytes and removes every way to the network before a photograph arrives.
 *
 * @typedef {import('./protocol.js').Request} Request
 * @typedef {import('./protocol.js').PlainError} PlainError
 * @typedef {typeof import('../pkg/simd/dermdistill.js')} Glue
 * @typedef {import('../pkg/simd/dermdistill.js').Classifier} Instance
 */

/** @type {{onmessage: (event: MessageEvent<Request>) => void, postMessage: (message: unknown, options?: StructuredSerializeOptions) => void}} */
const scope = /** @type {any} */ (globalThis);

/** @type {Record<import('./index.js').Build, () => Promise<Glue>>} */
const glue = {
  'simd128': () => import('../pkg/simd/dermdistill.js'),
  'relaxed-simd': () => /** @type {Promise<any>} */ (import('../pkg/relaxed/dermdistill.js')),
};

const NETWORK = [
  'fetch', 'fetchLater', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'WebTransport', 'EventSource', 'importScripts',
  'Worker', 'SharedWorker', 'BroadcastChannel', 'caches', 'indexedDB', 'RTCPeerConnection',
];

/** @type {Instance | null} */
let classifier = null;
/** The message of the panic that ended the instance. */
let panic = '';

scope.onmessage = async ({ data }) => {
  const { id } = data;
  try {
    const value = await answer(data);
    scope.postMessage({ id, value }, { transfer: buffersOf(value) });
  } catch (error) {
    const typed = plainError(error);
    // Anything but an error of the crate has left the instance in the middle of a call: it may not be used again.
    scope.postMessage({ id, error: typed ?? lost(error), lost: typed === null });
  }
};

/** @param {Request} request */
async function answer(request) {
  if (request.action === 'open') return open(request);
  if (!classifier) throw new Error('a request came before the classifier was open');
  if (request.action === 'logits') return classifier.logits(request.input);
  const { source, options } = request;
  const bytes = source instanceof Uint8Array ? source : await read(source, classifier.max_bytes);
  return classifier[request.action](bytes, options);
}

/** @param {import('./protocol.js').OpenRequest} request */
async function open({ build, code, weights }) {
  const module = await glue[build]();
  closeNetwork();
  await module.default({ module_or_path: code });
  module.on_panic((/** @type {string} */ message) => (panic = message));
  const opened = new module.Classifier(weights, build);
  classifier = opened;
  return { card: opened.card() };
}

/**
 * The bytes of a blob, and of one that is too large just enough that the decoder sees it is.
 * @param {Blob} blob
 * @param {number} limit
 */
async function read(blob, limit) {
  try {
    return new Uint8Array(await blob.slice(0, limit + 1).arrayBuffer());
  } catch (error) {
    throw { code: 'io', message: `the file could not be read: ${messageOf(error)}`, hint: 'Choose it again: it may have been moved or changed.' };
  }
}

/** Removes every way out of this worker. The policy that the server sends with it is the first line; this is the second. */
function closeNetwork() {
  for (const name of NETWORK) {
    for (let holder = /** @type {object} */ (scope); holder; holder = Object.getPrototypeOf(holder)) Reflect.deleteProperty(holder, name);
    Object.defineProperty(scope, name, { value: undefined, writable: false, configurable: false });
  }
}

/**
 * The buffers of an answer that are handed over, not copied.
 * @param {any} value
 * @returns {Transferable[]}
 */
function buffersOf(value) {
  if (ArrayBuffer.isView(value)) return [value.buffer];
  return [value?.seen?.rgba, value?.map?.values, value?.values].filter(Boolean).map((array) => array.buffer);
}

/**
 * @param {unknown} error
 * @returns {PlainError | null} `null` for anything but an error of the crate
 */
function plainError(error) {
  if (typeof error !== 'object' || error === null || error instanceof Error) return null;
  const { code, message, hint } = /** @type {Record<string, unknown>} */ (error);
  if (typeof code !== 'string') return null;
  return { code: /** @type {PlainError['code']} */ (code), message: String(message), hint: String(hint ?? '') };
}

/**
 * @param {unknown} error
 * @returns {PlainError}
 */
function lost(error) {
  const what = panic || messageOf(error);
  return { code: 'worker-lost', message: `the worker ended: ${what}`, hint: 'Try again: the next call has a fresh worker.' };
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
