// Beside Chromium, which everything else here runs in: the package, the pages, ten steps of the learner and the promise of no network in
// other engines. What is asked is asked in the page; that nothing was requested is the server's word, not the browser's.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../serve.mjs';
import { BROWSERS } from './support/browsers.mjs';
import { COMMAND, difference, expect, ROOT, SAME, test } from './support/fixtures.mjs';
import { kept, NOTHING, watchStorage } from './support/storage.mjs';
import { stranger, tryWaysOut } from './support/ways-out.mjs';

const SAMPLE = `${ROOT}www/element/arriving/samples/synthetic-1.png`;
const sample = () => readFileSync(SAMPLE).toString('base64');

/** Runs in the page: a classifier and the helpers. */
const open = async () => {
  await import('/tests/support/client.mjs');
  Object.assign(globalThis.client, await import('/tests/support/drawings.mjs'));
  return globalThis.client.open({});
};

/** Runs in a built page: hands a drawing to its element, and gives what the element shows once it has answered. */
const choose = async (base64) => {
  const until = async (found) => {
    for (let left = 600; left > 0; left -= 1) {
      const value = found();
      if (value) return value;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error(`nothing came: ${document.querySelector('derm-classifier')?.shadowRoot?.textContent.slice(0, 300)}`);
  };
  const reports = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => reports.push(`${violatedDirective} ${blockedURI}`));
  const element = document.querySelector('derm-classifier');
  const inside = await until(() => element.shadowRoot);
  const input = await until(() => inside.querySelector('.chooser'));
  let told = 0;
  element.addEventListener('result', () => (told += 1));
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], 'spot.png', { type: 'image/png' }));
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => told > 0);
  const state = await until(() => !['', 'working', 'busy', undefined].includes(inside.querySelector('.answer')?.dataset.state) && inside.querySelector('.answer').dataset.state);
  const hosts = performance.getEntriesByType('resource').map(({ name }) => new URL(name)).filter(({ protocol }) => protocol.startsWith('http')).map(({ origin }) => origin);
  return { state, rows: inside.querySelectorAll('.ranking li').length, reports, foreign: hosts.filter((origin) => origin !== location.origin) };
};

/** Runs in a built page: waits until a part of it is in a state, which it gives; presses its button before, if told to. */
const reach = async ({ part, states, press }) => {
  const found = () => document.querySelector(part) ?? document.querySelector('derm-classifier')?.shadowRoot?.querySelector(part);
  for (let left = 600; left > 0; left -= 1) {
    const at = found();
    if (press && at?.dataset.state) {
      at.querySelector('button').click();
      press = false;
    }
    if (states.includes(at?.dataset.state)) return at.dataset.state;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`${part} is ${found()?.dataset.state}: ${found()?.textContent}`);
};

const ready = { part: '.status', states: ['ready', 'ready-offline'] };
const ANSWERS = ['answered', 'declined', 'abstained'];

/** Runs in a page: how much of the site lies on the device. */
const onDevice = async () => [(await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length];

for (const [engine, { launch, there }] of Object.entries(BROWSERS)) {
  test.describe(engine, () => {
    test.skip(!there, `${engine} is not on this machine`);
    test.describe.configure({ mode: 'serial' });
    /** @type {import('./support/browsers.mjs').Browser} */
    let browser;
    test.beforeAll(async () => {
      test.setTimeout(180_000);
      browser = await launch();
      console.log(browser.name);
    });
    test.afterAll(() => browser?.close());

    test('the package answers as the command line does, and goes on when there is no server any more', async () => {
      const asked = [];
      const server = await serve(`${ROOT}www`, 0, (url) => asked.push(url));
      const printed = JSON.parse(execFileSync(COMMAND, ['classify', SAMPLE, '--weights', `${ROOT}www/pkg/student.safetensors`, '--json'], { encoding: 'utf8' }));
      const page = await browser.visit(`${server.origin}/tests/support/empty.html`);
      expect((await page.run(open)).code).toBeUndefined();
      const classify = (base64) => globalThis.client.ask('classify', base64, { explain: true });
      // Two spare workers come after the first answer; then nothing more does.
      await page.run(classify, sample());
      await page.run(() => new Promise((later) => setTimeout(later, 2_000)));
      const ready = asked.length;
      const { ok } = await page.run(classify, sample());
      // Not every driver keeps the order of an object's keys.
      const codes = Object.keys(printed.probabilities);
      expect(difference(codes.map((code) => ok.probabilities[code]), codes.map((code) => printed.probabilities[code]))).toBeLessThanOrEqual(SAME);
      await server.close();
      expect((await page.run(classify, sample())).ok.ranked).toHaveLength(8);
      expect(asked.slice(ready)).toEqual([]);
    });

    test('the worker\'s own policy refuses every way out: a stranger hears nothing', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ways-out-'));
      writeFileSync(join(folder, 'empty.html'), '<!doctype html><title>empty</title>');
      // Drivers do not reach into a worker, so this one tries by itself, with the headers that every worker is sent with.
      writeFileSync(join(folder, 'worker.js'), `${tryWaysOut}\nonmessage = ({ data }) => tryWaysOut(...data, (...told) => postMessage(told)).then(() => postMessage([]));`);
      const [server, foreign] = [await serve(folder), await stranger()];
      const page = await browser.visit(`${server.origin}/empty.html`);
      const results = await page.run(async (address) => {
        const known = {};
        // Now and then a worker of Firefox's stops for good, its timers too, once it has tried to start another: the next one goes on.
        const goOn = () => new Promise((done, failed) => {
          const worker = new Worker('/worker.js');
          const end = (finished) => (worker.terminate(), done(finished));
          let silence = setTimeout(end, 20_000, false);
          worker.onmessage = ({ data: [name, outcome] }) => {
            clearTimeout(silence);
            if (!name) return end(true);
            known[name] = outcome;
            silence = setTimeout(end, 20_000, false);
          };
          worker.onerror = failed;
          worker.postMessage([address, known]);
        });
        for (let before = -1; Object.keys(known).length > before;) {
          before = Object.keys(known).length;
          if (await goOn()) return known;
        }
        throw new Error(`no worker says anything after ${JSON.stringify(known)}`);
      }, `${foreign.origin}/`);
      await new Promise((later) => setTimeout(later, 500));
      expect(Object.entries(results).filter(([, result]) => result === 'reached')).toEqual([]);
      for (const name of ['fetch', 'XMLHttpRequest', 'WebSocket', 'import', 'importScripts']) expect.soft(results[name], name).toBe('refused');
      expect(foreign.heard).toEqual([]);
      await Promise.all([server.close(), foreign.close()]);
      rmSync(folder, { recursive: true });
    });

    test('ten steps of the learner', async ({ files }) => {
      const page = await browser.visit(`${files}/tests/support/empty.html`);
      expect((await page.run(open)).code).toBeUndefined();
      const losses = await page.run(async () => {
        const { classifier, learnerWith, reports } = globalThis.client;
        const learner = await learnerWith(classifier, 4);
        const told = await reports(learner.train({ steps: 10, batch: 4 }));
        learner.close();
        return told.map(({ loss }) => loss);
      });
      expect(losses).toHaveLength(10);
      expect(losses.at(-1)).toBeLessThan(losses[0]);
    });

    for (const path of ['index.html', 'portals.html']) {
      test(`the element of ${path} answers, and the policy has nothing to report`, async ({ built }) => {
        const page = await browser.visit(`${built}/${path}`);
        const { state, rows, reports } = await page.run(choose, sample());
        expect(ANSWERS).toContain(state);
        expect(rows).toBe(8);
        expect(reports).toEqual([]);
      });
    }

    test('the classify page requests nothing after “Ready”, never another host, keeps nothing, and answers when there is no server', async () => {
      const heard = [];
      const server = await serve(`${ROOT}www/dist`, 0, (address) => heard.push(address));
      const page = await browser.visit(`${server.origin}/index.html`);
      await page.run(watchStorage);
      await page.run(reach, ready);
      const before = heard.length;
      const first = await page.run(choose, sample());
      await server.close();
      const second = await page.run(choose, sample());
      for (const { state, reports, foreign } of [first, second]) {
        expect(ANSWERS).toContain(state);
        expect([reports, foreign]).toEqual([[], []]);
      }
      expect(heard.slice(before)).toEqual([]);
      expect(heard.filter((address) => /[?#]/.test(address))).toEqual([]);
      expect(await page.run(kept)).toEqual(NOTHING);
    });

    test('kept when asked for, the site opens when there is no server, and answers; “delete” leaves nothing of it', async () => {
      const server = await serve(`${ROOT}www/dist`);
      const page = await browser.visit(`${server.origin}/index.html`);
      await page.run(reach, ready);
      test.skip(!(await page.run(() => 'serviceWorker' in navigator)), `${engine} has no service workers here`);
      expect(await page.run(onDevice)).toEqual([0, 0]);
      await page.run(reach, { part: '#keep', states: ['kept'], press: true });
      await server.close();
      for (const path of ['', 'how.html', 'index.de.html', 'lab.hi.html']) {
        const there = await browser.visit(`${server.origin}/${path}`);
        expect(await there.run(() => document.querySelector('h1').textContent.length), path).toBeGreaterThan(0);
      }
      const again = await browser.visit(`${server.origin}/index.html`);
      await again.run(reach, ready);
      expect(ANSWERS).toContain((await again.run(choose, sample())).state);
      expect(await again.run(onDevice)).toEqual([1, 1]);
      await again.run(reach, { part: '#keep', states: ['forgotten'], press: true });
      expect(await again.run(onDevice)).toEqual([0, 0]);
    });
  });
}
