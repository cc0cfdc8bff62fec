/**
 * The learner's worker: answers one request at a time (see protocol.js), from the learner or from a classifier with its present weights; or a
 * teacher's, which ends when it has answered for every example.
 *
 * @typedef {import('../protocol.js').Request | import('./protocol.js').LearnRequest} Request
 * @typedef {import('../protocol.js').PlainError} PlainError
 */
import { buffersOf, closeNetwork, messageOf, pixelsOf, plainError, read } from '../inside.js';
import initialise, { Learner, Teacher, on_panic } from '../../pkg/learn/dermdistill.js';

/** @type {{onmessage: (event: MessageEvent<Request>) => void, postMessage: (message: unknown, options?: StructuredSerializeOptions) => void}} */
const scope = /** @type {any} */ (globalThis);

/** @type {Learner | null} */
let learner = null;
/** In place of a learner. @type {Teacher | null} */
let teacher = null;
/** A classifier with the present weights; none once they have changed. @type {import('../../pkg/learn/dermdistill.js').Classifier | null} */
let classifier = null;
/** @type {WebAssembly.Memory | null} */
let memory = null;
let build = '';
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
  if (teacher) return request.action === 'ask' ? teacher.answer(request.square, request.view) : teacher.taught();
  if (!learner) throw new Error('a request came before the learner was open');
  switch (request.action) {
    case 'example':
      return example(learner, request);
    case 'square':
      return learner.add_square(request.about, request.square);
    case 'remove':
      return learner.remove(request.example);
    case 'teacher':
      return learner.set_teacher(request.taught);
    case 'teach':
      return learner.teach(request.example, request.view, request.taps);
    case 'begin':
      learner.begin(request.plan);
      return learner.examples();
    case 'step':
      changed();
      return { ...learner.step(), memory_bytes: bytesOfMemory() };
    case 'undo':
      changed();
      return learner.undo();
    case 'reset':
      changed();
      return learner.reset();
    case 'import':
      changed();
      return learner.import_file(request.bytes);
    case 'export':
      return learner.export_weights();
    case 'state':
      return learner.state();
    case 'evaluate':
      return learner.evaluate(request.options);
    case 'compare':
      return learner.compare(request.options);
    case 'ask':
    case 'taught':
      throw new Error('a learner was asked for what a teacher answers');
    default:
      return classify(learner, request);
  }
}

/**
 * The compiled module goes back with the card: the owner keeps it for the next worker.
 * @param {import('../protocol.js').OpenRequest} request
 */
async function open(request) {
  const { code, weights } = request;
  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(/** @type {BufferSource} */ (code));
  ({ memory } = await initialise({ module_or_path: module }));
  on_panic((/** @type {string} */ message) => (panic = message));
  ({ build } = request);
  if (request.teacher) teacher = new Teacher(weights);
  else learner = new Learner(weights);
  return { card: (teacher ?? learner)?.card(), module };
}

/**
 * @param {Learner} learner
 * @param {import('./protocol.js').ExampleRequest} request
 */
async function example(learner, { about, source }) {
  if (source instanceof Blob) return learner.add(about, await read(source, learner.max_bytes));
  if (source instanceof Uint8Array) return learner.add(about, source);
  return learner.add_pixels(about, source instanceof ImageData ? source : pixelsOf(source));
}

/** The present weights are other ones from now on. */
function changed() {
  classifier?.free();
  classifier = null;
}

/**
 * A question about a photograph, for the present weights. Its steps come one after the other, so the classifier stays the same for all of them.
 * @param {Learner} learner
 * @param {import('../protocol.js').DecodeRequest | import('../protocol.js').LookRequest | import('../protocol.js').LogitsRequest} request
 */
async function classify(learner, request) {
  classifier ??= learner.classifier(build);
  switch (request.action) {
    case 'decode': {
      const { source } = request;
      if (source instanceof Blob) classifier.decode(await read(source, classifier.max_bytes));
      else if (source instanceof Uint8Array) classifier.decode(source);
      else classifier.pixels(source instanceof ImageData ? source : pixelsOf(source));
      return;
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

/**
 * A trap that no panic explains is an allocation that the browser refused: Rust then ends the instance without a word.
 * @param {unknown} error
 * @returns {PlainError}
 */
function lost(error) {
  if (!panic && error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message)) {
    const message = `the browser gave no more memory; the learner has ${Math.round(bytesOfMemory() / 2 ** 20)} MB`;
    return { code: 'out-of-memory', message, hint: 'Learn fewer images a step, or only the last stage or the head. The examples are kept.' };
  }
  return { code: 'worker-lost', message: `the worker ended: ${panic || messageOf(error)}`, hint: 'Begin again: the run goes on from its last saved step.' };
}
