import { readFileSync } from 'node:fs';
import { expect, ROOT, test as base } from './support/fixtures.mjs';

/** A weighted term, over max(1, its size): two builds, and two numbers of threads, add in another order. */
const TERM = 1e-4;
/** A tensor's largest difference over its largest number, at least 0.1. Measured 5e-7. */
const TENSOR = 1e-5;

/** `lesson(work, given, headers)` runs `work` in a page that has a classifier and drawings, on a page sent with these headers besides the usual ones. */
const test = base.extend({
  lesson: async ({ page, files, traffic: _ }, use) => {
    await use(async (work, given, headers = {}) => {
      await page.route('**/tests/support/empty.html', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, headers: { ...response.headers(), ...headers } });
      });
      // Every worker that the page starts, and no more than `workers.most`.
      await page.addInitScript(() => {
        const started = (globalThis.started = Object.assign([], { most: Infinity }));
        globalThis.Worker = class extends Worker {
          constructor(...given) {
            if (started.length >= started.most) throw new Error('no more workers');
            super(...given);
            started.push(this);
          }
        };
      });
      await page.goto(`${files}/tests/support/empty.html`);
      await page.evaluate(async () => {
        await import('/tests/support/client.mjs');
        Object.assign(globalThis.client, await import('/tests/support/drawings.mjs'));
        await globalThis.client.open({});
      });
      return page.evaluate(work, given);
    });
  },
});

/** Files of the learner that were asked for. */
const builds = (traffic) => [...new Set(traffic.requests.flatMap((url) => url.match(/learn[^/]*(?=\/dermdistill_bg\.wasm)/) ?? []))];

/** Runs in the page: three steps of SSD-KD, what they told, and the weights that they end with. */
const distilled = async (threads) => {
  const { base64, classifier, learnerWith, reports, withHead } = globalThis.client;
  const bare = await learnerWith(classifier, 0, { threads: 1 });
  const teacher = await withHead(await bare.exportWeights());
  bare.close();
  const seen = [];
  for (const count of threads) {
    const learner = await learnerWith(classifier, 4, { threads: count, teacher });
    const told = await reports(learner.distill({ batch: 2, scope: 'whole', steps: 3 }));
    seen.push({ told, weights: await base64(await learner.exportWeights()) });
    learner.close();
  }
  return { isolated: globalThis.crossOriginIsolated, seen };
};

/** The tensors of a weight file in f32. */
function tensorsOf(base64) {
  const bytes = Buffer.from(base64, 'base64');
  const head = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(bytes.subarray(8, head).toString());
  return Object.entries(tensors).map(([name, { data_offsets: [from, to] }]) => [name, new Float32Array(new Uint8Array(bytes.subarray(head + from, head + to)).buffer)]);
}

test('with two threads a learner takes the same steps as with one, under the strictest policy a page may have', async ({ lesson, traffic }) => {
  const policy = readFileSync(`${ROOT}www/policy/page.csp`, 'utf8').trim();
  const { isolated, seen: [one, two] } = await lesson(distilled, [1, 2], { 'content-security-policy': policy });
  expect(isolated).toBe(true);
  expect([one, two].map(({ told }) => told.map(({ threads }) => threads))).toEqual([[1, 1, 1], [2, 2, 2]]);
  expect(builds(traffic)).toEqual(['learn-relaxed', 'learn-threads']);
  // The empty page's own icon is none that this policy allows.
  expect(traffic.violations.filter((text) => !text.includes("'data:,'"))).toEqual([]);
  two.told.forEach((report, step) => {
    const terms = one.told[step].terms;
    expect(report.terms.map(({ name }) => name)).toEqual(terms.map(({ name }) => name));
    report.terms.forEach(({ name, weighted }, at) => {
      expect(Math.abs(weighted - terms[at].weighted) / Math.max(1, Math.abs(weighted)), `${name} of step ${step}`).toBeLessThanOrEqual(TERM);
    });
  });
  const others = new Map(tensorsOf(two.weights));
  for (const [name, numbers] of tensorsOf(one.weights)) {
    const other = others.get(name);
    let [most, largest] = [0, 0.1];
    numbers.forEach((x, at) => ([most, largest] = [Math.max(most, Math.abs(x - other[at])), Math.max(largest, Math.abs(x))]));
    expect(most / largest, name).toBeLessThanOrEqual(TENSOR);
  }
});

/** Runs in the page: one step of the head with so many threads; on how many it ran. */
const step = async (threads) => {
  const { classifier, learnerWith, reports } = globalThis.client;
  const learner = await learnerWith(classifier, 2, { threads });
  const [report] = await reports(learner.train({ scope: 'head', batch: 2, steps: 1 }));
  const { build } = await learner.classify(await globalThis.client.drawing('NV', 5));
  learner.close();
  return { threads: report.threads, build, isolated: globalThis.crossOriginIsolated };
};

test('a page that is not isolated has one thread, and loads no build with threads', async ({ lesson, traffic }) => {
  expect(await lesson(step, 4, { 'cross-origin-embedder-policy': 'unsafe-none' })).toEqual({ threads: 1, build: 'relaxed-simd', isolated: false });
  expect(builds(traffic)).toEqual(['learn-relaxed']);
});

test('one core less than there are, for the page; one thread loads the build without', async ({ lesson, page, traffic }) => {
  const cores = (count) => page.addInitScript((value) => Object.defineProperty(navigator, 'hardwareConcurrency', { value, configurable: true }), count);
  await cores(4);
  expect((await lesson(step, undefined)).threads).toBe(3);
  await cores(2);
  expect(builds(traffic)).toEqual(['learn-threads']);
  traffic.requests.length = 0;
  expect((await lesson(step, undefined)).threads).toBe(1);
  expect(builds(traffic)).toEqual(['learn-relaxed']);
});

test('where threads cannot be had a learner has fewer, or one, and nobody is bothered', async ({ lesson, page, traffic }) => {
  // The file is not there.
  await page.route('**/learn-threads/*.wasm', (route) => route.fulfill({ status: 404 }));
  expect(await lesson(step, 3)).toMatchObject({ threads: 1, isolated: true });
  expect(builds(traffic)).toEqual(['learn-threads', 'learn-relaxed']);
  await page.unroute('**/learn-threads/*.wasm');
  // No memory that workers could share.
  await page.evaluate(() => {
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (given) {
      WebAssembly.Memory = Memory;
      throw new RangeError(`no memory for ${JSON.stringify(given)}`);
    };
  });
  expect((await page.evaluate(step, 3)).threads).toBe(1);
  // No more workers than two: the one that leads and one that follows.
  await page.evaluate(() => (globalThis.started.most = globalThis.started.length + 2));
  expect((await page.evaluate(step, 4)).threads).toBe(2);
  const wrong = await page.evaluate(() => globalThis.client.outcome(globalThis.client.classifier.learner({ threads: 0 })));
  expect(wrong.code).toBe('argument');
});

test('a thread that is lost takes its pool with it, and a fresh one goes on; closing ends them all', async ({ lesson, page }) => {
  const found = await lesson(async () => {
    const { classifier, learnerWith, outcome, reports } = globalThis.client;
    const before = globalThis.started.length;
    const learner = await learnerWith(classifier, 2, { threads: 2 });
    const [, follower] = globalThis.started.slice(before);
    await reports(learner.train({ scope: 'head', batch: 2, steps: 2 }));
    const run = learner.train({ scope: 'head', batch: 2, steps: 9 });
    await run.next();
    follower.dispatchEvent(new ErrorEvent('error', { message: 'lost' }));
    const lost = await outcome(run.next());
    const [goes] = await reports(learner.train({ scope: 'head', batch: 2, steps: 1 }));
    const left = globalThis.started.length;
    learner.close();
    return { lost: lost.code, step: goes.step, threads: goes.threads, left };
  });
  expect(found).toMatchObject({ lost: 'worker-lost', threads: 2 });
  expect(found.step).toBeGreaterThan(2);
  // What is left is the classifier's.
  await expect.poll(() => page.workers().filter((worker) => worker.url().endsWith('worker-learn.js')).length).toBe(0);
});
