import { test as base, workers } from './fixtures.mjs';

/**
 * `lesson(work, given)` runs `work` in a page that has a classifier, drawings and the helpers of drawings.mjs; `lesson.again()` loads the page anew.
 */
export const test = base.extend({
  lesson: async ({ page, open }, use) => {
    const prepare = () => page.evaluate(async () => Object.assign(globalThis.client, await import('/tests/support/drawings.mjs')));
    await open();
    await prepare();
    const lesson = (work, given) => page.evaluate(work, given);
    lesson.again = async () => {
      await page.reload();
      await page.evaluate(async () => {
        await import('/tests/support/client.mjs');
        await globalThis.client.open({});
      });
      await prepare();
    };
    await use(lesson);
  },
});

/** The learner's worker that answers. @param {import('@playwright/test').Page} page */
export const pupil = (page) => workers(page).find((worker) => worker.url().endsWith('worker-learn.js'));
