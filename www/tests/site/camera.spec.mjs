import { expect, test } from './support.mjs';

test.use({
  launchOptions: async ({ launchOptions }, use) => use({
    ...launchOptions,
    args: [...launchOptions.args, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  }),
});

test('the camera shows a live picture, and the shutter gives a photograph that is answered', async ({ site, page }) => {
  await site.open();
  await page.getByRole('button', { name: 'Camera' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take a photograph' });
  await expect(dialog).toBeVisible();
  const shutter = dialog.getByRole('button', { name: 'Take the photograph' });
  await expect(shutter).toBeEnabled();
  expect(await dialog.locator('video').evaluate((video) => video.videoWidth)).toBeGreaterThan(0);
  await shutter.click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('#answer')).toHaveAttribute('data-state', /answered|cannot/);
  expect(await page.locator('video').evaluate((video) => video.srcObject)).toBeNull();
});

test('cancelling switches the camera off', async ({ site, page }) => {
  await page.addInitScript(() => {
    globalThis.streams = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      globalThis.streams.push(stream);
      return stream;
    };
  });
  await site.open();
  await page.getByRole('button', { name: 'Camera' }).click();
  await expect(page.getByRole('button', { name: 'Take the photograph' })).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  // The dialog's close event, which ends the stream, comes a task after the dialog is gone.
  const tracks = () => page.evaluate(() => globalThis.streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState));
  await expect.poll(tracks).toEqual(['ended']);
  await expect(page.locator('#drop')).toBeVisible();
});

for (const [name, words] of [['NotAllowedError', 'does not let this page use the camera'], ['NotFoundError', 'No camera was found'], ['NotReadableError', 'in use by another program']]) {
  test(`${name} is told in words`, async ({ site, page }) => {
    await page.addInitScript((error) => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('', error);
      };
    }, name);
    await site.open();
    await page.getByRole('button', { name: 'Camera' }).click();
    await expect(page.getByRole('dialog')).toContainText(words);
    await expect(page.getByRole('button', { name: 'Take the photograph' })).toBeDisabled();
  });
}
