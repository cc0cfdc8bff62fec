import { existsSync } from 'node:fs';
import { ROOT, workers } from '../support/fixtures.mjs';
import { kept as storage, NOTHING, watchStorage } from '../support/storage.mjs';
import { expect, spot, test as base } from './support.mjs';

const LONG = { timeout: 240_000 };

/** The lab: `open()`, its parts, drawn examples and steps. */
const test = base.extend({
  lab: async ({ page, site }, use) => {
    const [state, told, totals] = ['#state', '#kept', '#totals'].map((id) => page.locator(id));
    const press = (name) => page.getByRole('button', { name, exact: true }).click();
    const open = async () => {
      await site.open({ path: 'lab.html', wait: false });
      await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
    };
    const drawn = async (others = 0) => {
      await press('Add drawn examples');
      await expect(state).toContainText(`${12 + others} examples`, LONG);
    };
    const step = async (n) => {
      await press('One step');
      await expect(page.locator('#step')).toBeEnabled(LONG);
      await expect(totals).toContainText(`Step ${n}:`, LONG);
    };
    await use({ state, told, press, open, drawn, step });
  },
});

test.setTimeout(600_000);

/** All of this site's on the device. */
const onDevice = (page) => page.evaluate(async () => ({
  files: await Array.fromAsync((await navigator.storage.getDirectory()).keys()),
  caches: (await caches.keys()).map((name) => name.replace(/[0-9a-f]{12}$/, 'version')).sort(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  local: Object.keys(localStorage).sort(),
}));
const EMPTY = { files: [], caches: [], workers: 0, local: [] };

test('the lab keeps nothing unasked: no storage of any kind is even tried', async ({ page, lab }) => {
  await page.addInitScript(watchStorage);
  await lab.open();
  await page.getByLabel('Add pictures: melanoma').setInputFiles(spot(1));
  await lab.drawn(1);
  await lab.step(1);
  await lab.press('Compare');
  await expect(page.locator('#figures tbody tr')).toHaveCount(3, LONG);
  await expect(lab.told).toHaveText('Nothing that is learned is kept: closing this tab forgets it.');
  const found = await page.evaluate(storage);
  // Asking whether the browser knows service workers is none.
  expect(found).toEqual(NOTHING);
});

test('what is learned is kept when asked for, and a reload goes on from it; one button deletes all of it, and nothing comes back', async ({ page, lab }) => {
  await lab.open();
  await lab.drawn();
  await lab.press('Keep what is learned');
  await expect(lab.told).toContainText('is kept on this device');
  await lab.step(1);
  expect(await onDevice(page)).toEqual({ ...EMPTY, files: ['dermdistill'], local: ['learned'] });
  await page.getByLabel('What learns').selectOption('head');
  await lab.step(1);
  // A second later it is saved, since nobody asks for another step.
  await page.waitForTimeout(3_000);
  await expect(lab.told).toContainText(/now 6\.\d MB/, LONG);
  await page.reload();
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  await expect(lab.told).toContainText('goes on from there');
  await lab.drawn();
  await page.getByLabel('What learns').selectOption('head');
  await lab.step(2);
  await lab.press('Delete everything kept on this device');
  await expect(lab.told).toContainText('Deleted');
  expect(await onDevice(page)).toEqual(EMPTY);
  await lab.step(3);
  expect(await onDevice(page)).toEqual(EMPTY);
  await page.reload();
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  await expect(lab.told).toContainText('Nothing that is learned is kept');
});

test('one button deletes what is learned, downloads, the kept site and the notes', async ({ page, site, built, lab }) => {
  await lab.open();
  await lab.press('Keep what is learned');
  await expect(lab.told).toContainText('is kept on this device');
  await page.evaluate(async () => (await caches.open('dermdistill downloads')).put('/assets/teacher', new Response('a teacher')));
  const part = page.locator('#keep');
  await page.goto(`${built}/index.html`);
  // Beside the offer, since something is kept.
  await expect(part.getByRole('button')).toHaveText(['Keep on this device', 'Delete from this device']);
  await part.getByRole('button', { name: 'Keep on this device' }).click();
  await expect(part).toHaveAttribute('data-state', 'kept', { timeout: 60_000 });
  await expect(part.getByRole('button')).toHaveText(['Delete from this device']);
  await page.locator('#theme').click();
  expect(await onDevice(page)).toEqual({ files: ['dermdistill'], caches: ['dermdistill downloads', 'dermdistill version'], workers: 1, local: ['learned', 'theme'] });
  await part.getByRole('button', { name: 'Delete from this device' }).click();
  await expect(part).toHaveAttribute('data-state', 'forgotten');
  expect(await onDevice(page)).toEqual(EMPTY);
  await site.loaded();
});

test('a kept site that is updated leaves downloads and what was learned', async ({ page, built, lab }) => {
  await lab.open();
  await lab.press('Keep what is learned');
  await expect(lab.told).toContainText('is kept on this device');
  await page.evaluate(async () => (await caches.open('dermdistill downloads')).put('/assets/teacher', new Response('a teacher')));
  await page.goto(`${built}/how.html`);
  await page.locator('#keep').getByRole('button', { name: 'Keep on this device' }).click();
  await expect(page.locator('#keep')).toHaveAttribute('data-state', 'kept', { timeout: 60_000 });
  expect(await onDevice(page)).toEqual({ files: ['dermdistill'], caches: ['dermdistill downloads', 'dermdistill version'], workers: 1, local: ['learned'] });
});

test('no room, or a kept file that is damaged: said in words, and the lesson goes on', async ({ page, lab }) => {
  await lab.open();
  await lab.drawn();
  await lab.press('Keep what is learned');
  await lab.step(1);
  const pupil = workers(page).find((worker) => /worker-learn/.test(worker.url()));
  await pupil.evaluate(() => {
    FileSystemSyncAccessHandle.prototype.write = () => {
      throw new DOMException('it would exceed its quota', 'QuotaExceededError');
    };
  });
  await lab.step(2);
  await expect(lab.told).toContainText('no room', LONG);
  await lab.step(3);
  await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('dermdistill');
    for await (const file of folder.values()) {
      const stream = await file.createWritable();
      await stream.write('a letter');
      await stream.close();
    }
  });
  await page.reload();
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  await expect(lab.told).toContainText('cannot be used');
  await lab.drawn();
  await lab.step(1);
  await lab.press('Delete everything kept on this device');
  await expect(lab.told).toContainText('Deleted');
  expect(await onDevice(page)).toEqual(EMPTY);
});

test('a trap in the middle of a step is told, and the lesson goes on from the last saved step', async ({ page, lab }) => {
  await lab.open();
  await lab.drawn();
  await lab.step(1);
  await page.getByLabel('What learns').selectOption('head');
  await lab.step(1);
  await page.waitForTimeout(3_000); // it is saved when nobody asks for another step
  const pupil = workers(page).find((worker) => /worker-learn/.test(worker.url()));
  await pupil.evaluate(() => {
    let looks = 0;
    const { now } = Performance.prototype;
    Performance.prototype.now = function () {
      if ((looks += 1) === 4) throw new Error('trap');
      return now.call(this);
    };
  });
  await lab.press('One step');
  await expect(lab.state).toContainText('has stopped. A fresh one stands ready.', LONG);
  await expect(page.locator('.thumbs button')).toHaveCount(12);
  await lab.step(2);
});

test('the released teacher is offered where the release has one, and otherwise that is said', async ({ page, lab }) => {
  await lab.open();
  const there = existsSync(`${ROOT}weights/teacher_int8.safetensors`);
  await expect(page.locator('#released')).toBeVisible({ visible: there });
  await expect(page.locator('#unreleased')).toBeVisible({ visible: !there });
});
