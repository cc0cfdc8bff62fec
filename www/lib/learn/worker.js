/**
 * The learner's worker: answers one request at a time (see protocol.js), from the learner or from a classifier with its present weights; or a
 * teacher's, which ends when it has answered for every example; or a thread of another worker's learner, which answers nothing.
 *
 * @typedef {import('../protocol.js').Request | import('./protocol.js').LearnRequest} Request
 */
import { attend, bytesOfMemory, question, sharedMemory, start } from '../attend.js';
import { pixelsOf, read } from '../inside.js';
import { keepState, keptState } from './shelf.js';
import * as alone from '../../pkg/learn/dermdistill.js';
import * as shared from '../../pkg/learn-threads/dermdistill.js';

/** @typedef {import('../../pkg/learn/dermdistill.js').Learner} Learner */

/** @type {Learner | null} */
let learner = null;
/** In place of a learner. @type {import('../../pkg/learn/dermdistill.js').Teacher | null} */
let teacher = null;
/** Whether this is a thread of another worker's pool. */
let follows = false;
/** A classifier with the present weights; none once they have changed. @type {import('../../pkg/learn/dermdistill.js').Classifier | null} */
let classifier = null;
let build = '';
let threads = 1;
/** Of the build that was compiled. @type {typeof alone | typeof shared} */
let bindings = alone;

attend(answer, { lost: outOfMemory, hint: 'Begin again: the run goes on from its last saved step.' });

/** @param {Request} request */
async function answer(request) {
  switch (request.action) {
    case 'compile':
      return compiled(request.code);
    case 'open':
      return open(request);
    case 'found':
      return { module: await compiled(request.code), memory: sharedMemory() };
    case 'join':
      return join(request);
    case 'stay':
      return follows ? shared.follow() : new Promise(() => {});
  }
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
      return { ...learner.step(), threads, memory_bytes: bytesOfMemory() };
    case 'matrices':
      return learner.matrices();
    case 'opinions':
      return learner.opinions(request.example);
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
    case 'kept':
      return keptState(bindings);
    case 'keep':
      return keep(learner, request);
    case 'evaluate':
      return learner.evaluate(request.options);
    case 'compare':
      return learner.compare(request.options);
    case 'ask':
    case 'taught':
      throw new Error('a learner was asked for what a teacher answers');
    default:
      // Its steps come one after the other, so the classifier stays the same for all of them.
      classifier ??= learner.classifier(build);
      return question(classifier, request);
  }
}

/**
 * Starts the instance.
 * @param {import('../protocol.js').CompileRequest['code']} code
 */
async function compiled(code) {
  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(/** @type {BufferSource} */ (code));
  // Only the build with threads has its memory from outside.
  bindings = WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory') ? shared : alone;
  return start(bindings, module);
}

/**
 * Runs in the memory of an instance that another worker started.
 * @param {import('./protocol.js').JoinRequest} request
 */
async function join({ module, memory }) {
  follows = true;
  await start({ ...shared, default: (given) => shared.default({ ...given, memory }) }, module);
}

/** @param {import('../protocol.js').OpenRequest} request */
function open(request) {
  ({ build, threads = 1 } = request);
  if (bindings === shared) shared.lead(threads - 1);
  if (request.teacher) teacher = new bindings.Teacher(request.weights, request.teacher, request.head);
  else learner = new bindings.Learner(request.weights);
  if (request.heads) learner?.set_heads(request.heads);
  return (teacher ?? learner)?.card();
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

/**
 * @param {Learner} learner
 * @param {import('./protocol.js').KeepRequest} request
 */
async function keep(learner, { after }) {
  const state = learner.state();
  return { number: await keepState(bindings, state, after), bytes: state.length };
}

/** The present weights are other ones from now on. */
function changed() {
  classifier?.free();
  classifier = null;
}

/**
 * A trap that no panic explains is an allocation that the browser refused: Rust then ends the instance without a word.
 * @param {unknown} error
 * @returns {import('../protocol.js').PlainError | null}
 */
function outOfMemory(error) {
  if (!(error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message))) return null;
  const message = `the browser gave no more memory; the learner has ${Math.round(bytesOfMemory() / 2 ** 20)} MB`;
  return { code: 'out-of-memory', message, hint: 'Learn fewer images a step, or only the last stage or the head. The examples are kept.' };
}
