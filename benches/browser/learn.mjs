/**
 * Times learning in Chromium, in its workers: a row for each case and number of threads, medians over the steps behind the first three; and a teacher's
 * answers. Usage: node learn.mjs [CASE…] [--threads N,N]; the case `memory` takes two hundred steps and a minute or two.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../www/serve.mjs';
import { randomResNet } from './resnet.mjs';

const root = fileURLToPath(new URL('../../www/', import.meta.url));
const student = fileURLToPath(new URL('../../weights/student.safetensors', import.meta.url));

/** Examples, steps and plan of each case; `teacher`: a student-sized one with a projection head, so the step is timed, not its caching. */
const CASES = {
  whole: { title: 'fine-tune, whole network, batch 16, BatchNorm by the batch', examples: 16, steps: 9, plan: { scope: 'whole', norms: 'batch', batch: 16 } },
  stage: { title: 'fine-tune, last stage, batch 8', examples: 8, steps: 13, plan: { batch: 8 } },
  head: { title: 'fine-tune, head on cached features, batch 16', examples: 16, steps: 203, plan: { scope: 'head', batch: 16 } },
  ssd: { title: 'SSD-KD, whole network, 4 images in 4 views', examples: 4, steps: 9, plan: { method: 'ssd-kd', scope: 'whole', batch: 4 }, teacher: true },
  ssdStage: { title: 'SSD-KD, last stage, 4 images in 4 views', examples: 4, steps: 9, plan: { method: 'ssd-kd', batch: 4 }, teacher: true },
  memory: { title: 'last stage, batch 4, 200 steps', examples: 4, steps: 200, plan: { batch: 4 } },
};
/** A ResNet-50's answers, a view each. */
const TEACHER = { title: 'a ResNet-50 teacher answers for a view', examples: 8 };
const FILE = 'pkg/bench-teacher.safetensors';

/** Runs in the page. */
async function measure({ examples, steps, plan, teacher, threads }) {
  const [{ createClassifier }, { drawing, learnerWith, reports, withHead }] = await Promise.all([import('/lib/index.js'), import('/tests/support/drawings.mjs')]);
  const classifier = await createClassifier();
  const bare = await learnerWith(classifier, 0, { threads: 1 });
  const other = teacher ? await withHead(await bare.exportWeights()) : undefined;
  bare.close();
  const learner = await learnerWith(classifier, 0, { threads, ...(other && { teacher: other }) });
  for (let at = 0; at < examples; at += 1) await learner.addExample(await drawing(at % 2 ? 'VASC' : 'NV', at), at % 2 ? 'VASC' : 'NV', { use: 'train' });
  let longest = 0;
  const watch = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (longest = Math.max(longest, duration))));
  watch.observe({ type: 'longtask' });
  const told = await reports(learner.distill({ method: 'ce', ...plan, steps }));
  watch.disconnect();
  learner.close();
  classifier.close();
  return { longest, told: told.map(({ ms, images, threads: used, memory_bytes }) => ({ ms, images, threads: used, memory: memory_bytes })) };
}

/** Runs in the page: milliseconds a view. */
async function teach({ examples, file }) {
  const [{ createClassifier }, { drawing, learnerWith }] = await Promise.all([import('/lib/index.js'), import('/tests/support/drawings.mjs')]);
  const classifier = await createClassifier();
  const learner = await learnerWith(classifier, 0, { teacher: file, threads: 1 });
  for (let at = 0; at < examples; at += 1) await learner.addExample(await drawing(at % 2 ? 'VASC' : 'NV', at), at % 2 ? 'VASC' : 'NV', { use: 'train' });
  const at = [];
  await learner.distill({ method: 'kd', batch: 2, steps: 1, onTaught: () => at.push(performance.now()) }).next();
  learner.close();
  classifier.close();
  return at.slice(1).map((time, view) => time - at[view]);
}

const { chromium } = createRequire(`${root}package.json`)('@playwright/test');
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const [given, option = '1,2'] = process.argv.slice(2).join(' ').split('--threads ');
const wanted = given.split(' ').filter(Boolean);
const asked = (name) => wanted.length === 0 || wanted.includes(name);
const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];
const row = (title, ...cells) => console.log([title.padEnd(60), ...cells.map((cell) => String(cell).padStart(11))].join(''));

/** What `work` gives in a fresh browser. */
async function inPage(work, given) {
  const server = await serve(root);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/tests/support/empty.html`);
    return await page.evaluate(work, given);
  } finally {
    await browser.close();
    await server.close();
  }
}

row('in a worker, relaxed SIMD; medians in ms', 'threads', 'least', 'a step', 'an image', 'forward', 'terms', 'backward', 'MB, 10', 'MB, end', 'page busy');
for (const [name, work] of Object.entries(CASES)) {
  for (const threads of asked(name) ? option.split(',').map(Number) : []) {
    const { told, longest } = await inPage(measure, { ...work, threads });
    const timed = told.slice(3);
    const [total, forward, terms, backward] = ['total', 'forward', 'terms', 'backward'].map((part) => median(timed.map(({ ms }) => ms[part])));
    const memory = (at) => (told[Math.min(at, told.length - 1)].memory / 1e6).toFixed(0);
    // What the browser counts as a long task of the page: from 50 ms on.
    const busy = longest === 0 ? '< 50' : longest.toFixed(0);
    const times = [Math.min(...timed.map(({ ms }) => ms.total)), total, total / told[0].images, forward, terms, backward].map((time) => time.toFixed(2));
    row(work.title, told.at(-1).threads, ...times, memory(9), memory(Infinity), busy);
  }
}
if (asked('teacher')) {
  randomResNet(student, root + FILE);
  try {
    const times = await inPage(teach, { ...TEACHER, file: `/${FILE}` });
    row(TEACHER.title, 1, '', '', median(times).toFixed(2));
  } finally {
    rmSync(root + FILE);
  }
}
