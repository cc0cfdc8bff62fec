import { createServer } from 'vite';
import { expect, ROOT, test } from '../support/fixtures.mjs';

test('the development server shows the page for portals with its element, which answers', async ({ page, traffic }) => {
  const server = await createServer({ configFile: `${ROOT}www/vite.config.js`, server: { port: 0, strictPort: false }, logLevel: 'error' });
  try {
    await server.listen();
    await page.goto(`${server.resolvedUrls.local[0]}portals.html`);
    await page.getByRole('button', { name: 'Synthetic drawing 1' }).click({ timeout: 60_000 });
    await expect(page.locator('derm-classifier .answer')).toHaveAttribute('data-state', 'answered', { timeout: 60_000 });
    expect(traffic.violations).toEqual([]);
  } finally {
    await server.close();
  }
});
