/** The lab: examples, a lesson and what happens, round one learner. */

import 'virtual:look.css';
import './page.css';
import './lab.css';
import { button, element } from '../element/dom.js';
import { wordsFor } from '../element/words/languages.js';
import { startTheme } from './theme.js';
import { Bench } from './lab/bench.js';
import { Charts } from './lab/charts.js';
import { Chosen } from './lab/chosen.js';
import { starterSet } from './lab/drawings.js';
import { showFigures } from './lab/figures.js';
import { handles } from './lab/handles.js';
import { Keeping } from './lab/keeping.js';
import { Maps } from './lab/maps.js';
import { counted, figure, save } from './lab/numbers.js';
import { startProjector } from './lab/projector.js';
import { Relations } from './lab/relations.js';
import { Runner } from './lab/runner.js';
import { RELEASED, RELEASED_BYTES, SHIPPED } from './lab/teachers.js';
import { showText } from './lab/text.js';
import { Trays } from './lab/trays.js';

/** @typedef {import('../lib/index.js').Example} Example */

/** One file a language, fetched when the page speaks it. @type {Record<string, () => Promise<{default: import('./lab/words/en.js').Messages}>>} */
const messages = {
  en: () => import('./lab/words/en.js'),
  hi: () => import('./lab/words/hi.js'),
  es: () => import('./lab/words/es.js'),
  de: () => import('./lab/words/de.js'),
};

/** What is shown of one picture is asked for anew so often while a run goes on: it takes longer than a step. */
const CHOSEN_EVERY = 5;

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}
const place = (/** @type {string} */ id) => part(id, HTMLElement);
const key = (/** @type {string} */ id) => part(id, HTMLButtonElement);
const say = (/** @type {...(Node | string)} */ ...text) => place('state').replaceChildren(...text);

class Lab {
  /** @type {Example | undefined} */
  #chosen;
  /** @type {{example: Example, code: import('../lib/index.js').ClassCode, map: import('../lib/index.js').ClassMap} | undefined} */
  #before;

  /** @param {import('../element/words/words.js').Words} words @param {Bench} bench */
  constructor(words, bench) {
    const { classes } = bench.classifier.info.card;
    this.words = words;
    this.bench = bench;
    this.settings = handles(words, place('rungs'), place('handles'), () => this.runner.change());
    this.charts = new Charts(words, place('charts'), place('behind'));
    this.relations = new Relations(words, place('relations'));
    this.voices = new Chosen(words, classes);
    this.maps = new Maps(words, classes, () => void this.#look().catch((error) => tell(words, error)));
    this.trays = new Trays(words, place('trays'), bench.classifier.info.card, {
      onFiles: (label, files) => void this.add(files, label),
      onChoose: (example) => void this.choose(example).catch((error) => tell(words, error)),
    });
    this.runner = new Runner(() => bench.learner, this.settings.read, {
      onChange: () => this.show(),
      onStep: (report) => this.#stepped(report),
      onError: (error) => tell(words, error),
    });
    this.keeping = new Keeping(words, () => bench.learner, place('kept'));
    place('chosen').append(this.voices.root, this.maps.root);
  }

  /** What is counted, in words. */
  #totals() {
    const { words } = this;
    const last = this.runner.reports.at(-1);
    if (!last) return words.say('lab.happens.none');
    const { step, loss, correct, images, matched, validation, retained, ms, memory_bytes } = last;
    const told = [words.say('lab.happens.step', { step, loss: figure(words, loss), correct, images, time: words.milliseconds(ms.total), memory: words.megabytes(memory_bytes) })];
    if (matched !== null) told.push(words.say('lab.happens.matched', { share: counted(words, matched) }));
    if (validation) told.push(words.say('lab.happens.heldBack', { share: counted(words, validation.accuracy), n: validation.n }));
    if (retained) told.push(words.say('lab.happens.retained', { share: counted(words, retained.accuracy), n: retained.n }));
    return told.join(' ');
  }

  show() {
    const { words, runner } = this;
    this.charts.show(runner.reports);
    place('totals').textContent = this.#totals();
    key('start').textContent = words.say(runner.running ? 'lab.run.pause' : 'lab.run.start');
    place('progress').textContent = runner.taught ? words.say('lab.teacher.answers', runner.taught) : '';
    this.trays.show(this.bench.examples(), this.#chosen?.id);
  }

  /** @param {import('../lib/index.js').StepReport} report */
  async #stepped(report) {
    this.relations.show(await this.bench.learner.matrices(), report);
    if (this.#chosen && (!this.runner.running || report.step % CHOSEN_EVERY === 0)) await this.#look();
  }

  /** @param {readonly import('../lib/index.js').Source[]} sources @param {import('../lib/index.js').ClassCode} label */
  async add(sources, label) {
    for (const source of sources) {
      // One that cannot be read does not keep the others out.
      await this.bench.add(source, label).then(
        () => say(this.words.say('lab.examples.count', { count: this.bench.examples().length })),
        (error) => tell(this.words, error),
      );
      this.show();
    }
  }

  /** @param {Example} example */
  async choose(example) {
    this.#chosen = example;
    this.maps.begin(example.label);
    this.show();
    await this.#look();
    place('chosen-hint').replaceChildren(button({ text: this.words.say('lab.chosen.remove') }, () => void this.remove(example).catch((error) => tell(this.words, error))));
  }

  /** What teacher and student make of the chosen picture now. */
  async #look() {
    const example = this.#chosen;
    if (!example) return;
    const { learner } = this.bench;
    const options = { class: this.maps.class };
    const [opinions, before, now] = await Promise.all([learner.opinions(example.id), this.#explained(example, options.class), learner.explain(example.seen, options)]);
    if (this.#chosen !== example) return;
    this.voices.show(example, opinions);
    this.maps.show(example.seen, before, now);
  }

  /** What the classifier makes of a picture: it does not learn, so it is asked once. @param {Example} example @param {import('../lib/index.js').ClassCode} code */
  async #explained(example, code) {
    if (this.#before?.example !== example || this.#before.code !== code) this.#before = { example, code, map: await this.bench.classifier.explain(example.seen, { class: code }) };
    return this.#before.map;
  }

  /** @param {Example} example */
  async remove(example) {
    await this.bench.learner.removeExample(example.id);
    this.#leave();
  }

  /** No picture is chosen any more. */
  #leave() {
    this.#chosen = undefined;
    this.voices.clear();
    this.maps.clear();
    place('chosen-hint').textContent = this.words.say('lab.chosen.hint');
    this.show();
  }

  /** What a run needs and does not have, in words; `null` when nothing is missing. */
  #missing() {
    const { method, scope } = this.settings.read();
    if (!this.bench.canLearn()) return 'lab.errors.classes';
    if (scope === 'head' && (method === 'd-kd' || method === 'ssd-kd')) return 'lab.errors.scope';
    return method === 'ssd-kd' && !this.bench.mayRepresent ? 'lab.teacher.headless' : null;
  }

  /** Runs `work` where a run has all that it needs. @param {() => Promise<unknown>} work */
  async #when(work) {
    const missing = this.#missing();
    if (missing) return say(this.words.say(missing));
    await this.bench.retain();
    await work();
  }

  /** Starts, or pauses. */
  start() {
    if (this.runner.running) return this.runner.pause();
    return this.#when(async () => void this.runner.start().then(() => this.#look()).catch((error) => tell(this.words, error)));
  }

  step() {
    return this.#when(() => this.runner.step());
  }

  async undo() {
    const undone = await this.runner.undo();
    await this.#taken();
    say(this.words.say(undone ? 'lab.run.undone' : 'lab.run.nothing'));
  }

  async reset() {
    await this.runner.reset();
    await this.#taken();
    say(this.words.say('lab.run.shipped'));
  }

  /** Weights other than a step's: the last batch's matrices are not theirs. */
  async #taken() {
    this.relations.show(null, { step: 0, examples: [] });
    await this.#look();
  }

  async compare() {
    await this.bench.retain();
    showFigures(this.words, place('figures'), await this.bench.learner.compare({ prior: 'equal' }));
  }

  async forget() {
    await this.runner.reset();
    await this.bench.forget();
    place('figures').replaceChildren();
    this.relations.show(null, { step: 0, examples: [] });
    this.#leave();
    say(this.words.say('lab.files.forgotten'));
  }

  /** @param {ArrayBuffer} bytes @param {string} name */
  async load(bytes, name) {
    await this.bench.learner.importWeights(bytes);
    await this.#taken();
    say(this.words.say('lab.files.loaded', { name }));
  }

  /** @param {import('./lab/teachers.js').Teaching} teaching @param {string} told who it is */
  async teach(teaching, told) {
    this.runner.pause();
    this.runner.change();
    const kept = this.bench.learner.kept() !== null;
    await this.bench.teach(teaching);
    await this.keeping.handOver(kept);
    this.#leave();
    place('teacher-state').textContent = told;
    say(told);
  }
}

/** Says what went wrong: in the reader's words, and in the library's own where they say more. @param {import('../element/words/words.js').Words} words @param {unknown} error */
function tell(words, error) {
  const { code = '', message = String(error), hint = '' } = /** @type {{code?: string, message?: string, hint?: string}} */ (error ?? {});
  const own = element('span', { className: 'quiet', attributes: { lang: 'en' }, text: [message, hint].filter(Boolean).join('. ') });
  const ours = `lab.errors.${code}`;
  const told = words.has(ours) ? words.say(ours) : `${words.byCode('errors.what', code)} ${words.byCode('errors.hint', code)}`;
  say(`${told} `, ...around(words.say('lab.technical'), own));
}

/** A message with a node in its blank. @param {string} message @param {Node} node */
function around(message, node) {
  const [before = '', after = ''] = message.split('{message}');
  return [before, node, after];
}

async function open() {
  const words = await wordsFor(document.documentElement.lang, (await (messages[document.documentElement.lang] ?? (() => import('./lab/words/en.js')))()).default);
  showText(words, place('text'));
  /** @type {Lab | null} */
  let lab = null;
  startProjector(place('projector'), () => lab?.charts.again());
  try {
    const progress = (/** @type {import('../lib/index.js').Progress} */ { file, loaded, total }) => {
      const what = file === 'teacher' || file === 'teacher-head' || file === 'heads' ? 'lab.teacher.loading' : 'lab.loadingFile';
      say(words.say(what, { loaded: words.megabytes(loaded), total: words.megabytes(total) }));
    };
    lab = new Lab(words, await Bench.open(progress));
    await lab.keeping.resume();
    wire(words, lab);
    say(words.say('lab.ready'));
  } catch (error) {
    tell(words, error);
  }
}

/** @param {import('../element/words/words.js').Words} words @param {Lab} lab */
function wire(words, lab) {
  /** A button's work: its errors are told, and it cannot be started twice. @param {string} id @param {() => unknown} work */
  const on = (id, work) => {
    const node = key(id);
    node.disabled = false;
    node.addEventListener('click', async () => {
      node.disabled = true;
      await Promise.resolve().then(work).catch((error) => tell(words, error));
      node.disabled = false;
      // A button that is switched off loses the focus; nobody else has taken it.
      if (document.activeElement === document.body) node.focus({ preventScroll: true });
    });
  };
  /** @param {string} id @param {(bytes: ArrayBuffer, name: string) => Promise<void>} work */
  const onFile = (id, work) => {
    const input = part(id, HTMLInputElement);
    input.addEventListener('change', async () => {
      const [file] = input.files ?? [];
      if (file) await file.arrayBuffer().then((bytes) => work(bytes, file.name)).catch((error) => tell(words, error));
      input.value = '';
    });
  };
  on('starter', async () => {
    for (const { canvas, label } of starterSet()) await lab.add([canvas], label);
  });
  for (const id of /** @type {const} */ (['start', 'step', 'undo', 'reset', 'compare', 'forget'])) on(id, () => lab[id]());
  on('export', async () => save(await lab.bench.learner.exportWeights(), 'changed.safetensors'));
  on('keep-learned', () => lab.keeping.keep());
  on('delete-kept', () => lab.keeping.forget());
  onFile('import', (bytes, name) => lab.load(bytes, name));
  wireTeachers(words, lab, onFile);
  const again = () => lab.charts.again();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  lab.show();
}

/**
 * The choice of a teacher; one that cannot be had leaves the present one, and the choice shows it.
 * @param {import('../element/words/words.js').Words} words
 * @param {Lab} lab
 * @param {(id: string, work: (bytes: ArrayBuffer, name: string) => Promise<void>) => void} onFile
 */
function wireTeachers(words, lab, onFile) {
  const radios = [...place('teachers').querySelectorAll('input[type="radio"]')].filter((node) => node instanceof HTMLInputElement);
  let present = 'shipped';
  /** @param {string} wanted @param {import('./lab/teachers.js').Teaching} teaching @param {string} told */
  const teach = async (wanted, teaching, told) => {
    try {
      await lab.teach(teaching, told);
      present = wanted;
    } finally {
      for (const radio of radios) radio.checked = radio.value === present;
    }
  };
  onFile('teacher', (bytes, name) => teach('file', { teacher: bytes }, words.say('lab.teacher.isFile', { name })));
  for (const radio of radios) {
    radio.addEventListener('change', () => {
      const released = radio.value === 'released' && RELEASED;
      const told = words.say(released ? 'lab.teacher.isReleased' : 'lab.teacher.isShipped');
      void teach(radio.value, released || SHIPPED, told).catch((error) => tell(words, error));
    });
  }
  place('released').hidden = RELEASED === undefined;
  place('released-name').textContent = words.say('lab.teacher.released', { size: words.megabytes(RELEASED_BYTES) });
  place('unreleased').hidden = RELEASED !== undefined;
  place('teacher-state').textContent = words.say('lab.teacher.isShipped');
}

startTheme();
void open();
