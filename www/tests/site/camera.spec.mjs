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
  await page.evaluate(() => document.addEventListener('result', ({ detail }) => (globalThis.taken = detail.file.type), true));
  await shutter.click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.answer')).toHaveAttribute('data-state', /answered|cannot/);
  expect(await page.locator('video').evaluate((video) => video.srcObject)).toBeNull();
  // Not compressed once more on its way to the network.
  expect(await page.evaluate(() => globalThis.taken)).toBe('image/png');
});

/** Keeps every stream that the page is granted in `streams`, each granted only when `grant` is called while `slow`. */
async function watch(page, slow = false) {
  await page.addInitScript((held) => {
    globalThis.streams = [];
    globalThis.grants = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      if (held) await new Promise((grant) => globalThis.grants.push(grant));
      const stream = await ask(wanted);
      globalThis.streams.push(stream);
      return stream;
    };
  }, slow);
  return () => page.evaluate(() => globalThis.streams.flatMap((stream) => stream.getTracks()).map((track) => track.readyState));
}

test('cancelling switches the camera off', async ({ site, page }) => {
  const tracks = await watch(page);
  await site.open();
  await page.getByRole('button', { name: 'Camera' }).click();
  await expect(page.getByRole('button', { name: 'Take the photograph' })).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  // The dialog's close event, which ends the stream, comes a task after the dialog is gone.
  await expect.poll(tracks).toEqual(['ended']);
  await expect(page.locator('.arriving')).toBeVisible();
});

test('a camera that is granted after the dialog was closed and opened again is switched off, the second one stays', async ({ site, page }) => {
  const tracks = await watch(page, true);
  await site.open();
  for (let i = 0; i < 2; i += 1) {
    await page.getByRole('button', { name: 'Camera' }).click();
    await expect.poll(() => page.evaluate(() => globalThis.grants.length)).toBe(i + 1);
    if (i === 0) await page.keyboard.press('Escape');
  }
  await page.evaluate(() => globalThis.grants.forEach((grant) => grant()));
  await expect(page.getByRole('button', { name: 'Take the photograph' })).toBeEnabled();
  await expect.poll(async () => (await tracks()).toSorted()).toEqual(['ended', 'live']);
  await page.keyboard.press('Escape');
  await expect.poll(tracks).toEqual(['ended', 'ended']);
});

test('the lab takes examples by camera into the tray that asked, and switches it off on every way out', async ({ site, page }) => {
  const tracks = await watch(page);
  await site.open({ path: 'lab.html', wait: false });
  await expect(page.locator('#start')).toBeEnabled({ timeout: 60_000 });
  const dialog = page.getByRole('dialog', { name: 'Take a photograph' });
  const open = async () => {
    await page.getByRole('button', { name: 'Camera: Melanoma' }).click();
    await expect(dialog.getByRole('button', { name: 'Take the photograph' })).toBeEnabled();
    expect((await tracks()).at(-1)).toBe('live');
  };
  await open();
  await dialog.getByRole('button', { name: 'Take the photograph' }).click();
  await expect(page.locator('[data-class="MEL"] .thumbs button')).toHaveCount(1);
  await open();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await open();
  await page.keyboard.press('Escape');
  await open();
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await expect.poll(tracks).toEqual(['ended', 'ended', 'ended', 'ended']);
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
