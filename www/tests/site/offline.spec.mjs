import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFiles } from '../../offline/plugin.mjs';
import { serve } from '../../serve.mjs';
import { ROOT, workers } from '../support/fixtures.mjs';
import { stranger, tryWaysOut } from '../support/ways-out.mjs';
import { expect, spot, test as base } from './support.mjs';

/**
 * `kept` is a copy of the built site on a server of its own: `heard`, every request; `keep()`, the classify page opened and kept;
 * `deploy(mark)`, another build in its place, whose pages and module say `mark`.
 */
const test = base.extend({
  kept: async ({ page, traffic: _ }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'kept-'));
    cpSync(`${ROOT}www/dist`, folder, { recursive: true });
    const heard = [];
    const { origin, close } = await serve(folder, 0, (address) => heard.push(address));
    const part = page.locator('#keep');
    const open = async (path = 'index.html') => {
      await page.goto(`${origin}/${path}`);
      if (path.startsWith('index')) await expect(page.locator('.status')).toHaveAttribute('data-state', /^ready/, { timeout: 60_000 });
    };
    const keep = async () => {
      await open();
      await part.getByRole('button').click();
      await expect(part).toHaveAttribute('data-state', 'kept', { timeout: 60_000 });
    };
    const deploy = (mark) => {
      for (const name of ['index.html', 'how.html']) {
        const html = readFileSync(`${ROOT}www/dist/${name}`, 'utf8');
        writeFileSync(join(folder, name), html.replace('<meta charset', `<meta name="build" content="${mark}"><meta charset`));
      }
      writeFileSync(join(folder, 'derm-classifier.js'), `${readFileSync(`${ROOT}www/dist/derm-classifier.js`, 'utf8')}\n// ${mark}\n`);
      listFiles(folder);
    };
    await use({ origin, folder, heard, part, open, keep, deploy });
    await close();
    rmSync(folder, { recursive: true });
  },
});

/** What of this site lies on the device. */
const onDevice = (page) => page.evaluate(async () => ({
  caches: await caches.keys(), workers: (await navigator.serviceWorker.getRegistrations()).length, local: Object.keys(localStorage),
}));

/** The version that a page has been given, by each of its parts. */
const versions = (page) => page.evaluate(async () => {
  const text = async (path) => (await fetch(path)).text();
  const mark = (html) => html.match(/name="build" content="(\w+)"/)?.[1] ?? 'first';
  return [
    document.querySelector('meta[name=build]')?.content ?? 'first', mark(await text('how.html')), (await text('derm-classifier.js')).match(/\/\/ (\w+)\n$/)?.[1] ?? 'first',
  ];
});

test('nothing is kept unasked; once asked, the whole site opens offline, and answers', async ({ page, kept, site }) => {
  await kept.open();
  await expect(kept.part.getByRole('button')).toHaveText('Keep on this device');
  expect(await onDevice(page)).toEqual({ caches: [], workers: 0, local: [] });
  await kept.part.getByRole('button').click();
  await expect(kept.part).toHaveAttribute('data-state', 'kept', { timeout: 60_000 });
  await page.context().setOffline(true);
  for (const path of ['', 'how.html', 'index.de.html', 'portals.hi.html', 'educators.es.html', 'lab.html?from=a-bookmark']) {
    expect((await page.goto(`${kept.origin}/${path}`)).status(), path).toBe(200);
    await expect(page.locator('h1')).not.toBeEmpty();
  }
  await page.goto(`${kept.origin}/index.html`);
  await expect(page.locator('.status')).toHaveAttribute('data-state', 'ready-offline', { timeout: 60_000 });
  await site.answered(spot(1));
  await expect(kept.part).toHaveAttribute('data-state', 'kept');
});

test('“delete” leaves nothing of it on the device, and the page can be kept again', async ({ page, kept }) => {
  await kept.keep();
  await page.locator('#theme').click();
  const before = await onDevice(page);
  expect([before.caches.length, before.workers, before.local]).toEqual([1, 1, ['theme']]);
  await kept.part.getByRole('button', { name: 'Delete from this device' }).click();
  await expect(kept.part).toHaveAttribute('data-state', 'forgotten');
  expect(await onDevice(page)).toEqual({ caches: [], workers: 0, local: [] });
  await kept.part.getByRole('button').click();
  await expect(kept.part).toHaveAttribute('data-state', 'kept', { timeout: 60_000 });
  await kept.part.getByRole('button').click();
  await expect(kept.part).toHaveAttribute('data-state', 'forgotten');
  await page.context().setOffline(true);
  await expect(page.goto(`${kept.origin}/`)).rejects.toThrow(/ERR_INTERNET_DISCONNECTED/);
});

test('a kept page asks the server for the listed files alone, and for nothing after “Ready”', async ({ page, kept, site }) => {
  await kept.keep();
  const { files } = JSON.parse(readFileSync(join(kept.folder, 'offline.js'), 'utf8').match(/^const KEPT = (\{.*?\n\});/s)[1]);
  const listed = [...Object.keys(files).map((path) => `/${path}`), '/offline.js'];
  expect(kept.heard.filter((address) => !listed.includes(address))).toEqual([]);
  expect(await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).map(({ url }) => url).sort()))
    .toEqual(Object.keys(files).map((path) => `${kept.origin}/${path}`).sort());
  await page.reload();
  await expect(page.locator('.status')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await page.waitForTimeout(2_000);
  const before = kept.heard.length;
  // The second visit asked for one file: whether there is a newer version.
  await site.answered(spot(1));
  await site.answered(spot(2));
  expect(kept.heard.slice(before)).toEqual([]);
  expect(kept.heard.filter((address) => !listed.includes(address))).toEqual([]);
});

test('an update takes over only when it is whole and no page of the old version is open; none has parts of both', async ({ page, kept }) => {
  // A worker whose page goes while it is just being started may keep the old version in use long after.
  const settled = () => expect(page.locator('.status')).toHaveAttribute('data-state', 'ready', { timeout: 20_000 });
  await kept.keep();
  await settled();
  await page.reload();
  expect(await versions(page)).toEqual(['first', 'first', 'first']);
  const [old] = (await onDevice(page)).caches;
  // A version whose weights did not all arrive.
  kept.deploy('second');
  const weights = Object.keys(JSON.parse(readFileSync(join(kept.folder, 'offline.js'), 'utf8').match(/^const KEPT = (\{.*?\n\});/s)[1]).files).find((path) => path.endsWith('.safetensors'));
  const whole = readFileSync(join(kept.folder, weights));
  // Its list names other weights than those that are there.
  appendFileSync(join(kept.folder, weights), 'more');
  listFiles(kept.folder);
  writeFileSync(join(kept.folder, weights), whole);
  const update = () => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const worker = (await registration.update()).installing;
    await new Promise((done) => {
      const look = () => (!worker || ['installed', 'redundant', 'activated'].includes(worker.state)) && done();
      worker?.addEventListener('statechange', look);
      look();
    });
    return registration.waiting?.state ?? worker?.state;
  });
  expect(await update()).toBe('redundant');
  expect((await onDevice(page)).caches).toEqual([old]);
  await settled();
  await page.reload();
  expect(await versions(page)).toEqual(['first', 'first', 'first']);
  // The same, whole.
  listFiles(kept.folder);
  // The browser looks for an update by itself, too, and may have begun before the list was right.
  await expect.poll(update).toBe('installed');
  expect((await onDevice(page)).caches).toHaveLength(2);
  await settled();
  await page.reload();
  await expect(kept.part).toHaveAttribute('data-state', 'newer');
  expect(await versions(page)).toEqual(['first', 'first', 'first']);
  await settled();
  // Every page of the old version is closed.
  await page.goto('about:blank');
  await expect.poll(async () => {
    await page.goto(`${kept.origin}/how.html`);
    const found = await versions(page);
    await page.goto('about:blank');
    return found;
  }, { timeout: 20_000 }).toEqual(Array(3).fill('second'));
  await page.goto(`${kept.origin}/index.html`);
  await page.context().setOffline(true);
  expect(await versions(page)).toEqual(['second', 'second', 'second']);
  const { caches } = await onDevice(page);
  expect(caches).toHaveLength(1);
  expect(caches).not.toContain(old);
});

test('workers that are lost offline are replaced from what is kept, more of them than stand by', async ({ page, kept, site }) => {
  await kept.keep();
  await page.reload();
  await expect(page.locator('.status')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
  await expect.poll(() => workers(page).length).toBe(3);
  await page.context().setOffline(true);
  for (let losses = 1; losses <= 4; losses += 1) {
    await workers(page)[0].evaluate(() => void setTimeout(() => { throw new Error('lost'); }));
    await site.answered(spot(1 + (losses % 3), `loss-${losses}.png`));
    await expect(page.locator('.strip li button')).toHaveCount(losses);
  }
});

test('a kept worker has the policy it was sent with, and the service worker none but its own server', async ({ page, kept }) => {
  const host = await stranger();
  try {
    await kept.keep();
    await page.reload();
    await expect(page.locator('.status')).toHaveAttribute('data-state', 'ready', { timeout: 60_000 });
    const [inside] = workers(page);
    expect(await inside.evaluate(() => import('/derm-classifier.js?photograph').then(() => 'reached', () => 'refused'))).toBe('refused');
    const sent = await page.evaluate(async (url) => (await caches.match(url)).headers.get('content-security-policy'), inside.url());
    expect(sent).toBe(readFileSync(`${ROOT}www/policy/worker.csp`, 'utf8').trim());
    const [service] = page.context().serviceWorkers();
    const results = await service.evaluate(tryWaysOut, `${host.origin}/`);
    expect(Object.entries(results).filter(([, result]) => result === 'reached')).toEqual([]);
    expect(results.fetch).toBe('refused');
    await page.waitForTimeout(500);
    expect(host.heard).toEqual([]);
    expect(kept.heard.filter((address) => address.includes('photograph'))).toEqual([]);
  } finally {
    await host.close();
  }
});

test('it can be installed, in every language', async ({ page, kept, traffic }) => {
  for (const lang of ['', '.de', '.es', '.hi']) {
    const manifest = JSON.parse(readFileSync(join(kept.folder, `manifest${lang}.webmanifest`), 'utf8'));
    expect(manifest.start_url).toBe(`index${lang}.html`);
    for (const { src, sizes } of manifest.icons) {
      const png = readFileSync(join(kept.folder, src));
      expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes);
    }
    await kept.open(`index${lang}.html`);
    const session = await page.context().newCDPSession(page);
    const found = await session.send('Page.getAppManifest');
    expect(found.errors).toEqual([]);
    expect(JSON.parse(found.data).name).toBe(manifest.name);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A private window's; nothing that the site could mend.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  }
  expect(traffic.violations).toEqual([]);
});
