/** The README's picture: the built classify page with a drawn spot, as Chromium shows it. Usage: ./build.sh site && node scripts/picture.mjs */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../www/serve.mjs';

const www = fileURLToPath(new URL('../www/', import.meta.url));
const { chromium } = createRequire(`${www}package.json`)('@playwright/test');
const server = await serve(`${www}dist`);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1080, height: 760 }, colorScheme: 'light' });
await page.goto(`${server.origin}/index.html`);
await page.locator('.status[data-state="ready"]').waitFor({ timeout: 60_000 });
await page.getByRole('button', { name: 'Synthetic drawing 2' }).click();
await page.locator('.answer[data-state="answered"], .answer[data-state="declined"], .answer[data-state="abstained"]').waitFor({ timeout: 60_000 });
await page.mouse.move(0, 0);
await page.waitForTimeout(500);
const png = (await page.screenshot()).toString('base64');
await page.goto('about:blank');
const webp = await page.evaluate(async (base64) => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d').drawImage(picture, 0, 0);
  return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 })).arrayBuffer())];
}, png);
writeFileSync(new URL('../docs/widget.webp', import.meta.url), Buffer.from(webp));
console.log(`docs/widget.webp: ${webp.length} bytes`);
await browser.close();
await server.close();
