/**
 * The learner's worker: answers one request at a time (see protocol.js), from the learner or from a classifier with its present weights; or a
 * teacher's, which ends when it has answered for every example.
 *
 * @typedef {import('../protocol.js').Request | import('./protocol.js').LearnRequest} Request
 */
import { attend, bytesOfMemory, question, start } from '../attend.js';
import { pixelsOf, read } from '../inside.js';
import initialise, { Learner, Teacher, on_panic } from '../../pkg/learn/dermdistill.js';

/** @type {Learner | null} */
let learner = null;
/** In place of a learner. @type {Teacher | null} */
let teacher = null;
/** A classifier with the present weights; none once they have changed. @type {import('../../pkg/learn/dermdistill.js').Classifier | null} */
let classifier = null;
let build = '';

attend(answer, { lost: outOfMemory, hint: 'Begin again: the run goes on from its last saved step.' });

/** @param {Request} request */
async function answer(request) {
  if (request.action === 'compile') return start({ default: initialise, on_panic }, request.code);
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

/** @param {import('../protocol.js').OpenRequest} request */
function open(request) {
  const { weights } = request;
  ({ build } = request);
  if (request.teacher) teacher = new Teacher(weights);
  else learner = new Learner(weights);
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
