import { expect, test } from './support/fixtures.mjs';
import { soak } from './support/soak.mjs';

/** What garbage collection leaves to chance, in bytes. */
const SLACK = 1_000_000;

// The long form, 2,000 calls and 20 learners: ./build.sh soak
test('under photographs of many sizes, hostile files and learners that come and go, no call is lost and no memory grows', async ({ page, files }) => {
  const { samples, answered, wrong } = await soak(page, files, { calls: 160, cycles: 4, samples: 4 });
  expect(wrong).toEqual([]);
  expect(Object.values(answered).reduce((sum, count) => sum + count)).toBe(160);
  const [, settled] = samples;
  const last = samples.at(-1);
  expect(last.wasm).toBe(settled.wasm);
  expect(last.learner).toBe(settled.learner);
  expect(last.crew).toBe(settled.crew);
  for (const side of ['page', 'workers']) expect(last.heaps[side], side).toBeLessThan(settled.heaps[side] + SLACK);
});
