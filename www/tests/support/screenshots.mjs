/**
 * Pictures of the classify page for a person to look at: with an answer on it, in every language, light and dark, desktop and telephone.
 * Usage, after `./build.sh site`: node tests/support/screenshots.mjs FOLDER [PAGE …] (default: index; a page without an element is shown as it opens)
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { LANGUAGES } from '../../element/words/languages.js';
import config from '../../playwright.config.mjs';
import { serve } from '../../serve.mjs';

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const [folder, ...pages] = process.argv.slice(2);
if (!folder) throw new Error('usage: node tests/support/screenshots.mjs FOLDER [PAGE …]');
mkdirSync(folder, { recursive: true });
const server = await serve(here('../../dist'));
const browser = await chromium.launch(config.use.launchOptions);
for (const name of pages.length ? pages : ['index']) {
  for (const lang of LANGUAGES) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await page.goto(`${server.origin}/${name}${lang === 'en' ? '' : `.${lang}`}.html`);
        if (await page.locator('derm-classifier').count()) {
          const sample = { name: 'synthetic-1.png', mimeType: 'image/png', buffer: readFileSync(here('../../element/arriving/samples/synthetic-1.png')) };
          await page.setInputFiles('.chooser', sample);
          await page.locator('.answer[data-state=answered]').waitFor();
          await page.locator('.computed summary').click();
        }
        await page.screenshot({ path: `${folder}/${name}-${lang}-${colorScheme}-${size}.png`, fullPage: true });
        await page.close();
      }
    }
  }
}
await browser.close();
await server.close();
