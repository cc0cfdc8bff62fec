import { readFileSync } from 'node:fs';
import { expect, ROOT, test } from './support/fixtures.mjs';

/** Rows of a manifest: `file,code,…` under a header line; lines with # are comments. */
function manifest(folder) {
  const lines = readFileSync(`${ROOT}${folder}/manifest.csv`, 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('#'));
  const columns = lines[0].split(',');
  return lines.slice(1).map((line) => {
    const cells = line.split(',');
    return { file: cells[columns.indexOf('file')], code: cells[columns.indexOf('code')] };
  });
}

const read = (folder, file) => readFileSync(`${ROOT}${folder}/${file}`);

test('every hostile image gets the code of the manifest, and the next photograph its answer', async ({ page, open }) => {
  test.setTimeout(600_000);
  const rows = manifest('tests/hostile/image');
  expect(rows.length).toBeGreaterThan(50);
  await open();
  const next = await page.evaluateHandle(() => globalThis.client.photograph());
  for (const { file, code } of rows) {
    const found = await page.evaluate(async ([blob, base64]) => {
      const { bytesOf, classifier } = globalThis.client;
      const code = await classifier.classify(bytesOf(base64)).then(() => 'ok', (error) => error.code);
      const next = await classifier.classify(blob).then((answer) => answer.ranked.length, (error) => error.code);
      return { code, next };
    }, [next, read('tests/hostile/image', file).toString('base64')]);
    expect.soft({ file, ...found }).toEqual({ file, code, next: 8 });
  }
});

test('every hostile weight file gets the code of the manifest', async ({ open }) => {
  test.setTimeout(300_000);
  const rows = manifest('tests/hostile/weights');
  expect(rows.length).toBeGreaterThan(50);
  for (const { file, code } of rows) {
    const result = await open({ weightsBase64: read('tests/hostile/weights', file).toString('base64') });
    expect.soft({ file, code: result.code ?? 'ok' }).toEqual({ file, code });
  }
});
