import { readFileSync } from 'node:fs';
import { ROOT } from '../support/fixtures.mjs';
import { expect, spot, test } from './support.mjs';

const GOLDEN = `${ROOT}tests/unlike/golden/`;
const picture = (name) => ({ name, mimeType: 'image/jpeg', buffer: readFileSync(GOLDEN + name) });

test('a scene is no skin spot: no class in the heading, no figure in sight, and what to do', async ({ site }) => {
  await site.open({ own: true });
  await site.choose(picture('drawn_scene.jpg'));
  await site.state('cannot');
  const verdict = await site.verdict.innerText();
  expect(verdict).toContain('Cannot judge');
  expect(verdict).toContain('dermoscope');
  expect(verdict).toMatch(/box/);
  const shown = await site.answer.innerText();
  for (const word of ['Most like', '%', 'of 100', 'Melanoma', 'naevus']) expect(shown, word).not.toContain(word);
  await expect(site.rows.first()).toBeHidden();
  await expect(site.live).toContainText('cannot judge');
  await expect(site.page.locator('.for-class')).toHaveText('');
  await expect(site.page.locator('.sentence')).toHaveText('');

  // Whoever wants the figures opens them.
  await site.page.locator('.numbers summary').click();
  await expect(site.rows.first()).toBeVisible();
  expect(Object.keys(await site.figures())).toHaveLength(8);
  await expect(site.verdict).not.toContainText('of 100');
  await site.rows.nth(1).getByRole('button').click();
  await expect(site.page.locator('.for-class')).not.toHaveText('');
});

test('the drawings on offer get an answer, and a refusal after it takes the answer away', async ({ site }) => {
  await site.open({ own: true });
  for (const n of [1, 2, 3]) {
    await site.answered(spot(n));
    await expect(site.verdict).toContainText('of 100');
  }
  await site.choose(picture('drawn_eye.jpg'));
  await site.state('cannot');
  await expect(site.verdict).not.toContainText('Most like');
  await site.thumbs.first().click();
  await site.state('answered');
});
