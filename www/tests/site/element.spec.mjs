import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'vite';
import { compose } from '../../pages.mjs';
import { policy } from '../../policy/headers.mjs';
import { LANGUAGES } from '../../element/words/languages.js';
import { ROOT, workers } from '../support/fixtures.mjs';
import { expect, letter, spot, test as base } from './support.mjs';

/** The most that the element may weigh beyond the package, brotli-compressed, with one language. */
const BUDGET_BYTES = 25_000;

/** A classifier's workers: the one that answers, and those that stand by. */
const CREW = 3;

/** `portal(body, head)` opens a page of a portal's own, beside the built files, under the policy that portals are told to copy. */
const test = base.extend({
  portal: async ({ page, built, site, traffic: _ }, use) => {
    const watch = () => {
      globalThis.events = [];
      for (const name of ['ready', 'progress', 'result', 'error']) {
        document.addEventListener(name, ({ target, detail }) => globalThis.events.push([target.id, name, detail]), true);
      }
    };
    await use(async (body, head = '<title>portal</title>', sent = policy('page')) => {
      const html = `<!doctype html><html lang="en"><head><link rel="icon" href="data:,">${head}<script type="module" src="derm-classifier.js"></script></head><body>${body}</body></html>`;
      const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': sent.replace("img-src 'self'", "img-src 'self' data:") };
      await page.route('**/portal-page.html', (route) => route.fulfill({ body: html, headers }));
      await page.addInitScript(watch);
      await site.open({ path: 'portal-page.html', wait: false });
      await page.locator('derm-classifier .widget').first().waitFor();
    });
  },
  events: async ({ page }, use) => {
    await use((id) => page.evaluate((wanted) => globalThis.events.filter(([from]) => from === wanted).map(([, name]) => name), id));
  },
});

const choose = (page, id, ...files) => page.locator(`#${id} .chooser`).setInputFiles(files);
const state = (page, id, wanted) => expect(page.locator(`#${id} .answer`)).toHaveAttribute('data-state', wanted);

test('three lines of HTML answer under the policy that portals are told to copy, Trusted Types included', async ({ page, site, built, traffic }) => {
  await site.open({ path: 'portals.html', wait: false });
  const meta = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  expect(meta).toBe(policy('page'));
  expect(meta).toContain("require-trusted-types-for 'script'");
  expect(meta).not.toMatch(/'unsafe-|data:/);
  // What is told is what is there.
  await expect(page.locator('pre').first()).toContainText('<script type="module" src="derm-classifier.js"></script>');
  await expect(page.locator('pre').nth(1)).toHaveText(meta.replaceAll('; ', ';\n'));
  expect(await page.evaluate(() => [...document.scripts].some((script) => script.getAttribute('src') === 'derm-classifier.js'))).toBe(true);
  await page.getByRole('button', { name: 'Synthetic drawing 1' }).click();
  await site.state('answered');
  await expect.poll(() => workers(page).length).toBe(CREW);
  expect(traffic.requests.filter((url) => !/^(blob|data):/.test(url) && !url.startsWith(built))).toEqual([]);
  expect(await page.evaluate(() => { try { new Worker('x.js'); } catch (error) { return error.name; } })).toBe('TypeError');
});

test('nothing is loaded before it is needed, and the events tell what happens', async ({ page, portal, events, traffic }) => {
  await portal('<derm-classifier id="a"></derm-classifier>');
  expect(traffic.requests.filter((url) => /\.(wasm|safetensors)$/.test(url))).toEqual([]);
  await expect(page.locator('#a .status')).toContainText('is loaded when you add a photograph');
  await choose(page, 'a', spot(1));
  await state(page, 'a', 'answered');
  const told = await events('a');
  expect(told.at(-1)).toBe('result');
  expect(told.indexOf('ready')).toBeGreaterThan(told.indexOf('progress'));
  const [code, value, top] = await page.evaluate(() => {
    const element = document.querySelector('#a');
    const { answer, file } = globalThis.events.at(-1)[2];
    return [element.answer === answer && file.name, JSON.parse(element.value), answer.ranked[0].code];
  });
  expect(code).toBe('spot-1.png');
  expect(value).toMatchObject({ code: top, abstained: null, prior: 'training' });
  await choose(page, 'a', letter);
  await state(page, 'a', 'error');
  expect(await page.evaluate(() => globalThis.events.at(-1).slice(1).map((part) => part.code ?? part))).toEqual(['error', 'image-format']);
});

test('several share one classifier, whose workers end with the last of them; one that is moved keeps its photograph', async ({ page, portal }) => {
  await portal('<div id="left"><derm-classifier id="a" eager></derm-classifier></div><div id="right"><derm-classifier id="b" eager></derm-classifier></div>');
  await Promise.all(['a', 'b'].map((id) => choose(page, id, spot(id === 'a' ? 1 : 2))));
  for (const id of ['a', 'b']) await state(page, id, 'answered');
  await expect.poll(() => workers(page).length).toBe(CREW);
  await page.evaluate(() => document.querySelector('#right').append(document.querySelector('#a')));
  await state(page, 'a', 'answered');
  await expect.poll(() => workers(page).length).toBe(CREW);
  await page.evaluate(() => document.querySelector('#b').remove());
  await choose(page, 'a', spot(3));
  await state(page, 'a', 'answered');
  await page.evaluate(() => document.querySelector('#a').remove());
  await expect.poll(() => workers(page).length).toBe(0);
});

test('one that is taken from the page and put back later has its photograph and its answer', async ({ page, portal }) => {
  await portal('<derm-classifier id="a"></derm-classifier>');
  await choose(page, 'a', spot(1));
  await state(page, 'a', 'answered');
  const words = await page.locator('#a .verdict').textContent();
  await page.evaluate(() => (globalThis.kept = document.querySelector('#a')).remove());
  await expect.poll(() => workers(page).length).toBe(0);
  await page.evaluate(() => document.body.append(globalThis.kept));
  await expect(page.locator('#a .verdict')).toHaveText(words);
  await page.evaluate(() => globalThis.kept.clear());
  await choose(page, 'a', spot(2));
  await state(page, 'a', 'answered');
  await expect.poll(() => workers(page).length).toBe(CREW);
});

test('its label names it and brings the keyboard to it', async ({ page, portal }) => {
  await portal('<label for="a">A photograph of the spot</label><derm-classifier id="a"></derm-classifier>');
  // What the element says of itself is in the browser's tree only.
  const { nodes } = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree');
  expect(nodes.filter(({ role }) => role?.value === 'group').map(({ name }) => name.value)).toContain('A photograph of the spot');
  await page.getByText('A photograph of the spot').click();
  await expect(page.getByRole('button', { name: 'Choose a photograph' })).toBeFocused();
});

test('as a form\'s field it sends the answer and no picture, can be required, disabled and reset', async ({ page, portal }) => {
  await portal('<form><fieldset><derm-classifier id="a" name="spot" required></derm-classifier></fieldset><button>Send</button></form>');
  const field = () => page.evaluate(() => {
    const form = document.querySelector('form');
    const values = new FormData(form).getAll('spot');
    return { valid: form.checkValidity(), values, message: document.querySelector('#a').validationMessage, listed: form.elements.length };
  });
  expect(await field()).toEqual({ valid: false, values: [], message: 'Add a photograph.', listed: 3 });
  expect(await page.evaluate(() => { document.querySelector('#a').reportValidity(); return globalThis.focused().textContent; })).toBe('Choose a photograph');
  await choose(page, 'a', spot(1));
  await state(page, 'a', 'answered');
  const { valid, values } = await field();
  expect(valid).toBe(true);
  expect(values).toHaveLength(1);
  expect(Object.keys(JSON.parse(values[0])).sort()).toEqual(['abstained', 'code', 'covering', 'prior', 'probabilities', 'weights']);
  expect(values[0]).not.toContain('spot-1');
  await page.evaluate(() => (document.querySelector('fieldset').disabled = true));
  await expect(page.locator('#a .widget')).toHaveAttribute('inert', '');
  expect((await field()).values).toEqual([]);
  await page.evaluate(() => (document.querySelector('fieldset').disabled = false));
  await page.evaluate(() => document.querySelector('form').reset());
  await expect(page.locator('#a .arriving')).toBeVisible();
  expect((await field()).values).toEqual([]);
});

test('the language follows the attribute or the page, is fetched when used, and changes with the photograph open', async ({ page, portal, traffic }) => {
  await portal('<derm-classifier id="a"></derm-classifier><div lang="hi"><derm-classifier id="b"></derm-classifier></div>');
  const fetched = () => traffic.requests.map((url) => url.match(/assets\/(de|es|en|hi)-[\w-]+\.js$/)?.[1]).filter(Boolean).sort();
  await expect(page.locator('#b .primary').first()).toHaveText('फ़ोटो चुनें');
  expect(fetched()).toEqual(['en', 'hi']);
  await choose(page, 'a', spot(1));
  await state(page, 'a', 'answered');
  await page.evaluate(() => document.querySelector('#a').setAttribute('lang', 'de'));
  await expect(page.locator('#a .verdict')).toContainText('Am ähnlichsten: Melanozytärer Nävus (Muttermal)');
  await expect(page.locator('#a .widget')).toHaveAttribute('lang', 'de');
  await expect(page.locator('#a .stage')).toHaveAttribute('data-state', 'shown');
  await expect(page.locator('#a .figure').first()).toHaveText(/\d\u00a0%$/);
  expect(fetched()).toEqual(['de', 'en', 'hi']);
  await expect.poll(() => workers(page).length).toBe(CREW);
});

test('a portal\'s own words stand in its slots and in place of messages, right to left too; the note stays', async ({ page, portal }) => {
  await page.setViewportSize({ width: 600, height: 900 });
  await portal(`<derm-classifier id="a"><b slot="heading">Your spot, please</b><a slot="answered" href="/book">Book</a><i slot="note">Call 112.</i></derm-classifier>
    <derm-classifier id="b" lang="ar"></derm-classifier>`);
  await expect(page.getByText('Your spot, please')).toBeVisible();
  await page.evaluate(() => Object.assign(document.querySelector('#b'), { messages: { dir: 'rtl', arriving: { choose: 'اختر صورة' } } }));
  await expect(page.locator('#b .widget')).toHaveCSS('direction', 'rtl');
  await expect(page.locator('#b .primary').first()).toHaveText('اختر صورة');
  await expect(page.locator('#b .widget')).toHaveAttribute('lang', 'ar');
  for (const id of ['a', 'b']) {
    await choose(page, id, spot(1));
    await state(page, id, 'answered');
  }
  await expect(page.getByRole('link', { name: 'Book' })).toBeVisible();
  await expect(page.locator('#a .note')).toContainText('Not a medical device.');
  await expect(page.getByText('Call 112.')).toBeVisible();
  const [marker, figure] = await Promise.all(['.marker', '.figure'].map((name) => page.locator(`#b .row ${name}`).first().boundingBox()));
  expect(marker.x).toBeGreaterThan(figure.x);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(600);
});

test('options and words that were set before the element was known count', async ({ page, portal }) => {
  await page.addInitScript(() => {
    const { define } = CustomElementRegistry.prototype;
    CustomElementRegistry.prototype.define = function (...given) {
      Object.assign(document.querySelector('#a'), { messages: { arriving: { choose: 'Mine' } } });
      return define.apply(this, given);
    };
  });
  await portal('<derm-classifier id="a"></derm-classifier>');
  await expect(page.locator('#a .primary').first()).toHaveText('Mine');
});

test('the module may be loaded twice, and leaves no name behind on the page', async ({ page, portal }) => {
  await page.addInitScript(() => (globalThis.before = new Set(Object.getOwnPropertyNames(globalThis))));
  await portal('<derm-classifier id="a"></derm-classifier>');
  const added = await page.evaluate(async () => {
    await import('/derm-classifier.js?again');
    return Object.getOwnPropertyNames(globalThis).filter((name) => !globalThis.before.has(name));
  });
  expect(added.filter((name) => !['before', 'events', 'find', 'findAll', 'focused', 'a'].includes(name))).toEqual([]);
});

test('light and dark, colours and movement follow the reader and the portal', async ({ page, portal }) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await portal('<derm-classifier id="a"></derm-classifier><derm-classifier id="b" theme="light"></derm-classifier>');
  const paper = (id) => page.locator(`#${id}`).evaluate((node) => getComputedStyle(node).backgroundColor);
  expect([await paper('a'), await paper('b')]).toEqual(['rgb(21, 24, 26)', 'rgb(251, 251, 249)']);
  await page.locator('#b').evaluate((node) => node.style.setProperty('--derm-accent', 'rgb(120, 0, 90)'));
  await expect(page.locator('#b .primary').first()).toHaveCSS('background-color', 'rgb(120, 0, 90)');
  await choose(page, 'a', spot(1));
  await state(page, 'a', 'answered');
  expect(await page.locator('#a .fill').first().evaluate((bar) => getComputedStyle(bar).transitionDuration)).toBe('0s');
});

for (const [lang, words] of [['', 'What this is, and what it is not'], ['.de', 'Was das ist, und was es nicht ist'], ['.es', 'Qué es esto, y qué no es'], ['.hi', 'यह क्या है, और क्या नहीं']]) {
  test(`index${lang}.html says what it is before any script, in the dark too`, async ({ browser, built }) => {
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: 'dark' });
    const page = await context.newPage();
    const response = await page.goto(`${built}/index${lang}.html`);
    await expect(page.getByText(words)).toBeVisible();
    // This way of switching scripts off does not show what stands in `noscript`.
    expect(await response.text()).toMatch(/<noscript><p>[^<]*JavaScript/);
    await expect(page.locator('html')).toHaveAttribute('lang', lang.slice(1) || 'en');
    await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(21, 24, 26)');
    await expect(page.locator('.languages [aria-current]')).toHaveCount(1);
    await context.close();
  });
}

test('every page in every language leads to pages that are there', async ({ page, built, request }) => {
  const seen = new Set();
  const wanted = ['index.html'];
  while (wanted.length) {
    const name = wanted.pop();
    if (seen.has(name)) continue;
    seen.add(name);
    const response = await request.get(`${built}/${name}`);
    expect.soft(response.status(), name).toBe(200);
    const html = await response.text();
    expect.soft(html, name).not.toContain('{{');
    wanted.push(...[...html.matchAll(/href="([\w.-]+\.html)/g)].map(([, next]) => next));
  }
  const pages = readdirSync(`${ROOT}www/site`).filter((name) => name.endsWith('.html'));
  expect(seen.size).toBe(pages.length * LANGUAGES.length);
  expect(page.url()).toBe('about:blank');
});

test('the page for educators links to the lab when it is there', async ({ built, request }) => {
  expect(compose('a\n<!-- where how.html -->\nb\n<!-- end -->\nc')).toBe('a\nb\nc');
  expect(compose('a\n<!-- where nowhere.html -->\nb\n<!-- end -->\nc')).toBe('a\nc');
  const html = await (await request.get(`${built}/educators.html`)).text();
  expect(html.includes('href="lab.html"')).toBe(existsSync(`${ROOT}www/site/lab.html`));
});

test('colours chosen on an earlier visit are there before the first paint', async ({ page, built }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.addInitScript(() => localStorage.setItem('theme', 'dark'));
  await page.route('**/assets/*.js', () => {});
  await page.goto(`${built}/index.html`, { waitUntil: 'commit' });
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(21, 24, 26)');
});

test('a language whose words cannot be fetched is told as an error, and what stood there stays', async ({ page, portal }) => {
  await page.route(/assets\/de-[\w-]+\.js/, (route) => route.abort());
  await portal('<derm-classifier id="a"></derm-classifier>');
  await page.evaluate(() => document.querySelector('#a').setAttribute('lang', 'de'));
  await expect.poll(() => page.evaluate(() => globalThis.events.at(-1)?.[2].code)).toBe('network');
  await expect(page.locator('#a .primary').first()).toHaveText('Choose a photograph');
});

test('the element weighs little beyond the package', async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    root: `${ROOT}www`,
    build: { write: false, target: 'es2022', modulePreload: false, assetsInlineLimit: 0, rollupOptions: { input: `${ROOT}www/element/define.js`, external: /lib\/index\.js$/ } },
    worker: { format: 'es' },
  });
  const sizes = result.output
    .filter(({ type, fileName }) => type === 'chunk' && !/dermdistill-|worker-/.test(fileName))
    .map(({ fileName, code }) => ({ fileName, bytes: brotliCompressSync(code).length }));
  const languages = sizes.filter(({ fileName }) => /\/(en|de|es|hi)-/.test(fileName)).map(({ bytes }) => bytes);
  expect(languages).toHaveLength(4);
  const sum = sizes.reduce((bytes, size) => bytes + size.bytes, 0) - languages.reduce((a, b) => a + b) + Math.max(...languages);
  console.log(`the element and its longest language, brotli: ${sum} bytes; budget ${BUDGET_BYTES}`);
  expect(sum).toBeGreaterThan(10_000);
  expect(sum).toBeLessThanOrEqual(BUDGET_BYTES);
});

test('its manual tells of every attribute, slot and part there is', () => {
  const manual = readFileSync(`${ROOT}www/element/define.d.ts`, 'utf8');
  const sources = ['answer/answer.js', 'answer/ranking.js', 'answer/verdict.js', 'arriving/arriving.js', 'model/status.js', 'photograph/stage.js', 'visit/strip.js', 'dom.js']
    .map((name) => readFileSync(`${ROOT}www/element/${name}`, 'utf8')).join('\n');
  const slots = [...sources.matchAll(/slot\('([a-z]+)'/g)].map(([, name]) => name);
  const parts = [...sources.matchAll(/\bpart'?: '([a-z ]+)'/g)].flatMap(([, names]) => names.split(' '));
  expect(slots.length).toBeGreaterThan(6);
  expect(parts.length).toBeGreaterThan(8);
  for (const name of [...slots, ...parts]) expect.soft(manual, name).toContain(`\`${name}\``);
});
