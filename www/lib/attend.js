/**
 * How every worker of this package works: it opens an instance once, then answers one request at a time (see protocol.js).
 *
 * @typedef {import('./protocol.js').PlainError} PlainError
 * @typedef {import('./protocol.js').DecodeRequest | import('./protocol.js').LookRequest | import('./protocol.js').LogitsRequest} Question
 */
import { buffersOf, closeNetwork, messageOf, pixelsOf, plainError, read } from './inside.js';

/** @type {{onmessage: (event: MessageEvent) => void, postMessage: (message: unknown, options?: StructuredSerializeOptions) => void}} */
const scope = /** @type {any} */ (globalThis);

/** @type {WebAssembly.Memory | null} */
let memory = null;
/** The message of the panic that ended the instance. */
let panic = '';

/** Bytes of the instance. */
export const bytesOfMemory = () => memory?.buffer.byteLength ?? 0;

/** The memory itself, for other workers of the same instance. */
export const sharedMemory = () => memory;

/**
 * Closes the network, says that the script runs, and answers from now on.
 * @param {(request: any) => unknown} answer
 * @param {{lost?: (error: unknown) => PlainError | null, hint: string}} words for an error that leaves the instance unusable: `lost` knows it by
 *   another name than `worker-lost`
 */
export function attend(answer, { lost, hint }) {
  closeNetwork();
  scope.onmessage = async ({ data }) => {
    const { id } = data;
    try {
      const value = await answer(data);
      scope.postMessage({ id, value, memory: bytesOfMemory() }, { transfer: buffersOf(value) });
    } catch (error) {
      const typed = plainError(error);
      // Anything but an error of the crate has left the instance in the middle of a call: it may not be used again.
      const end = typed ?? (panic ? null : lost?.(error)) ?? { code: 'worker-lost', message: `the worker ended: ${panic || messageOf(error)}`, hint };
      scope.postMessage({ id, error: end, memory: bytesOfMemory(), lost: typed === null });
    }
  };
  scope.postMessage({ id: 0, memory: 0 });
}

/**
 * Starts the instance. The compiled module goes back to the owner, who keeps it for the next worker.
 * @param {{default: (given: {module_or_path: WebAssembly.Module}) => Promise<{memory: WebAssembly.Memory}>, on_panic: (tell: (message: string) => void) => void}} bindings
 * @param {Uint8Array | WebAssembly.Module} code
 */
export async function start({ default: initialise, on_panic }, code) {
  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(/** @type {BufferSource} */ (code));
  ({ memory } = await initialise({ module_or_path: module }));
  on_panic((message) => (panic = message));
  return module;
}

/**
 * One step of a call about a photograph.
 * @param {import('../pkg/simd/dermdistill.js').Classifier} classifier
 * @param {Question} request
 */
export async function question(classifier, request) {
  switch (request.action) {
    case 'decode': {
      const { source } = request;
      if (source instanceof Blob) classifier.decode(await read(source, classifier.max_bytes));
      else if (source instanceof Uint8Array) classifier.decode(source);
      else classifier.pixels(source instanceof ImageData ? source : pixelsOf(source));
      return undefined;
    }
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
