import { expect, spot, test } from './support.mjs';

test.use({ hasTouch: true });

test('a finger moves the box and does not scroll the page', async ({ site, page }) => {
  await page.setViewportSize({ width: 400, height: 500 });
  await site.open();
  await site.answered(spot(3));
  await page.getByRole('button', { name: 'Smaller box' }).click();
  await site.crop.scrollIntoViewIfNeeded();
  const before = await site.box.textContent();
  const scrolled = await page.evaluate(() => scrollY);
  const { x, y, width, height } = await site.crop.boundingBox();
  const session = await page.context().newCDPSession(page);
  const touch = (type, dx) => session.send('Input.dispatchTouchEvent', {
    type, touchPoints: type === 'touchEnd' ? [] : [{ x: x + width / 2 + dx, y: y + height / 2 + dx }],
  });
  await touch('touchStart', 0);
  for (let dx = 4; dx <= 24; dx += 4) await touch('touchMove', -dx);
  await touch('touchEnd');
  await expect(site.box).not.toHaveText(before);
  expect(await page.evaluate(() => scrollY)).toBe(scrolled);
  await site.state('answered');
});
