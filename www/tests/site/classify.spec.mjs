import { readFileSync } from 'node:fs';
import { ROOT } from '../support/fixtures.mjs';
import { expect, letter, spot, test } from './support.mjs';

test('a chosen photograph is answered: eight classes, the picture as seen, a map, a sentence, times and build', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(1));
  await expect(site.verdict).toContainText('Most like:');
  await expect(site.rows).toHaveCount(8);
  const figures = Object.values(await site.figures());
  for (const figure of figures) expect(figure).toMatch(/^([<>]\u00a0)?\d{1,2}%$/);
  const widths = await page.locator('.ranking .fill').evaluateAll((fills) => fills.map((fill) => parseFloat(fill.style.width)));
  expect(widths).toEqual([...widths].sort((a, b) => b - a));
  expect(widths.reduce((a, b) => a + b)).toBeCloseTo(100, 3);
  // A class that leads has something in the picture that speaks for it.
  await expect(page.locator('.sentence')).toHaveText(/^Looked .*\.$/);
  await expect(page.locator('.live')).toHaveText(/^Answer: most like .*\d%/);
  expect(await page.locator('.seen-picture').evaluate((canvas) => [canvas.width, canvas.height])).toEqual([224, 224]);
  await page.getByText('How this was computed').click();
  await expect(page.locator('.computed')).toContainText(/The network itself\s*[\d.]+ ms/);
  await expect(page.locator('.computed')).toContainText(/WebAssembly, (relaxed|128-bit) SIMD/);
  await expect(page.getByText('Not a medical device.').last()).toBeVisible();
});

test('what the page shows as seen is the middle of the photograph itself', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(1));
  const [shown, skin] = await page.evaluate(() => {
    const at = (x, y) => [...globalThis.find('.seen-picture').getContext('2d').getImageData(x, y, 1, 1).data];
    return [at(114, 110), at(8, 8)];
  });
  // The drawing has a brown spot on light skin.
  expect(shown[0]).toBeGreaterThan(90);
  expect(shown[0]).toBeLessThan(180);
  expect(skin[0]).toBeGreaterThan(180);
  expect([shown[3], skin[3]]).toEqual([255, 255]);
});

test('each drawn sample is fetched from this site only, answered, and named as a drawing', async ({ site, page, built, traffic }) => {
  await site.open();
  for (const n of [1, 2, 3]) {
    const before = traffic.requests.length;
    await page.getByRole('button', { name: `Synthetic drawing ${n}` }).click();
    await site.state('answered');
    await expect(page.locator('.synthetic')).toBeVisible();
    const asked = traffic.requests.slice(before).filter((url) => !url.startsWith('blob:'));
    for (const url of asked) expect(url).toMatch(new RegExp(`^${built}/.*synthetic-${n}[^/]*\\.png$`));
    // The drawings are on offer where there is no photograph.
    await page.getByRole('button', { name: 'Forget all' }).click();
  }
});

test('after "ready" nothing is requested, and everything works without a network', async ({ site, page, traffic }) => {
  await site.open();
  const before = traffic.requests.length;
  await page.context().setOffline(true);
  await expect(site.status).toContainText('You are offline, and everything here goes on working.');
  await site.answered(spot(2), spot(3));
  await site.equal.check();
  await expect(page.locator('.equal-words')).toContainText('Now on');
  await expect(site.thumbs.nth(1)).toContainText('%');
  expect(traffic.requests.slice(before).filter((url) => !url.startsWith('blob:'))).toEqual([]);
  expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual(['', 0, 0]);
});

test('the box moves and resizes by keys, buttons and mouse, says its value, and each change is answered anew', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(3));
  await expect(site.box).toHaveText('480 by 480 pixels, 80 from the left, 0 from the top');
  const whole = await site.seen();
  await site.crop.focus();
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('Shift+ArrowDown');
  await expect(site.box).toHaveText(/^380 by/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await expect(site.box).toHaveText('380 by 380 pixels, 140 from the left, 40 from the top');
  await expect.poll(site.seen).not.toBe(whole);
  await page.keyboard.press('Home');
  await expect.poll(site.seen).toBe(whole);

  await page.getByRole('button', { name: 'Smaller box' }).click();
  await expect(site.box).toHaveText(/^384 by/);
  await page.getByRole('button', { name: 'Larger box' }).click();
  await expect(site.box).toHaveText(/^480 by/);

  const corner = await page.locator('.handle.se').boundingBox();
  await page.mouse.move(corner.x + 30, corner.y + 30);
  await page.mouse.down();
  await page.mouse.move(corner.x - 70, corner.y - 70, { steps: 4 });
  await page.mouse.up();
  const dragged = parseInt(await site.box.textContent(), 10);
  expect(dragged).toBeLessThan(480);
  await expect(site.box).toContainText(', 80 from the left, 0 from the top');
  const box = await site.crop.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2 + 25, { steps: 4 });
  await page.mouse.up();
  await expect(site.box).not.toContainText(', 80 from the left, 0 from the top');
  await expect(site.box).toContainText(`${dragged} by`);
  await site.state('answered');
  await expect.poll(site.seen).not.toBe(whole);
});

test.describe('with fingers', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 800 } });

  test('a finger moves the box and drags its corner, and the page does not scroll under it', async ({ site, page }) => {
    await site.open();
    await site.answered(spot(3));
    const devtools = await page.context().newCDPSession(page);
    const finger = (type, x, y) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
    /** A finger set down at one place, moved by as much, and taken up. */
    async function drag(x, y, dx, dy) {
      await finger('touchStart', x, y);
      for (let i = 1; i <= 5; i += 1) await finger('touchMove', x + (dx * i) / 5, y + (dy * i) / 5);
      await finger('touchEnd');
    }
    await site.crop.scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate(() => scrollY);
    const corner = await page.locator('.handle.se').boundingBox();
    await drag(corner.x + corner.width / 2, corner.y + corner.height / 2, -80, -80);
    const side = parseInt(await site.box.textContent(), 10);
    expect(side).toBeLessThan(440);
    await expect(site.box).toContainText(', 80 from the left, 0 from the top');
    const box = await site.crop.boundingBox();
    await drag(box.x + box.width / 2, box.y + box.height / 2, 20, 40);
    await expect(site.box).toContainText(`${side} by ${side}`);
    await expect(site.box).not.toContainText(' 0 from the top');
    expect(await page.evaluate(() => scrollY)).toBe(scrolled);
    await site.state('answered');
  });
});

test('a tap beside the box brings it there', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(3));
  for (let i = 0; i < 4; i += 1) await page.getByRole('button', { name: 'Smaller box' }).click();
  const image = await page.locator('.photograph').boundingBox();
  const side = parseInt(await site.box.textContent(), 10);
  const scale = Math.min(image.width / 640, image.height / 480);
  const [left, top] = [(image.width - 640 * scale) / 2, (image.height - 480 * scale) / 2];
  await page.mouse.click(image.x + left + 500 * scale, image.y + top + 300 * scale);
  const value = await site.box.textContent();
  const [x, y] = value.match(/(\d+) from the left, (\d+) from/).slice(1).map(Number);
  expect(Math.abs(x + side / 2 - 500)).toBeLessThan(4);
  expect(Math.abs(y + side / 2 - 300)).toBeLessThan(4);
});

test('however a camera held it, the photograph on the stage and the one the network saw stand the same way', async ({ site, page }) => {
  await site.open();
  /** Mean difference, 0 to 255, of the two pictures inside the box; null when the stage shows none. */
  const difference = () => page.evaluate(() => {
    if (globalThis.find('.stage').dataset.state !== 'shown') return null;
    const [image, seen] = [globalThis.find('.photograph'), globalThis.find('.seen-picture')];
    const { naturalWidth: width, naturalHeight: height } = image;
    const side = Math.min(width, height);
    const context = new OffscreenCanvas(224, 224).getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, (width - side) / 2, (height - side) / 2, side, side, 0, 0, 224, 224);
    const [a, b] = [context, seen.getContext('2d')].map((from) => from.getImageData(0, 0, 224, 224).data);
    return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
  });
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const name = `exif_${orientation}.jpg`;
    await site.choose({ name, mimeType: 'image/jpeg', buffer: readFileSync(`${ROOT}tests/golden/photo/${name}`) });
    await expect(page.locator('.photograph')).toHaveAttribute('alt', `Your photograph: ${name}`);
    await expect(site.thumbs.nth(orientation - 1)).toContainText('%');
    await site.state('answered');
    expect.soft(await difference(), name).toBeLessThan(8);
  }
});

test('the switch changes the figures and back, and a class of the list changes the map', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(1));
  const training = await site.figures();
  const pixels = () => page.locator('.seen-heat').evaluate((canvas) => canvas.toDataURL());
  const map = await pixels();
  await site.equal.check();
  await expect(site.verdict).toContainText('as if all eight classes were equally common');
  expect(await site.figures()).not.toEqual(training);
  await site.equal.uncheck();
  await expect(site.verdict).toContainText('answers with this figure are right');
  expect(await site.figures()).toEqual(training);

  const other = site.rows.nth(5);
  const code = await other.getAttribute('data-class');
  await other.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.for-class')).toContainText(`Shown for ${code}:`);
  await expect(page.locator(`[data-class=${code}] button`)).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator(`[data-class=${code}] button`)).toBeFocused();
  expect(await pixels()).not.toBe(map);
  expect(await site.figures()).toEqual(training);

  const opacity = page.getByLabel('Strength of the overlay');
  await opacity.fill('0');
  for (const heat of ['.seen-heat', '.stage-heat']) await expect(page.locator(heat)).toHaveCSS('opacity', '0');
});

test('the switch holds for every photograph of the visit, not only for the one in sight', async ({ site }) => {
  await site.open();
  await site.answered(spot(1), spot(2), spot(3));
  const captions = () => site.thumbs.locator('.thumb-caption').allTextContents();
  await expect.poll(captions).not.toContain('waiting');
  const training = await captions();
  // What each shows when it is asked by itself under the other mix.
  await site.equal.check();
  const equal = [];
  for (let i = 0; i < 3; i += 1) {
    await site.thumbs.nth(i).click();
    await expect(site.answer).toHaveAttribute('data-state', 'answered');
    await expect(site.verdict).toContainText('equally common');
    equal.push((await captions())[i]);
  }
  expect(equal).not.toEqual(training);
  await site.equal.uncheck();
  await expect.poll(captions).toEqual(training);
  await site.equal.check();
  await expect.poll(captions).toEqual(equal);
});

test('the switch is arithmetic: no photograph of the visit is decoded or looked at again', async ({ site, page }) => {
  await page.addInitScript(() => {
    globalThis.asked = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      globalThis.asked.push(message.action);
      return postMessage.call(this, message, ...rest);
    };
  });
  await site.open();
  await site.answered(spot(1), spot(2), spot(1, 'again.png'));
  const captions = () => site.thumbs.locator('.thumb-caption').allTextContents();
  await expect.poll(captions).not.toContain('waiting');
  const training = await captions();
  await page.evaluate(() => (globalThis.asked.length = 0));
  await site.equal.check();
  await expect(site.verdict).toContainText('equally common');
  const [equal] = await captions();
  expect(equal).not.toBe(training[0]);
  expect(await page.evaluate(() => globalThis.asked)).toEqual([]);
  // The network itself, asked under that mix, says the same.
  await site.choose(spot(1, 'new.png'));
  await expect(site.thumbs.nth(3)).toContainText('%');
  expect((await captions())[3]).toBe(equal);
  const figures = await site.figures();
  await site.thumbs.first().click();
  expect(await site.figures()).toEqual(figures);
  await site.equal.uncheck();
  await expect.poll(async () => (await captions()).slice(0, 3)).toEqual(training);
});

test('under a mix that another class leads, the opened photograph shows that class\'s map', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(3));
  const leader = () => site.rows.first().getAttribute('data-class');
  for (const on of [true, false]) {
    await site.equal.setChecked(on);
    await expect(page.locator('.for-class')).toContainText(`Shown for ${await leader()}:`);
    await site.state('answered');
    await expect(site.rows.first().getByRole('button')).toHaveAttribute('aria-pressed', 'true');
  }
});

test('a set of classes is named with its confidence, but not under another mix, for which it does not hold', async ({ site }) => {
  await site.open({ covering: { coverage: 0.9, codes: ['NV', 'MEL'] } });
  await site.answered(spot(1));
  const words = /One of these with 90% confidence: Melanocytic naevus \(mole\) or Melanoma\./;
  await expect(site.verdict).toContainText(words);
  await site.equal.check();
  await expect(site.verdict).toContainText('equally common');
  await expect(site.verdict).not.toContainText(words);
});

test('several photographs are all answered and can be opened, forgotten and added to', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(1), spot(2), spot(3));
  for (let i = 0; i < 3; i += 1) await expect(site.thumbs.nth(i)).toContainText('%');
  const first = await site.seen();
  await site.thumbs.nth(1).click();
  await expect(site.thumbs.nth(1)).toHaveAttribute('aria-current', 'true');
  expect(await site.seen()).not.toBe(first);
  await page.getByRole('button', { name: 'Forget this one' }).click();
  await expect(site.thumbs).toHaveCount(2);
  await expect(page.locator('.photograph')).toHaveAttribute('alt', 'Your photograph: spot-3.png');
  await page.getByRole('button', { name: 'Forget all' }).click();
  await expect(page.locator('.arriving')).toBeVisible();
  await expect(page.locator('.bench')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Choose a photograph' })).toBeFocused();
  await site.answered(spot(2));
  await expect(site.thumbs).toHaveCount(1);
});

test('a photograph can be dropped anywhere and pasted; a drop without a file says so', async ({ site, page }) => {
  await site.open();
  const bring = (kind, files) => page.evaluate(([type, given]) => {
    const data = new DataTransfer();
    for (const { name, bytes } of given) data.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
    const event = type === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true }) : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector('footer').dispatchEvent(event);
  }, [kind, files.map(({ name, buffer }) => ({ name, bytes: [...buffer] }))]);
  await bring('dragenter', [spot(1)]);
  await expect(page.locator('.widget')).toHaveClass(/dragging/);
  await bring('drop', []);
  await expect(page.locator('.widget')).not.toHaveClass(/dragging/);
  await expect(page.locator('.notice')).toContainText('holds no image file');
  await bring('drop', [spot(1)]);
  await site.state('answered');
  await expect(page.locator('.notice')).toBeEmpty();
  await bring('paste', [spot(2)]);
  await expect(site.thumbs).toHaveCount(2);
  await expect(page.locator('.photograph')).toHaveAttribute('alt', 'Your photograph: spot-2.png');
});

test('a picture that cannot be judged gets reasons and advice in place of the answer, and its numbers behind a disclosure', async ({ site, page }) => {
  await site.open({ abstained: 'too-blurred' });
  await site.choose(spot(2));
  await site.state('cannot');
  await expect(site.verdict).toContainText('Cannot judge this picture');
  await expect(site.verdict).toContainText('too blurred');
  await expect(site.verdict.getByRole('listitem')).toHaveCount(3);
  await expect(site.verdict).not.toContainText('Most like');
  await expect(site.rows.first()).toBeHidden();
  await expect(page.locator('.stage-heat')).toHaveClass(/stale/);
  await expect(page.locator('.live')).toContainText('cannot judge');
  await page.getByText('The figures, not to be relied on').click();
  await expect(site.rows.first()).toBeVisible();
  await expect(site.thumbs.first()).toContainText('cannot judge');
});

test('a picture that is unlike those through a dermoscope gets other advice than a blurred one', async ({ site }) => {
  await site.open({ abstained: 'unlike-dermoscopy' });
  await site.choose(spot(2));
  await site.state('cannot');
  await expect(site.verdict).toContainText('does not look like a picture through a dermoscope');
  await expect(site.verdict.getByRole('listitem').first()).toContainText('taken through a dermoscope');
  await expect(site.verdict).not.toContainText('daylight');
});

test('a file that is no picture is told so in words, and the next photograph is answered', async ({ site, page }) => {
  await site.open();
  await site.choose(letter);
  await site.state('error');
  await expect(site.verdict).toContainText('This file is not a JPEG, PNG or WebP photograph.');
  await expect(site.verdict).toContainText('Choose a photograph in one of these three formats.');
  await expect(page.getByText('This file cannot be shown')).toBeVisible();
  await site.choose(spot(1));
  await site.state('answered');
  await expect(site.crop).toBeVisible();
});

test('a box moved just before another photograph is opened is asked about all the same', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(3), spot(1));
  await expect(site.thumbs.nth(1)).toContainText('%');
  const thumb = () => site.thumbs.nth(0).locator('canvas').evaluate((canvas) => canvas.toDataURL());
  const before = await thumb();
  // In one task, so that the box cannot have rested in between.
  await page.evaluate(() => {
    globalThis.find('.crop').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    globalThis.find('.strip li:nth-child(2) button').click();
  });
  await expect.poll(thumb).not.toBe(before);
  await expect(site.thumbs.nth(1)).toHaveAttribute('aria-current', 'true');
});

test('dragging the picture beside the box starts no drag of the browser\'s own', async ({ site, page }) => {
  await site.open();
  await site.answered(spot(3));
  await page.evaluate(() => document.addEventListener('dragstart', () => (globalThis.dragged = true)));
  const image = await page.locator('.photograph').boundingBox();
  const box = await site.crop.boundingBox();
  const x = (box.x + box.width + image.x + image.width) / 2;
  await page.mouse.move(x, image.y + image.height / 2);
  await page.mouse.down();
  await page.mouse.move(x + 20, image.y + image.height / 2 + 40, { steps: 8 });
  await page.mouse.up();
  expect(await page.evaluate(() => globalThis.dragged)).toBeUndefined();
});
