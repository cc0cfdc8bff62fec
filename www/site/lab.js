/** The lab: examples, a lesson and what happens, round one learner. */

import 'virtual:look.css';
import './page.css';
import './lab.css';
import { createClassifier } from '../lib/index.js';
import { button, element } from '../element/dom.js';
import { startTheme } from './theme.js';
import { Charts, csv, format, table } from './lab/charts.js';
import { showChosen, showFigures } from './lab/chosen.js';
import { starterSet } from './lab/drawings.js';
import { handles } from './lab/handles.js';
import { Runner } from './lab/runner.js';
import { showText } from './lab/text.js';
import { Trays } from './lab/trays.js';

/** @typedef {import('../lib/index.js').Example} Example */

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}
const place = (/** @type {string} */ id) => part(id, HTMLElement);
const key = (/** @type {string} */ id) => part(id, HTMLButtonElement);

startTheme();
showText(place('text'));
const state = place('state');
const say = (/** @type {string} */ text) => (state.textContent = text);

/** Says what went wrong in the library's own words. @param {unknown} error */
function tell(error) {
  const { message, hint } = /** @type {{message?: string, hint?: string}} */ (error ?? {});
  say([message ?? String(error), hint].filter(Boolean).join('. '));
}

/** A button's work: its errors are told, and it cannot be started twice. @param {string} id @param {() => unknown} work */
function on(id, work) {
  const node = key(id);
  node.addEventListener('click', async () => {
    node.disabled = true;
    await Promise.resolve().then(work).catch(tell);
    node.disabled = false;
  });
}

/** Offers bytes or text as a file. @param {BlobPart} content @param {string} name */
function save(content, name) {
  const link = element('a', { attributes: { href: URL.createObjectURL(new Blob([content])), download: name } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What may be pressed once there is a learner. */
const KEYS = ['starter', 'start', 'step', 'undo', 'reset', 'export', 'forget', 'compare', 'csv'];

async function open() {
  const progress = (/** @type {import('../lib/index.js').Progress} */ { file, loaded, total }) => say(`Loading the ${file}: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
  const classifier = await createClassifier({ onProgress: progress });
  // The shipped network itself, until a file brings another.
  let learner = await classifier.learner({ teacher: new URL('../pkg/student.safetensors', import.meta.url), onProgress: progress });
  const charts = new Charts(place('charts'));
  /** @type {Example | undefined} */
  let chosen;
  const settings = handles(place('rungs'), place('handles'), () => runner.change());
  const trays = new Trays(place('trays'), classifier.info.card, { onFiles: add, onChoose: choose });
  const runner = new Runner(() => learner, settings.read, show, tell);

  function show() {
    const last = runner.reports.at(-1);
    charts.show(runner.reports);
    place('table').replaceChildren(table(runner.reports));
    place('totals').textContent = last
      ? [
          `Step ${last.step}: loss ${format(last.loss)}, ${last.correct} of ${last.images} right before it, ${Math.round(last.ms.total)} ms, ${Math.round(last.memory_bytes / 1e6)} MB.`,
          last.matched === null ? '' : `Turned pictures matched: ${Math.round(100 * last.matched)} %.`,
          last.validation ? `Held back: ${Math.round(100 * last.validation.accuracy)} % of ${last.validation.n} right.` : '',
        ].filter(Boolean).join(' ')
      : 'No step yet.';
    key('start').textContent = runner.running ? 'Pause' : 'Start';
    place('progress').textContent = runner.taught;
    trays.show(learner.examples(), chosen?.id);
  }

  /** @param {import('../lib/index.js').ClassCode} label @param {import('../lib/index.js').Source[]} sources */
  async function add(label, sources) {
    for (const source of sources) {
      // One that cannot be read does not keep the others out.
      await learner.addExample(source, label).then(() => say(`${learner.examples().length} examples`), tell);
      show();
    }
  }

  /** @param {Example} example */
  async function choose(example) {
    chosen = example;
    show();
    const options = /** @type {const} */ ({ explain: true, prior: 'equal' });
    const [before, now] = await Promise.all([classifier.classify(example.seen, options), learner.classify(example.seen, options)]);
    place('chosen-hint').textContent = 'Bright places spoke for the most probable class. All classes taken as equally common.';
    showChosen(place('chosen'), before, now);
    const remove = button({ text: 'Remove this picture' }, () => void learner.removeExample(example.id).then(() => {
      chosen = undefined;
      place('chosen').replaceChildren();
      show();
    }, tell));
    place('chosen').append(remove);
  }

  on('starter', async () => {
    for (const { canvas, label } of starterSet()) await add(label, [canvas]);
  });
  on('start', async () => {
    if (runner.running) runner.pause();
    else void runner.start().then(() => chosen && choose(chosen)).catch(tell);
  });
  on('step', () => runner.step());
  on('undo', async () => say((await runner.undo()) ? 'The last run is taken back.' : 'There is no run to take back.'));
  on('reset', () => runner.reset());
  on('compare', async () => showFigures(place('figures'), await learner.compare({ prior: 'equal' })));
  on('csv', () => save(csv(runner.reports), 'lesson.csv'));
  on('export', async () => save(await learner.exportWeights(), 'changed.safetensors'));
  on('forget', async () => {
    await runner.reset();
    for (const { id } of learner.examples()) await learner.removeExample(id);
    chosen = undefined;
    for (const id of ['chosen', 'figures']) place(id).replaceChildren();
    show();
    say('Pictures and what was learned from them are forgotten.');
  });
  const chosenFile = (/** @type {string} */ id, /** @type {(bytes: ArrayBuffer, name: string) => Promise<void>} */ work) => {
    const input = part(id, HTMLInputElement);
    input.addEventListener('change', async () => {
      const [file] = input.files ?? [];
      if (file) await file.arrayBuffer().then((bytes) => work(bytes, file.name)).catch(tell);
      input.value = '';
    });
  };
  chosenFile('import', async (bytes, name) => {
    await learner.importWeights(bytes);
    say(`${name} is what is learned on from now.`);
  });
  chosenFile('teacher', async (bytes, name) => {
    const next = await classifier.learner({ teacher: bytes });
    for (const { seen, label, use } of learner.examples()) await next.addExample(seen, label, { use });
    runner.pause();
    learner.close();
    learner = next;
    place('teacher-state').textContent = `The teacher is ${name}.`;
    show();
  });
  place('teacher-state').textContent = 'The teacher is the shipped network itself, which has no projection head: SSD-KD needs a teacher with one.';
  for (const id of KEYS) key(id).disabled = false;
  show();
  say('Ready. Add examples of two classes at least.');
}

open().catch(tell);
