import { readFileSync } from 'node:fs';
import { ROOT } from '../support/fixtures.mjs';
import { withHead } from '../support/drawings.mjs';
import { expect, letter, spot, test } from './support.mjs';

/** Where screenshots go, for a person to look at. */
const SHOTS = process.env.SCREENSHOTS;
/** A step, a teacher's answers or twelve drawings, on a loaded machine. */
const LONG = { timeout: 240_000 };

test.setTimeout(600_000);

/** The lab, opened and ready. */
async function lab({ page, site, path = 'lab.html' }) {
  await site.open({ path, wait: false });
  const state = page.locator('#state');
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  const shot = async (name) => SHOTS && page.screenshot({ path: `${SHOTS}/lab-${name}.png`, fullPage: true });
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  return {
    state, shot, press, totals: page.locator('#totals'), chart: (name) => page.locator(`.chart[data-chart="${name}"]`),
    async drawn() {
      await press('Add drawn examples');
      await expect(state).toContainText('12 examples', LONG);
    },
  };
}

/** What a button saves, as text. */
async function saved(page, button) {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return readFileSync(await file.path(), 'utf8');
}

/** The shipped network with a projection head of numbers drawn from a seed: a teacher of turned pictures. */
const headed = async () => ({ name: 'with-head.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from(await withHead(new Uint8Array(readFileSync(`${ROOT}weights/student.safetensors`)))) });

test('a lesson: drawn examples, steps, a pause, one picture before and now, undo, and the numbers as a file', async ({ page, site }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  const { state, shot, totals, chart, press, drawn } = await lab({ page, site });
  await expect(totals).toHaveText('No step yet.');
  await shot('start');
  await drawn();
  await press('One step');
  await expect(totals).toContainText('Step 1: loss', LONG);
  await expect(totals).toContainText('Held back');
  await expect(page.locator('.thumbs .held')).toHaveCount(2);
  await expect(chart('cross_entropy')).toBeVisible();
  await page.locator('.thumbs button').first().click();
  await expect(page.locator('.looked .over canvas').first()).toBeVisible();
  await press('Start');
  await expect(totals).toContainText(/Step ([6-9]|\d\d):/, LONG);
  await shot('mid-run');
  await press('Pause');
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();
  // What is forgotten, beside what is held back: the drawings of the check set are nobody's examples.
  await expect(chart('forgetting').getByRole('img')).toHaveAttribute('aria-label', /Held back, and check set: \d+% · \d+% in the first/);
  await expect(page.locator('.thumbs button')).toHaveCount(12);
  await press('Compare');
  await expect(page.locator('#figures tbody tr')).toHaveText([/^learned from10/, /^held back2/, /^check set \(drawn\)12100%/], LONG);
  await shot('after');
  await page.locator('#behind summary').click();
  const csv = (await saved(page, page.locator('#behind').getByRole('button', { name: 'Save as CSV' }))).split('\r\n');
  expect(csv[0]).toBe('step,loss,"L1, labels",matched,right,pictures,held back,check set,ms');
  await press('Undo this run');
  await expect(totals).toHaveText('No step yet.', LONG);
  await expect(state).toContainText('taken back');
});

test('teacher and student side by side for a chosen picture, at any temperature, with maps in words and in numbers', async ({ page, site }) => {
  const { press, drawn, totals } = await lab({ page, site });
  await drawn();
  await page.locator('.thumbs button').first().click();
  const voices = page.locator('.voices');
  await expect(voices.locator('thead th')).toHaveText(['class', 'teacher', 'student before', 'student now'], LONG);
  const columns = () => voices.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)));
  const sharp = await columns();
  expect(sharp).toHaveLength(8);
  // Nothing is learned yet, and the teacher is the shipped network.
  for (const [teacher, before, now] of sharp) expect([teacher, now]).toEqual([before, before]);
  await page.getByLabel('Temperature T').selectOption('8');
  expect(await columns()).not.toEqual(sharp);
  await page.getByLabel('Temperature T').selectOption('1');
  await expect(page.locator('.looked').first().getByRole('img')).toHaveAttribute('aria-label', /activation map of NV over it\. .+\./);
  const maps = page.locator('.looked').first();
  await maps.locator('summary').click();
  await expect(maps.locator('tbody tr')).toHaveCount(7);
  expect((await saved(page, maps.getByRole('button', { name: 'Save as CSV' }))).split('\r\n')).toHaveLength(8);
  await page.getByLabel('Where it looked for').selectOption('MEL');
  await expect(maps.getByRole('img')).toHaveAttribute('aria-label', /activation map of MEL/);
  await press('One step');
  await expect(totals).toContainText('Step 1', LONG);
  await expect.poll(async () => (await columns()).some(([, before, now]) => before !== now), LONG).toBe(true);
  await press('Remove this picture');
  await expect(page.locator('.thumbs button')).toHaveCount(11);
  await expect(voices).toBeHidden();
});

test('SSD-KD: similarity, distance and channel matrices, with legends, words, tables and keys', async ({ page, site }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  const { state, shot, chart, press, drawn, totals } = await lab({ page, site });
  await drawn();
  await page.getByRole('radio', { name: /^SSD-KD/ }).check();
  await press('One step');
  await expect(state).toContainText('projection head');
  await page.locator('#teacher').setInputFiles(await headed());
  await expect(page.locator('#teacher-state')).toHaveText('The teacher is with-head.safetensors.', LONG);
  await expect(page.locator('#teachers :checked')).toHaveCount(0);
  await press('One step');
  await expect(totals).toContainText('Turned pictures matched', LONG);
  for (const name of ['cross_entropy', 'softened', 'transferred', 'similarity', 'distance', 'angle', 'gram', 'matched']) await expect(chart(name)).toBeVisible();
  const part = (name) => page.getByRole('region', { name, exact: true });
  const maps = (name) => part(name).getByRole('application');
  await expect(maps('Similarities')).toHaveCount(2);
  await expect(maps('Similarities').nth(1)).toHaveAttribute('aria-label', /Similarities: Student\. 12 turned pictures by 4 upright ones; \d+ of 12 are most like their own/);
  await expect(part('Similarities')).toContainText(/Matched to their own picture: teacher \d+%, student \d+%/);
  const told = (await totals.textContent()).match(/matched to their own: (\d+%)/)[1];
  await expect(part('Similarities')).toContainText(`student ${told}`);
  await expect(maps('Distances')).toHaveCount(3);
  await expect(part('Distances').locator('.legend').nth(2)).toHaveText(/^-.+\d$/);
  await expect(maps('Channel relations, difference').nth(0)).toHaveAttribute('aria-label', /32 by 32 groups of channels/);
  // From cell to cell by keys, and what stands there in words.
  const map = maps('Similarities').first();
  const readout = part('Similarities').locator('.readout').first();
  await map.focus();
  await expect(readout).toBeVisible();
  await expect(readout).toHaveText(/^picture \d+, 90° · picture \d+: 0\.\d+$/);
  const first = await readout.textContent();
  await page.keyboard.press('ArrowDown');
  await expect(readout).toHaveText(/, 180° · /);
  await page.keyboard.press('ArrowUp');
  await expect(readout).toHaveText(first);
  // The lesson's own arrow keys stay out of it.
  await expect(page.getByRole('heading', { name: /^1\. / })).toBeVisible();
  const figure = part('Similarities').locator('figure').first();
  await figure.locator('summary').click();
  await expect(figure.locator('tbody tr')).toHaveCount(12);
  const rows = (await saved(page, figure.getByRole('button', { name: 'Save as CSV' }))).split('\r\n').slice(1).map((row) => row.match(/(?<=,)[\d.e-]+/g).slice(-4).map(Number));
  for (const row of rows) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  await shot('ssd-kd');
  await press('Undo this run');
  await expect(page.locator('#relations')).toContainText('Choose D-KD or SSD-KD', LONG);
});

test('the released teacher answers for the examples, and a run of SSD-KD follows it with every term', async ({ page, site }) => {
  const { shot, chart, press, drawn, totals } = await lab({ page, site });
  await drawn();
  await page.getByRole('radio', { name: /^the released teacher/ }).check();
  await expect(page.locator('#teacher-state')).toHaveText('The teacher is the released ResNet-50, with its projection head.', LONG);
  await page.getByRole('radio', { name: /^SSD-KD/ }).check();
  await press('One step');
  await expect(totals).toContainText('Turned pictures matched', LONG);
  for (const name of ['cross_entropy', 'softened', 'transferred', 'similarity', 'distance', 'angle', 'gram', 'matched']) await expect(chart(name)).toBeVisible();
  // It tells most turned pictures of a batch apart.
  const share = (await page.getByRole('region', { name: 'Similarities', exact: true }).textContent()).match(/teacher (\d+)%/)[1];
  expect(Number(share)).toBeGreaterThan(50);
  await press('Start');
  await expect(totals).toContainText(/Step ([6-9]|\d\d):/, LONG);
  await press('Pause');
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled(LONG);
  for (const [name, colorScheme, width, height] of [['desktop', 'light', 1280, 900], ['desktop', 'dark', 1280, 900], ['phone', 'light', 390, 844], ['phone', 'dark', 390, 844]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await shot(`released-${name}-${colorScheme}`);
  }
});

test('a rung switches terms on; the last layer alone has no relations to learn; the lecturer turns pages by keys', async ({ page, site }) => {
  const { state, chart, press, drawn } = await lab({ page, site });
  await drawn();
  await page.getByRole('radio', { name: /^D-KD/ }).check();
  await page.getByLabel('What learns').selectOption('head');
  await press('One step');
  await expect(state).toContainText('last layer');
  await page.getByLabel('What learns').selectOption('last-stage');
  await press('One step');
  for (const name of ['cross_entropy', 'softened', 'distance', 'angle', 'gram']) await expect(chart(name)).toBeVisible(LONG);
  await expect(page.getByRole('region', { name: 'Distances', exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Similarities', exact: true })).toBeHidden();
  await page.locator('main').focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('heading', { name: /^2\. / })).toBeVisible();
});

test('pictures of one\'s own, one that cannot be read among them; weights out and in; everything forgotten', async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { state, shot, press } = await lab({ page, site });
  await shot('phone-start');
  await page.getByLabel('Add pictures: melanoma').setInputFiles([spot(1), letter, spot(2)]);
  await expect(page.locator('[data-class="MEL"] .thumbs button')).toHaveCount(2);
  await press('One step');
  await expect(state).toContainText('another class');
  await page.getByLabel('Add pictures: vascular lesion').setInputFiles([spot(3)]);
  await expect(page.locator('.thumbs button')).toHaveCount(3);
  await press('One step');
  await expect(page.locator('#totals')).toContainText('Step 1', LONG);
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

test('large for a projector: in the address and nowhere else, and the same page in another language keeps it', async ({ page, site }) => {
  const { press, shot } = await lab({ page, site });
  const size = () => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
  expect(await size()).toBe('16px');
  await press('Large, for a projector');
  expect(await size()).toBe('24px');
  expect(page.url()).toContain('?projector');
  expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]))).toBe('[{},{},""]');
  await shot('projector');
  await page.reload();
  expect(await size()).toBe('24px');
  expect(await page.locator('.languages a[lang="de"]').getAttribute('href')).toMatch(/\/lab\.de\.html\?projector$/);
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  await press('Large, for a projector');
  expect([await size(), page.url()]).toEqual(['16px', expect.not.stringContaining('projector')]);
});

for (const [lang, words] of [['de', 'Bereit.'], ['es', 'Todo listo.'], ['hi', 'तैयार है।']]) {
  test(`${lang}: the lab speaks it, and fetches no other language's words`, async ({ page, site, traffic }) => {
    const { state } = await lab({ page, site, path: `lab.${lang}.html` });
    await expect(state).toContainText(words);
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
    const fetched = traffic.requests.map((url) => url.match(/\/(en|de|es|hi)-[^/]*\.js$/)?.[1]).filter(Boolean);
    expect([...new Set(fetched)]).toEqual([lang]);
  });
}
