import { readFileSync } from 'node:fs';
import { expect, letter, spot, test } from './support.mjs';

/** Where screenshots go, for a person to look at. */
const SHOTS = process.env.SCREENSHOTS;

/** The lab, opened and ready. */
async function lab({ page, site }) {
  await site.open({ path: 'lab.html', wait: false });
  const state = page.locator('#state');
  await expect(state).toContainText('Ready', { timeout: 60_000 });
  const shot = async (name) => SHOTS && page.screenshot({ path: `${SHOTS}/lab-${name}.png`, fullPage: true });
  return { state, shot, totals: page.locator('#totals'), chart: page.locator('.chart'), press: (name) => page.getByRole('button', { name, exact: true }).click() };
}

test('a lesson: drawn examples, steps, a pause, one picture before and now, undo, and the numbers as a file', async ({ page, site }) => {
  await page.setViewportSize({ width: 1440, height: 1000 });
  const { state, shot, totals, chart, press } = await lab({ page, site });
  await shot('start');
  await press('Add drawn examples');
  await expect(state).toContainText('12 examples', { timeout: 60_000 });
  await press('One step');
  await expect(totals).toContainText('Step 1: loss', { timeout: 60_000 });
  await expect(totals).toContainText('Held back');
  await expect(page.locator('.thumbs .held')).toHaveCount(2);
  await expect(chart).toHaveCount(1);
  await press('Start');
  await expect(totals).toContainText(/Step ([6-9]|\d\d):/, { timeout: 90_000 });
  await press('Pause');
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();
  await page.locator('.thumbs button').first().click();
  await expect(page.locator('.chosen .looked')).toHaveCount(2);
  await press('Compare');
  await expect(page.locator('#figures tbody tr')).toHaveCount(3);
  await shot('after');
  await page.getByText('The numbers as a table').click();
  const [file] = await Promise.all([page.waitForEvent('download'), press('Save as CSV')]);
  expect(readFileSync(await file.path(), 'utf8').split('\n')[0]).toBe('step,loss,cross_entropy,correct,images,held_back_accuracy,ms');
  await press('Undo this run');
  await expect(totals).toHaveText('No step yet.');
  await expect(state).toContainText('taken back');
});

test('a rung switches terms on, and one that the teacher cannot teach says so', async ({ page, site }) => {
  const { state, shot, chart, press } = await lab({ page, site });
  await press('Add drawn examples');
  await expect(state).toContainText('12 examples', { timeout: 60_000 });
  await page.getByRole('radio', { name: /^D-KD/ }).check();
  await press('One step');
  await expect(chart).toHaveCount(5, { timeout: 90_000 });
  await shot('ladder');
  await page.getByRole('radio', { name: /^SSD-KD/ }).check();
  await press('One step');
  await expect(state).toContainText('projection head', { timeout: 90_000 });
  await expect(page.getByRole('heading', { name: /^1\. / })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.locator('main').focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('heading', { name: /^2\. / })).toBeVisible();
});

test('pictures of one\'s own, one that cannot be read among them; weights out and in; everything forgotten', async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { state, shot, press } = await lab({ page, site });
  await page.getByLabel('Add pictures: melanoma').setInputFiles([spot(1), letter, spot(2)]);
  await expect(page.locator('[data-class="MEL"] .thumbs button')).toHaveCount(2);
  await press('One step');
  await expect(state).toContainText('another class');
  await page.getByLabel('Add pictures: vascular lesion').setInputFiles([spot(3)]);
  await expect(page.locator('.thumbs button')).toHaveCount(3);
  await press('One step');
  await expect(page.locator('#totals')).toContainText('Step 1', { timeout: 60_000 });
  await shot('phone');
  await page.getByText('Take it with you').click();
  const [file] = await Promise.all([page.waitForEvent('download'), press('Save the weights')]);
  await page.locator('#import').setInputFiles(await file.path());
  await expect(state).toContainText('is what is learned on', { timeout: 60_000 });
  await page.locator('#import').setInputFiles(letter);
  await expect(state).toContainText('safetensors');
  await press('Forget everything');
  await expect(page.locator('.thumbs button')).toHaveCount(0);
});
