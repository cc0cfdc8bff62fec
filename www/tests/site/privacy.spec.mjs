import { readFileSync } from 'node:fs';
import { ROOT } from '../support/fixtures.mjs';
import { located, tells, TOLD } from '../support/located.mjs';
import { kept, NOTHING, watchStorage } from '../support/storage.mjs';
import { stranger, tryWaysOut } from '../support/ways-out.mjs';
import { expect, spot, test } from './support.mjs';

const JPEG = readFileSync(`${ROOT}tests/golden/photo/exif_1.jpg`);
/** The name of the file tells something, too. */
const FILE = { name: 'my-arm-in-lucknow.jpg', mimeType: 'image/jpeg', buffer: located(withoutExif(JPEG)) };

/** A JPEG without its APP1 segments. */
function withoutExif(jpeg) {
  const pieces = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at] === 0xff && jpeg[at + 1] >= 0xe0 && jpeg[at + 1] <= 0xef) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== 0xe1) pieces.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...pieces, jpeg.subarray(at)]);
}

/** Width and height in a JPEG's frame header. */
function sizeOf(jpeg) {
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
}

test('the classify page requests nothing after “Ready”, nothing from a foreign host ever, and works with the network off', async ({ page, site, built, traffic }) => {
  await site.open();
  const ready = traffic.requests.length;
  await site.answered(spot(1));
  await site.equal.click();
  await page.context().setOffline(true);
  await site.answered(FILE);
  await page.context().setOffline(false);
  await site.choose(spot(3));
  await expect(site.thumbs).toHaveCount(3);
  await site.state('answered');
  const address = (url) => !/^(blob|data):/.test(url);
  expect(traffic.requests.slice(ready).filter(address)).toEqual([]);
  expect(traffic.requests.filter(address).filter((url) => !url.startsWith(`${built}/`))).toEqual([]);
  // An address that carried something would have to carry it somewhere.
  expect(traffic.requests.filter((url) => address(url) && /[?#]/.test(url))).toEqual([]);
  expect(traffic.violations).toEqual([]);
});

test('of a photograph the classify page keeps nothing: no storage of any kind is even tried', async ({ page, site }) => {
  await page.addInitScript(watchStorage);
  await site.open();
  await site.answered(FILE);
  await site.equal.click();
  await site.answered(spot(2));
  expect(await page.evaluate(kept)).toEqual(NOTHING);
  expect(await page.context().cookies()).toEqual([]);
  // The one thing it keeps on request; so the page does write where it says, and the watch sees it.
  await page.locator('#theme').click();
  const { attempts, local } = await page.evaluate(kept);
  expect(attempts.filter((attempt) => attempt.startsWith('setItem'))).toEqual(['setItem theme dark']);
  expect(local).toEqual([['theme', 'dark']]);
});

test('place, time, camera and owner in a photograph\'s EXIF are in nothing that comes out: answer, form, events, pictures shown', async ({ page, site }) => {
  expect(tells(FILE.buffer)).toEqual(Object.keys(TOLD));
  await page.addInitScript(() => addEventListener('result', ({ detail }) => (globalThis.told = detail.answer), true));
  await site.open();
  await site.answered(FILE);
  const found = await page.evaluate(async () => {
    const element = document.querySelector('derm-classifier');
    const answer = globalThis.told;
    const base64 = (blob) => new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(',')[1]);
      reader.readAsDataURL(blob);
    });
    const drawn = findAll('canvas').map((canvas) => new Promise((done) => canvas.toBlob(done)).then(base64));
    return {
      text: JSON.stringify([element.value, { ...answer, seen: null }, document.documentElement.outerHTML, element.shadowRoot.innerHTML, element.shadowRoot.textContent]),
      value: element.value,
      upright: answer.photograph,
      bytes: await Promise.all([base64(new Blob([answer.seen.data])), ...drawn]),
    };
  });
  expect(tells(Buffer.from(found.text))).toEqual([]);
  for (const bytes of found.bytes) expect(tells(Buffer.from(bytes, 'base64'))).toEqual([]);
  // The form sends neither place nor file name. The orientation was read: the picture stands on its side.
  expect(found.value).not.toContain('lucknow');
  const { width, height } = found.upright;
  expect([width, height]).toEqual([...sizeOf(JPEG)].reverse());
});

test('the policy of the classify page refuses every way out that a policy governs', async ({ page, built, traffic }) => {
  const host = await stranger();
  try {
    await page.goto(`${built}/index.html`);
    const results = await page.evaluate(tryWaysOut, `${host.origin}/`);
    await page.waitForTimeout(500);
    // No policy forbids a new window, and no policy of today every browser's WebRTC: the built files have neither (privacy.spec.mjs).
    const reached = Object.entries(results).filter(([, result]) => result === 'reached').map(([name]) => name);
    expect(reached.filter((name) => !['popup', 'RTCPeerConnection'].includes(name))).toEqual([]);
    expect(host.heard.filter((line) => !['GET /popup', 'GET /favicon.ico'].includes(line))).toEqual([]);
    expect(traffic.violations.length).toBeGreaterThan(5);
  } finally {
    await host.close();
  }
});
