import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMAND, difference, expect, ROOT, SAME, test } from './support/fixtures.mjs';

const WEIGHTS = ['--weights', `${ROOT}www/pkg/student.safetensors`, '--json'];

/** What the command line prints for some files, in their order. */
const native = (files) => [JSON.parse(execFileSync(COMMAND, ['classify', ...files, ...WEIGHTS], { encoding: 'utf8', maxBuffer: 2 ** 26 }))].flat();

test('the same photograph gives the same eight probabilities in the page and on the command line', async ({ page, open }) => {
  const { ok: info } = await open();
  const folder = mkdtempSync(join(tmpdir(), 'dermdistill-'));
  try {
    for (const type of ['jpeg', 'png', 'webp']) {
      const { bytes, probabilities, judged } = await page.evaluate(async (kind) => {
        const { classifier, photograph } = globalThis.client;
        const blob = await photograph({ width: 500, height: 380, type: `image/${kind}` });
        const { probabilities, abstained, covering } = await classifier.classify(blob);
        return { bytes: Array.from(new Uint8Array(await blob.arrayBuffer())), probabilities, judged: { abstained, covering } };
      }, type);
      const file = join(folder, `photograph.${type}`);
      writeFileSync(file, Uint8Array.from(bytes));
      const [printed] = native([file]);
      const inOrder = info.card.classes.map((code) => printed.probabilities[code]);
      expect(difference(Object.values(probabilities), inOrder)).toBeLessThanOrEqual(SAME);
      expect(judged).toEqual({ abstained: printed.abstained, covering: printed.covering });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every golden picture, of every format and orientation, is seen alike in the page and on the command line', async ({ page, open }) => {
  await open();
  const folder = `${ROOT}tests/golden/photo/`;
  const names = readFileSync(`${folder}pictures.csv`, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')[0]);
  expect(names.length).toBeGreaterThan(30);
  const printed = native(names.map((name) => folder + name));
  for (const [at, name] of names.entries()) {
    const answer = await page.evaluate(
      async (bytes) => {
        const { logits, photograph, quality, abstained, covering } = await globalThis.client.classifier.classify(Uint8Array.from(bytes));
        return { logits: Array.from(logits), photograph, quality, judged: { abstained, covering } };
      },
      [...readFileSync(folder + name)],
    );
    expect(answer.photograph, name).toEqual(printed[at].photograph);
    for (const [key, value] of Object.entries(printed[at].quality)) expect(answer.quality[key], `${name}: ${key}`).toBeCloseTo(value, 4);
    expect(difference(answer.logits, printed[at].logits), name).toBeLessThanOrEqual(SAME);
    expect(answer.judged, name).toEqual({ abstained: printed[at].abstained, covering: printed[at].covering });
  }
});
