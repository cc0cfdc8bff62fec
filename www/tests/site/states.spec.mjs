import { expect, letter, spot, test } from './support.mjs';

/** Holds the weight file back until `release` is called. */
async function hold(page) {
  let release;
  const gate = new Promise((done) => (release = done));
  await page.route('**/*.safetensors', async (route) => {
    await gate;
    await route.continue().catch(() => {});
  });
  return release;
}

test('while the network loads a photograph can be chosen, and waits in its place', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await expect(site.status).toHaveAttribute('data-state', 'loading');
  // The whole is known although the weights' server has not answered.
  await expect(site.status).toContainText(/ of \d\.\d MB/);
  await site.choose(spot(1));
  await expect(site.verdict).toContainText('Waiting for the network to load');
  await expect(site.rows).toHaveCount(8);
  const place = await page.locator('.ranking').boundingBox();
  release();
  await site.state('answered');
  // Nothing jumps: the list stands where its place was kept.
  const stands = await page.locator('.ranking').boundingBox();
  expect(Math.abs(stands.y - place.y)).toBeLessThan(2);
  expect(Math.abs(stands.height - place.height)).toBeLessThan(2);
});

test('the bar counts bytes and ends full', async ({ site, page }) => {
  await page.addInitScript(() => {
    globalThis.steps = [];
    const observer = new MutationObserver(() => {
      const bar = globalThis.find('.status progress');
      if (bar?.hasAttribute('value')) globalThis.steps.push([bar.value, bar.max]);
    });
    // The element's own tree is observed from its birth.
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (...given) {
      const root = attachShadow.apply(this, given);
      observer.observe(root, { subtree: true, attributes: true, attributeFilter: ['value', 'max'] });
      return root;
    };
  });
  const release = await hold(page);
  await site.open({ wait: false });
  await expect(site.status).toHaveAttribute('data-state', 'loading');
  release();
  await site.loaded();
  const steps = await page.evaluate(() => globalThis.steps);
  const [value, max] = steps.at(-1);
  expect(value).toBe(max);
  expect(max).toBeGreaterThan(1e6);
  await expect(site.status).toContainText(`${(max / 1e6).toFixed(1)} MB loaded`);
});

test('loading can be stopped and taken up again, and a waiting photograph goes on by itself', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await site.choose(spot(1));
  await site.status.getByRole('button', { name: 'Stop' }).click();
  await expect(site.status).toContainText('Loading stopped.');
  await site.state('error');
  release();
  await site.status.getByRole('button', { name: 'Load again' }).click();
  await site.loaded();
  await site.state('answered');
});

test('a failed download says what to do, and loading again works', async ({ site, page }) => {
  await page.route('**/*.safetensors', (route) => route.abort());
  await site.open({ wait: false });
  await expect(site.status).toHaveAttribute('data-state', 'failed');
  await expect(site.status).toContainText('Check the connection, then load again.');
  await site.choose(spot(1));
  await site.state('error');
  await page.unroute('**/*.safetensors');
  await page.locator('.verdict').getByRole('button', { name: 'Try again' }).click();
  await site.state('answered');
});

test('a damaged weight file is refused', async ({ site, page }) => {
  await page.route('**/*.safetensors', async (route) => {
    const body = Buffer.from(await (await route.fetch()).body());
    body[body.length - 1] ^= 1;
    await route.fulfill({ body });
  });
  await site.open({ wait: false });
  await expect(site.status).toHaveAttribute('data-state', 'failed');
  await expect(site.status).toContainText('the copy on this server is damaged');
});

test('offline before the network is there: said so, and loaded by itself once back', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await site.status.getByRole('button', { name: 'Stop' }).click();
  await page.context().setOffline(true);
  await site.status.getByRole('button', { name: 'Load again' }).click();
  await expect(site.status).toContainText('You are offline and the network is not loaded yet.');
  release();
  await page.context().setOffline(false);
  await site.loaded();
});

test('a browser without WebAssembly SIMD gets a message instead of a broken page', async ({ site, page }) => {
  await page.addInitScript(() => (WebAssembly.validate = () => false));
  await site.open({ wait: false });
  await expect(site.status).toHaveAttribute('data-state', 'old');
  await expect(site.status).toContainText('This browser is too old for this page.');
  await expect(site.status).toContainText('Safari 16.4');
  await site.choose(spot(1));
  await site.state('error');
  await expect(site.verdict).toContainText('lacks WebAssembly SIMD');
});

test('a browser that asks to save data loads nothing until it is needed', async ({ site, page, traffic }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  await site.open({ wait: false });
  await expect(site.status).toContainText('is loaded when you add a photograph');
  expect(traffic.requests.filter((url) => /\.(wasm|safetensors)$/.test(url))).toEqual([]);
  await site.answered(spot(1));
});

/** The step that runs the network never reaches the worker while the page's `swallow` is true. */
async function swallow(page) {
  await page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message?.action === 'look' && globalThis.swallow) return undefined;
      return postMessage.call(this, message, ...rest);
    };
    globalThis.swallow = true;
  });
}

test('a call can be stopped and started again', async ({ site, page }) => {
  await swallow(page);
  await site.open();
  await site.choose(spot(1));
  await expect(site.verdict).toContainText('Working');
  await site.verdict.getByRole('button', { name: 'Stop' }).click();
  await site.state('stopped');
  await expect(site.thumbs.first()).toContainText('stopped');
  await page.evaluate(() => (globalThis.swallow = false));
  await site.verdict.getByRole('button', { name: 'Try again' }).click();
  await site.state('answered');
  await expect(site.thumbs.first()).toContainText('%');
});

test('light and dark follow the system until the reader chooses, and the choice is kept', async ({ site, page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await site.open();
  const theme = () => page.evaluate(() => [document.body, globalThis.find('.widget')].map((node) => getComputedStyle(node).colorScheme).join());
  expect(await theme()).toBe('dark,dark');
  await page.getByRole('button', { name: 'Use light colours' }).click();
  expect(await theme()).toBe('light,light');
  await page.reload();
  expect(await theme()).toBe('light,light');
  await expect(page.getByRole('button', { name: 'Use dark colours' })).toBeVisible();
});

test('the page that explains shows the card of the weight file', async ({ page, built, site, traffic }) => {
  await page.goto(`${built}/how.html`);
  await expect(page.locator('#card-facts')).toContainText('mobilenet_v2');
  await expect(page.locator('#card-facts')).toContainText(/Input\s*\d+ × \d+ pixels/);
  await expect(page.locator('#card-facts')).toContainText(/balanced accuracy: 0\.\d+ \(95 % interval 0\.\d+ to 0\.\d+\)/);
  await expect(page.locator('#classes dt')).toHaveCount(8);
  expect(traffic.requests.every((url) => url.startsWith(built))).toBe(true);
  await page.route('**/*.safetensors', (route) => route.abort());
  await page.reload();
  await expect(page.locator('#card-state')).toContainText('The card could not be read.');
  expect(site.page).toBe(page);
});

test('an error is told in the page\'s language; the package\'s own words stand behind a disclosure', async ({ site }) => {
  await site.open({ path: 'index.de.html' });
  await site.choose(letter);
  await site.state('error');
  const shown = await site.verdict.innerText();
  expect(shown).toContain('Diese Datei ist kein Foto im Format JPEG, PNG oder WebP.');
  expect(shown).not.toMatch(/\b(the|file|is|not|neither)\b/);
  await site.verdict.getByText('Technische Einzelheiten, auf Englisch').click();
  await expect(site.verdict.locator('.found')).toContainText(/JPEG, PNG/);
});

test('"Stop" and "Try again" leave the keyboard where the reader goes on', async ({ site, page }) => {
  await swallow(page);
  await site.open();
  await site.choose(spot(1));
  await site.verdict.getByRole('button', { name: 'Stop' }).focus();
  await page.keyboard.press('Enter');
  await expect(site.verdict.getByRole('button', { name: 'Try again' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(site.verdict.getByRole('button', { name: 'Stop' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.evaluate(() => (globalThis.swallow = false));
  await site.verdict.getByRole('button', { name: 'Try again' }).press('Enter');
  await site.state('answered');
  await expect(site.verdict).toBeFocused();
});

test('the keyboard\'s place is kept when the status line\'s button goes', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await site.status.getByRole('button', { name: 'Stop' }).press('Enter');
  await expect(site.status.getByRole('button', { name: 'Load again' })).toBeFocused();
  release();
  await page.keyboard.press('Enter');
  await site.loaded();
  await expect(site.status.locator('.status-text')).toBeFocused();
});

test('a screen reader is told of each new state of the loading', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await site.status.getByRole('button', { name: 'Stop' }).click();
  await expect(site.live).toHaveText('Loading stopped.');
  release();
  await site.status.getByRole('button', { name: 'Load again' }).click();
  await expect(site.live).toHaveText(/^Ready\./);
});

test('a photograph chosen while offline is answered once the connection is back', async ({ site, page }) => {
  const release = await hold(page);
  await site.open({ wait: false });
  await site.status.getByRole('button', { name: 'Stop' }).click();
  await page.context().setOffline(true);
  await site.choose(spot(1));
  await site.state('error');
  release();
  await page.context().setOffline(false);
  await site.loaded();
  await site.state('answered');
});

test('the page that explains shows its card whatever part of it the address names', async ({ page, built }) => {
  for (const part of ['#1', '#%', '#card']) {
    await page.goto(`${built}/how.html${part}`);
    await page.reload();
    await expect(page.locator('#card-facts'), part).toContainText('mobilenet_v2');
  }
});
