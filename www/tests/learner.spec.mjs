import { expect, test } from './support/fixtures.mjs';

test('the learner takes the golden training run in the browser, within what the native one is allowed', async ({ page, files }) => {
  await page.goto(`${files}/tests/support/empty.html`);
  const found = JSON.parse(await page.evaluate(async () => {
    const learner = await import('/pkg/learner/learner_step.js');
    await learner.default();
    return learner.golden_training_run();
  }));
  expect(found.error).toBeUndefined();
  expect(found.losses).toHaveLength(5);
  for (const [error, allowed] of [...found.losses, found.tensor, found.change]) expect(error).toBeLessThanOrEqual(allowed);
});
