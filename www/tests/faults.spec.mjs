import { readFileSync } from 'node:fs';
import { expect } from './support/fixtures.mjs';
import { pupil, test } from './support/lesson.mjs';
import { watchMemory } from './support/watch.mjs';

/** In the page: a learner with six drawings, and the weights that five steps without any trouble give. */
const prepare = (lesson) => lesson(async () => {
  const { classifier, learnerWith, reports, tensorHash } = globalThis.client;
  const whole = await learnerWith(classifier, 6);
  await reports(whole.train({ batch: 3, steps: 5 }));
  const wanted = await tensorHash(await whole.exportWeights());
  whole.close();
  globalThis.learner = await learnerWith(classifier, 6);
  return wanted;
});

/** So many steps of that run: what came of them. */
const steps = (lesson, count, options = {}) => lesson(async ({ count, options }) => {
  const { outcome, reports } = globalThis.client;
  const { ok, code, message, hint } = await outcome(reports(globalThis.learner.train({ batch: 3, steps: count, ...options })));
  return code ? { code, message, hint } : ok.map(({ step }) => step);
}, { count, options });

const hash = (lesson) => lesson(async () => globalThis.client.tensorHash(await globalThis.learner.exportWeights()));

test('a method that compares images refuses a batch of one or leaves out what it cannot compare, and refuses a set of one image', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, drawing, learnerWith, outcome, reports } = globalThis.client;
    const said = async (run) => {
      const { code, message } = await outcome(reports(run));
      return [code, message];
    };
    const teacher = '/pkg/student.safetensors';
    const learner = await learnerWith(classifier, 4, { teacher });
    const seen = [await said(learner.distill({ method: 'ssd-kd', batch: 1 }))];
    const [{ terms }] = await reports(learner.distill({ method: 'd-kd', batch: 1, steps: 1 }));
    const relations = terms.filter(({ name }) => name === 'distance' || name === 'angle').map(({ name, weighted, skipped }) => [name, weighted, skipped]);
    learner.close();
    const alone = await classifier.learner({ teacher });
    await alone.addExample(await drawing('NV', 1), 'NV');
    seen.push(await said(alone.distill({ method: 'd-kd' })));
    // Two of one class are no more to tell apart.
    await alone.addExample(await drawing('NV', 2), 'NV');
    seen.push(await said(alone.distill({ method: 'kd' })));
    alone.close();
    return { seen, relations };
  });
  expect(found.seen.map(([code]) => code)).toEqual(['argument', 'examples', 'examples']);
  expect(found.seen[0][1]).toContain('a batch of 1 has none to compare');
  expect(found.seen[1][1]).toContain('1 examples to learn from');
  // One picture is at no distance from others, which the report says; the angles that it makes with itself are 0 by definition.
  expect(found.relations).toEqual([['distance', 0, true], ['angle', 0, false]]);
});

test('an image that cannot be decoded among good ones leaves the good ones, and those are learned from', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, drawing, outcome, reports } = globalThis.client;
    const learner = await classifier.learner();
    const good = [[await drawing('NV', 1), 'NV'], [await drawing('VASC', 2), 'VASC']];
    const half = new Blob([(await good[0][0].arrayBuffer()).slice(0, 900)]);
    const given = [good[0], [half, 'NV'], [new Blob([]), 'VASC'], [new Blob(['GIF89a']), 'NV'], good[1]];
    const codes = await Promise.all(given.map(async ([file, label]) => (await outcome(learner.addExample(file, label))).code ?? 'taken'));
    const labels = learner.examples().map(({ label }) => label);
    const steps = (await reports(learner.train({ steps: 1, batch: 2 }))).length;
    learner.close();
    return { codes, labels, steps };
  });
  expect(found).toEqual({ codes: ['taken', 'image-truncated', 'image-empty', 'image-format', 'taken'], labels: ['NV', 'VASC'], steps: 1 });
});

test('memory that the browser refuses is an error of its own name; examples and what was learned stay, and less is learned from then', async ({ page, lesson }) => {
  await watchMemory(page, 'worker-learn.js');
  const wanted = await prepare(lesson);
  expect(await steps(lesson, 3)).toEqual([1, 2, 3]);
  // All but nothing is left of what the module may have: what the instance holds free is not enough for a batch of whole networks.
  await pupil(page).evaluate(() => {
    const { memory } = globalThis.kept.exports;
    try {
      for (let pages = 4096; pages >= 1;) {
        try {
          memory.grow(pages);
        } catch {
          pages >>= 1;
        }
      }
    } catch {
      // No page is left.
    }
  });
  const refused = await steps(lesson, 1, { scope: 'whole', batch: 6 });
  expect(refused).toMatchObject({ code: 'out-of-memory', hint: expect.stringContaining('examples are kept') });
  expect(await lesson(() => globalThis.learner.examples().length)).toBe(6);
  // The run of before goes on where it was, in a fresh worker.
  expect(await steps(lesson, 2)).toEqual([4, 5]);
  expect(await hash(lesson)).toBe(wanted);
});

test('a trap in the middle of a step: a fresh worker, the last saved state back, the caller told; the run goes on to the same bits', async ({ page, lesson }) => {
  const wanted = await prepare(lesson);
  await lesson(() => globalThis.learner.keep());
  expect(await steps(lesson, 2)).toEqual([1, 2]);
  const saved = await hash(lesson);
  // The step looks at the clock between its parts: there the instance is left, half way through.
  await pupil(page).evaluate(() => {
    let looks = 0;
    const { now } = Performance.prototype;
    Performance.prototype.now = function () {
      if ((looks += 1) === 4) throw new Error('trap');
      return now.call(this);
    };
  });
  const lost = await steps(lesson, 3);
  expect(lost.code).toBe('worker-lost');
  expect(lost.hint).toContain('goes on');
  expect(await hash(lesson)).toBe(saved);
  expect(await lesson(() => globalThis.learner.kept())).toMatchObject({ bytes: expect.any(Number) });
  expect(await steps(lesson, 3)).toEqual([3, 4, 5]);
  expect(await hash(lesson)).toBe(wanted);
  // It kept on keeping, from the fresh worker.
  await lesson.again();
  await lesson(async () => {
    const { classifier, learnerWith } = globalThis.client;
    globalThis.learner = await learnerWith(classifier, 6);
    await globalThis.learner.resume();
  });
  expect(await hash(lesson)).toBe(wanted);
});

test('a tab that is put to sleep in the middle of a run goes on when it wakes, to the same bits', async ({ page, browser, lesson }) => {
  const wanted = await prepare(lesson);
  // As a system does: the processes of the page, workers with them, get no time. A headless browser does not freeze pages by itself.
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const all = (signal) => renderers.forEach((id) => process.kill(id, signal));
  await lesson(() => {
    globalThis.seen = [];
    globalThis.running = (async () => {
      for await (const { step } of globalThis.learner.train({ batch: 3, steps: 5 })) globalThis.seen.push(step);
    })();
  });
  await expect.poll(() => lesson(() => globalThis.seen.length)).toBeGreaterThan(0);
  all('SIGSTOP');
  try {
    await expect.poll(() => renderers.map((id) => readFileSync(`/proc/${id}/stat`, 'utf8').match(/\) (\w)/)[1]).join('')).toMatch(/^T+$/);
    await new Promise((done) => setTimeout(done, 4_000));
  } finally {
    all('SIGCONT');
  }
  expect(await lesson(() => globalThis.running.then(() => globalThis.seen))).toEqual([1, 2, 3, 4, 5]);
  expect(await hash(lesson)).toBe(wanted);
});

test('a step that passes the time limit is a timeout; a fresh worker goes on from the last saved state', async ({ page, lesson }) => {
  const wanted = await prepare(lesson);
  await lesson(async () => {
    const { classifier, learnerWith } = globalThis.client;
    globalThis.learner.close();
    globalThis.learner = await learnerWith(classifier, 6, { timeLimitMs: 20_000 });
  });
  await expect.poll(() => page.workers().filter((worker) => worker.url().endsWith('worker-learn.js')).length, { timeout: 20_000 }).toBe(3);
  expect(await steps(lesson, 2)).toEqual([1, 2]);
  await pupil(page).evaluate(() => void setTimeout(() => { for (;;); }, 50));
  await page.waitForTimeout(200);
  expect(await steps(lesson, 1)).toMatchObject({ code: 'timeout' });
  expect(await steps(lesson, 3)).toEqual([3, 4, 5]);
  expect(await hash(lesson)).toBe(wanted);
});

test('a short run after a longer one is saved as well as that', async ({ page, lesson }) => {
  await prepare(lesson);
  expect(await steps(lesson, 3)).toEqual([1, 2, 3]);
  expect(await steps(lesson, 1, { seed: 7 })).toEqual([1]);
  const last = await hash(lesson);
  await pupil(page).evaluate(() => void setTimeout(() => { throw new Error('lost'); }));
  await page.waitForTimeout(500);
  expect(await hash(lesson)).toBe(last);
});
