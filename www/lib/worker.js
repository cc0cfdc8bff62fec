/**
 * The dedicated worker: opens a classifier once, then answers one request at a time (see protocol.js). The build makes one file of it and
 * of the bindings, without imports, so that its policy can forbid it to load anything. It gets code and weights from its owner.
 *
 * @typedef {import('./protocol.js').Request} Request
 * @typedef {import('./protocol.js').PlainError} PlainError
 */
import { buffersOf, closeNetwork, messageOf, pixelsOf, plainError, read } from './inside.js';
import initialise, { Classifier, on_panic } from '../pkg/simd/dermdistill.js';

/** @type {{onmessage: (event: MessageEvent<Request>) => void, postMessage: (message: unknown, options?: StructuredSerializeOptions) => void}} */
const scope = /** @type {any} */ (globalThis);

/** @type {Classifier | null} */
let classifier = null;
/** @type {WebAssembly.Memory | null} */
let memory = null;
/** The number of the photograph that is decoded. */
let held = 0;
/** The message of the panic that ended the instance. */
let panic = '';

closeNetwork();

scope.onmessage = async ({ data }) => {
  const { id } = data;
  try {
    const value = await answer(data);
    scope.postMessage({ id, value, memory: bytesOfMemory() }, { transfer: buffersOf(value) });
  } catch (error) {
    const typed = plainError(error);
    // Anything but an error of the crate has left the instance in the middle of a call: it may not be used again.
    scope.postMessage({ id, error: typed ?? lost(error), memory: bytesOfMemory(), lost: typed === null });
  }
};

scope.postMessage({ id: 0, memory: 0 });

function bytesOfMemory() {
  return memory?.buffer.byteLength ?? 0;
}

/** @param {Request} request */
async function answer(request) {
  if (request.action === 'open') return open(request);
  if (!classifier) throw new Error('a request came before the classifier was open');
  switch (request.action) {
    case 'decode':
      return decode(classifier, request);
    case 'look':
      return classifier.look(request.options);
    case 'answer':
      return classifier.answer(request.options);
    case 'explain':
      return classifier.explain(request.options);
    case 'embed':
      return classifier.embed();
    case 'logits':
      return classifier.logits(request.input);
  }
}

/**
 * The compiled module goes back with the card: the owner keeps it for the next worker.
 * @param {import('./protocol.js').OpenRequest} request
 */
async function open({ build, code, weights }) {
  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(/** @type {BufferSource} */ (code));
  ({ memory } = await initialise({ module_or_path: module }));
  on_panic((/** @type {string} */ message) => (panic = message));
  classifier = new Classifier(weights, build);
  return { card: classifier.card(), module };
}

/**
 * @param {Classifier} classifier
 * @param {import('./protocol.js').DecodeRequest} request
 */
async function decode(classifier, { photograph, source }) {
  if (held === photograph) return;
  held = 0;
  if (source instanceof Blob) classifier.decode(await read(source, classifier.max_bytes));
  else if (source instanceof Uint8Array) classifier.decode(source);
  else classifier.pixels(source instanceof ImageData ? source : pixelsOf(source));
  held = photograph;
}

/**
 * @param {unknown} error
 * @returns {PlainError}
 */
function lost(error) {
  const what = panic || messageOf(error);
  return { code: 'worker-lost', message: `the worker ended: ${what}`, hint: 'Try again: the next call has a fresh worker.' };
}
