import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, letter, spot, test } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every rule of axe-core, best practices included; a finding is its rule and where. */
async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}: ${node.failureSummary}`));
}

/** Brings the page into each of its states. */
const STATES = {
  empty: (site) => site.open(),
  async loading(site) {
    await site.page.route('**/*.safetensors', () => {});
    await site.open({ wait: false });
    await site.choose(spot(1));
    await expect(site.verdict).toContainText('Waiting');
  },
  async answered(site) {
    await site.open();
    await site.answered(spot(1), spot(3));
    await expect(site.thumbs.nth(1)).toContainText('%');
    await site.page.getByText('How this was computed').click();
  },
  async cannot(site) {
    await site.open({ abstained: 'unfamiliar' });
    await site.choose(spot(2));
    await site.state('cannot');
    await site.page.getByText('The figures, not to be relied on').click();
  },
  async error(site) {
    await site.open();
    await site.choose(letter);
    await site.state('error');
  },
  async old(site) {
    await site.page.addInitScript(() => (WebAssembly.validate = () => false));
    await site.open({ wait: false });
    await expect(site.status).toHaveAttribute('data-state', 'old');
  },
};

/** Buttons, fields and disclosures too small for a finger. */
const smallTargets = (page) => page.evaluate(() => globalThis.findAll('button, input[type=range], summary, .switch, nav a')
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .map((node) => ({ name: node.id || node.textContent.trim(), box: node.getBoundingClientRect() }))
  .filter(({ box }) => box.height < 43.9 || box.width < 43.9)
  .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`));

for (const [name, reach] of Object.entries(STATES)) {
  test(`${name}: fits 320, 390 and 1280 pixels, fingers find every target, and axe finds nothing in light and dark`, async ({ site, page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await reach(site);
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
      expect.soft(await smallTargets(page), `${width}`).toEqual([]);
      for (const colorScheme of width === 320 ? [] : ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await page.evaluate(() => getComputedStyle(globalThis.find('.widget')).colorScheme)).toBe(colorScheme);
        expect.soft(await findings(page), `${width}, ${colorScheme}`).toEqual([]);
      }
    }
  });
}

for (const name of ['how', 'portals', 'educators']) {
  test(`${name}.html: axe finds nothing, it fits, and fingers find every target`, async ({ site, page }) => {
    for (const [width, colorScheme, lang] of [[320, 'light', ''], [390, 'dark', '.hi'], [1280, 'dark', '.de']]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await site.open({ path: `${name}${lang}.html`, wait: false });
      if (name === 'how') await expect(page.locator('#card-facts dt').first()).toBeVisible();
      if (name === 'portals') {
        expect.soft(await findings(page), `${width}${lang}, empty`).toEqual([]);
        await site.answered(spot(1));
        await page.locator('.computed summary').click();
      }
      expect.soft(await findings(page), `${width}${lang}`).toEqual([]);
      expect.soft(await smallTargets(page), `${width}${lang}`).toEqual([]);
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), `${width}${lang}`).toBeLessThanOrEqual(width);
    }
  });
}

test('lab.html: axe finds nothing, it fits, and fingers find every target', async ({ site, page }) => {
  test.setTimeout(300_000);
  for (const [width, colorScheme, query] of [[320, 'light', '.html'], [390, 'dark', '.hi.html'], [1280, 'light', '.es.html?projector'], [1280, 'dark', '.de.html']]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await site.open({ path: `lab${query}`, wait: false });
    await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
    const check = async (state) => {
      expect.soft(await findings(page), `${width}${query}, ${state}`).toEqual([]);
      expect.soft(await smallTargets(page), `${width}${query}, ${state}`).toEqual([]);
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), `${width}${query}, ${state}`).toBeLessThanOrEqual(width);
    };
    await check('start');
    await page.locator('#starter').click();
    await expect(page.locator('.thumbs button')).toHaveCount(12, { timeout: 120_000 });
    await page.locator('input[value="d-kd"]').check();
    await page.locator('#step').click();
    await expect(page.locator('#relations [role="application"]:visible')).toHaveCount(5, { timeout: 120_000 });
    await page.locator('.thumbs button').first().click();
    await expect(page.locator('.looked .over').first()).toBeVisible({ timeout: 60_000 });
    for (const summary of await page.locator('#happens summary:visible').all()) await summary.click();
    await check('after');
  }
});

/** Controls of the header that another one lies over, and terms whose words run out of their column. */
const collisions = (page) => page.evaluate(() => {
  scrollTo(0, 0);
  const covered = [...document.querySelectorAll('header :is(a, summary, button)')].filter((node) => node.checkVisibility()).filter((node) => {
    const { left, right, top, height } = node.getBoundingClientRect();
    return [left + 2, right - 2].some((x) => !node.contains(document.elementFromPoint(x, top + height / 2)));
  });
  const wide = globalThis.findAll('.facts dt').filter((node) => node.scrollWidth > node.clientWidth);
  return [...covered, ...wide].map((node) => node.textContent.trim() || node.id);
});

test('the lab by keyboard alone: examples, a rung, a step, a cell of a matrix', async ({ site, page }) => {
  test.setTimeout(300_000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await site.open({ path: 'lab.html', wait: false });
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  const tabTo = async (selector) => {
    for (let i = 0; i < 120; i += 1) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const node = document.activeElement;
        // A file's field is clear; its label shows the focus.
        const style = getComputedStyle(node.matches('.file input') ? node.parentElement : node);
        return node.checkVisibility() && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
      });
      expect(seen, `the focus can be seen on the way to ${selector}`).toBe(true);
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    throw new Error(`${selector} was not reached`);
  };
  await page.locator('main').focus();
  await page.keyboard.press('Tab');
  await tabTo('#starter');
  await page.keyboard.press('Enter');
  await expect(page.locator('.thumbs button')).toHaveCount(12, { timeout: 120_000 });
  await tabTo('#rungs input');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('input[value="d-kd"]')).toBeChecked();
  await page.keyboard.press('Shift+Tab');
  while (!(await page.evaluate(() => document.activeElement.id === 'step'))) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('#relations [role="application"]:visible')).toHaveCount(5, { timeout: 120_000 });
  await expect(page.locator('#step')).toBeFocused();
  await tabTo('#relations [role="application"]');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('.readout:visible')).toHaveCount(1);
});

for (const lang of ['de', 'es', 'hi']) {
  test(`index.${lang}.html: fits with an answer on it, and axe finds nothing`, async ({ site, page }) => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await site.open({ path: `index.${lang}.html` });
    await site.answered(spot(1));
    await page.locator('.computed summary').click();
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect.soft(await collisions(page), `${width}`).toEqual([]);
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
      expect.soft(await smallTargets(page), `${width}`).toEqual([]);
      expect.soft(await findings(page), `${width}`).toEqual([]);
    }
  });
}

test('at twice the text size nothing is cut off', async ({ site, page }) => {
  await page.setViewportSize({ width: 640, height: 800 });
  await site.open();
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await site.answered(spot(1));
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
  const cut = await page.evaluate(() => globalThis.findAll('.answer *, .look *, .strip button')
    .filter((node) => node.checkVisibility() && !node.matches('.visually-hidden') && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'visible').map((node) => node.id || node.className));
  expect(cut).toEqual([]);
});

test('the whole way by keyboard: choose a drawing, move the box, ask for a class, flip the switch, open the facts', async ({ site, page }) => {
  await site.open();
  const focused = () => page.evaluate(() => globalThis.focused().className || globalThis.focused().textContent.trim());
  /** Tabs until the focus is where `selector` says; every stop on the way must be visible and show its focus. */
  async function tabTo(selector) {
    const stops = [];
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
      const shown = await page.evaluate(() => {
        const style = getComputedStyle(globalThis.focused());
        return globalThis.focused().checkVisibility() && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      });
      expect(shown, `the focus can be seen on the last of ${stops.join(' → ')}, on the way to ${selector}`).toBe(true);
      if (await page.evaluate((wanted) => globalThis.focused().matches(wanted), selector)) return;
    }
    throw new Error(`${selector} was not reached; the stops were ${stops.join(', ')}`);
  }
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement.matches('.skip'))).toBe(true);
  await page.keyboard.press('Enter');
  await tabTo('.sample');
  await page.keyboard.press('Enter');
  await site.state('answered');
  // The answer may be there before the browser has shown the picture that the box lies on.
  await expect(site.crop).toBeVisible();
  await tabTo('.crop');
  const before = await site.box.textContent();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('ArrowRight');
  expect(await site.box.textContent()).not.toBe(before);
  // Until the answer for the moved box is there, the rows may still change their places.
  await expect(page.locator('.stage-heat')).not.toHaveClass(/stale/);
  await tabTo('.ranking li:nth-child(2) button');
  const asked = await page.evaluate(() => globalThis.focused().closest('li').dataset.class);
  await page.keyboard.press('Space');
  await expect(page.locator(`.ranking li[data-class=${asked}] button`)).toHaveAttribute('aria-pressed', 'true');
  await tabTo('.equal');
  await page.keyboard.press('Space');
  await expect(site.equal).toBeChecked();
  await expect(site.verdict).toContainText('equally common');
  await tabTo('.computed summary');
  await page.keyboard.press('Enter');
  await expect(page.locator('.computed dl')).toBeVisible();
  await tabTo('.opacity');
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.opacity')).toHaveValue('35');
  await tabTo('.forget-all');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Choose a photograph' })).toBeFocused();
});

test('one h1, and headings, landmarks and the live region are where a screen reader looks for them', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(1));
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  for (const role of ['banner', 'main', 'contentinfo', 'navigation']) await expect(page.getByRole(role)).toHaveCount(1);
  for (const name of ['Photograph', 'Answer', 'Where it looked', 'Photographs of this visit']) await expect(page.getByRole('region', { name, exact: true })).toBeVisible();
  await expect(page.locator('.live')).toHaveAttribute('aria-live', 'polite');
  await expect(site.rows.getByRole('button', { name: /^[A-Z][a-z() -]+ [A-Z]{2,4} ([<>]\s)?\d+%$/ })).toHaveCount(8);
});
