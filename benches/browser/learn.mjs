/**
 * Times learning in Chromium, in its worker, one thread: a row a case, medians over the steps behind the first three.
 * Usage: node learn.mjs [CASE…]; the last case, `memory`, takes two hundred steps and some minutes.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../www/serve.mjs';

const root = fileURLToPath(new URL('../../www/', import.meta.url));

/** Examples, steps and plan of each case; `teacher`: a student-sized one with a projection head, so the step is timed, not its caching. */
const CASES = {
  whole: { title: 'fine-tune, whole network, batch 16, BatchNorm by the batch', examples: 16, steps: 9, plan: { scope: 'whole', norms: 'batch', batch: 16 } },
  stage: { title: 'fine-tune, last stage, batch 8', examples: 8, steps: 13, plan: { batch: 8 } },
  head: { title: 'fine-tune, head on cached features, batch 16', examples: 16, steps: 203, plan: { scope: 'head', batch: 16 } },
  ssd: { title: 'SSD-KD, whole network, 4 images in 4 views', examples: 4, steps: 9, plan: { method: 'ssd-kd', scope: 'whole', batch: 4 }, teacher: true },
  ssdStage: { title: 'SSD-KD, last stage, 4 images in 4 views', examples: 4, steps: 9, plan: { method: 'ssd-kd', batch: 4 }, teacher: true },
  memory: { title: 'last stage, batch 4, 200 steps', examples: 4, steps: 200, plan: { batch: 4 } },
};

/** Runs in the page. */
async function measure({ examples, steps, plan, teacher }) {
  const [{ createClassifier }, { drawing, learnerWith, reports, withHead }] = await Promise.all([import('/lib/index.js'), import('/tests/support/drawings.mjs')]);
  const classifier = await createClassifier();
  const bare = await learnerWith(classifier, 0);
  const other = teacher ? await withHead(await bare.exportWeights()) : undefined;
  bare.close();
  const learner = await learnerWith(classifier, 0, other && { teacher: other });
  for (let at = 0; at < examples; at += 1) await learner.addExample(await drawing(at % 2 ? 'VASC' : 'NV', at), at % 2 ? 'VASC' : 'NV', { use: 'train' });
  const told = await reports(learner.distill({ method: 'ce', ...plan, steps }));
  learner.close();
  classifier.close();
  return told.map(({ ms, images, memory_bytes }) => ({ ms: ms.total, images, memory: memory_bytes }));
}

const { chromium } = createRequire(`${root}package.json`)('@playwright/test');
const server = await serve(root);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const wanted = process.argv.slice(2);
console.log(`${'one thread, worker'.padEnd(62)}ms a step  ms an image  MB after 10 steps  MB at the end`);
for (const [name, work] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  const page = await browser.newPage();
  await page.goto(`${server.origin}/tests/support/empty.html`);
  const told = await page.evaluate(measure, work);
  await browser.close();
  const times = told.slice(3).map(({ ms }) => ms).sort((a, b) => a - b);
  const median = times[times.length >> 1];
  const memory = (at) => (told[Math.min(at, told.length - 1)].memory / 1e6).toFixed(0);
  console.log([work.title.padEnd(62), median.toFixed(2).padStart(9), (median / told[0].images).toFixed(2).padStart(13), memory(9).padStart(19), memory(Infinity).padStart(15)].join(''));
}
await server.close();
