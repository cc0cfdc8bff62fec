/** The classify page: wires the ways in, the visit, the stage and the answer together. */

import './tokens.css';
import './page.css';
import './markers.css';
import './classify.css';
import './bench.css';
import './answer.css';
import { createAnswer } from './answer.js';
import { createCamera, prefersOwnCamera } from './camera.js';
import { createCrop } from './crop.js';
import { createDrop } from './drop.js';
import { createLoader } from './loader.js';
import { createLook } from './look.js';
import { createStatus } from './progress.js';
import { createStrip } from './strip.js';
import { startTheme } from './theme.js';
import { createVisit, LIMIT } from './visit.js';
import { fill, say } from './words.js';

const $ = (selector) => document.querySelector(selector);

fill(document);
startTheme($('#theme'));
document.title = say('page.title');
if (prefersOwnCamera()) $('#drop-heading').textContent = say('drop.headingTouch');

const status = createStatus($('#status'), { onStop: () => loader.stop(), onAgain: () => load(), onChange: announce });
const loader = createLoader(status, () => visit.resume());
const visit = createVisit({ classifier: () => loader.load(), onChange });
const look = createLook($('#look'), $('#stage-heat'));
const strip = createStrip($('#strip'), (photograph) => openPhotograph(photograph));
const crop = createCrop($('#stage'), $('#crop-controls'), $('#crop-value'), (square) => {
  look.stale(true);
  visit.setSquare(square);
});
const drop = createDrop({
  onFiles: add,
  onNothing: () => notice(say('drop.noFile')),
  onFailed: () => notice(`${say('errors.what.network')} ${say('errors.hint.network')}`),
});
const camera = createCamera($('#camera'), (file) => add([file]));
const answer = createAnswer($('#answer'), {
  onPick: (code) => visit.setExplain(code),
  onStop: () => visit.stop(),
  onAgain: () => visit.again(),
  onOther: () => drop.choose(),
  onEqual: (on) => visit.setPrior(on ? 'equal' : 'training'),
});

for (const button of document.querySelectorAll('[data-choose]')) button.addEventListener('click', () => drop.choose());
for (const button of document.querySelectorAll('[data-camera]')) {
  button.addEventListener('click', () => (prefersOwnCamera() ? drop.capture() : camera.open()));
}
$('#remove').addEventListener('click', () => forget(() => visit.remove(visit.current)));
$('#forget-all').addEventListener('click', () => forget(() => visit.clear()));

/** Loads the network, or says why not. */
function load() {
  loader.load().catch(() => {});
}

function add(files, synthetic = false) {
  notice('');
  const left = visit.add(files, synthetic);
  if (left > 0) notice(say('drop.tooMany', { limit: LIMIT }));
  showCurrent();
}

function openPhotograph(photograph) {
  visit.open(photograph);
  showCurrent();
}

/** After forgetting, the focus goes where the reader can go on. */
function forget(act) {
  act();
  showCurrent();
  (visit.current ? $('#strip [aria-current]') : $('#drop [data-choose]'))?.focus();
}

/** Puts the opened photograph on the stage, or the first screen back when none is left. */
function showCurrent() {
  const photograph = visit.current;
  $('#main').dataset.view = photograph ? 'bench' : 'empty';
  $('#drop').hidden = Boolean(photograph);
  $('#bench').hidden = !photograph;
  $('#strip').hidden = !photograph;
  // The button that brought the first photograph is gone with the first screen.
  if (photograph && document.activeElement === document.body) $('#photo-heading').focus();
  strip.show(visit.photographs, photograph);
  const image = $('#photograph');
  if (!photograph) {
    image.removeAttribute('src');
    return;
  }
  if (image.dataset.id === String(photograph.id)) return;
  image.dataset.id = photograph.id;
  image.alt = say('photo.alt', { name: photograph.file.name });
  $('#synthetic').hidden = !photograph.synthetic;
  $('#stage').dataset.state = 'opening';
  crop.close();
  image.src = photograph.url;
  $('#stage').scrollIntoView({ block: 'nearest' });
}

$('#photograph').addEventListener('load', () => {
  const photograph = visit.current;
  const image = $('#photograph');
  if (image.dataset.id !== String(photograph?.id)) return;
  $('#stage').dataset.state = 'shown';
  photograph.size = { width: image.naturalWidth, height: image.naturalHeight };
  photograph.square = crop.open(photograph.size, photograph.square);
  if (turned(photograph)) unshow();
});
$('#photograph').addEventListener('error', () => visit.current && unshow());

/** Whether the browser turns the photograph otherwise than the network's reader: the box would lie in the wrong place. */
function turned({ size, answer: given }) {
  return Boolean(size && given) && (size.width !== given.photograph.width || size.height !== given.photograph.height);
}

/** The stage without a picture: what the network saw is still shown beside it. */
function unshow() {
  $('#stage').dataset.state = 'unshown';
  visit.current.square = null;
  crop.close();
}

/** A photograph's state has changed: the strip follows at once, the bench if it is the one on it. */
function onChange(photograph) {
  strip.show(visit.photographs, visit.current);
  if (photograph !== visit.current) return;
  const { state } = photograph;
  if (state === 'answered') {
    announce(present(photograph));
    // A map that belongs to no answer does not cover the photograph.
    look.stale(Boolean(photograph.answer.abstained));
  } else if (state === 'error') {
    look.clear(false);
    announce(answer.error(photograph.error));
  } else if (state === 'stopped') {
    look.clear(false);
    answer.stopped();
  } else if (photograph.answer) {
    // Asked anew: its last answer stays in sight until the next one replaces it.
    present(photograph);
    answer.busy();
  } else {
    look.clear();
    answer.working(!loader.info);
  }
}

/** Shows a photograph's answer; returns it in words. */
function present(photograph) {
  const { answer: given, answeredPrior } = photograph;
  const { info } = loader;
  if (turned(photograph)) unshow();
  return answer.answered(given, { prior: answeredPrior, wanted: visit.prior, card: info.card, sentence: look.show(given), info });
}

/** One line about what just happened, under the status. */
function notice(words) {
  $('#notice').textContent = words;
}

function announce(words) {
  $('#live').textContent = words;
}

look.clear();
if (navigator.connection?.saveData) status.waiting();
else load();
