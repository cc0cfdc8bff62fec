/**
 * The dedicated worker of a classifier. The build makes one file of it and of the bindings, without imports, so that its policy can forbid it
 * to load anything. It gets code and weights from its owner.
 *
 * @typedef {import('./protocol.js').Request} Request
 */
import { attend, question, start } from './attend.js';
import initialise, { Classifier, on_panic, warm_up } from '../pkg/simd/dermdistill.js';

/** @type {Classifier | null} */
let classifier = null;
/** The number of the photograph that is decoded. */
let held = 0;

attend(answer, { hint: 'Try again: the next call has a fresh worker.' });

/** @param {Request} request */
async function answer(request) {
  if (request.action === 'compile') {
    const module = await start({ default: initialise, on_panic }, request.code);
    warm_up();
    return module;
  }
  if (request.action === 'open') return open(request);
  if (!classifier) throw new Error('a request came before the classifier was open');
  if (request.action !== 'decode') return question(classifier, request);
  if (held === request.photograph) return;
  held = 0;
  await question(classifier, request);
  held = request.photograph;
}

/** @param {import('./protocol.js').OpenRequest} request */
function open({ build, weights }) {
  classifier = new Classifier(weights, build);
  return classifier.card();
}
