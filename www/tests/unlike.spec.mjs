import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { COMMAND, expect, ROOT, test } from './support/fixtures.mjs';

const GOLDEN = `${ROOT}tests/unlike/golden/`;

test('the page declines what the command line declines, for the same reason, on pictures that are unlike dermoscopy and on drawings that are like it', async ({ page, open }) => {
  await open();
  const samples = `${ROOT}www/element/arriving/samples/`;
  const files = [
    ...readdirSync(GOLDEN).map((name) => GOLDEN + name),
    ...readdirSync(samples).filter((name) => name.endsWith('.png')).map((name) => samples + name),
  ];
  const weights = `${ROOT}www/pkg/student.safetensors`;
  const printed = JSON.parse(execFileSync(COMMAND, ['classify', ...files, '--weights', weights, '--json'], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
  const codes = new Set();
  for (const [at, file] of files.entries()) {
    const { code, unlikeness } = await page.evaluate(
      async (bytes) => {
        const answer = await globalThis.client.classifier.classify(Uint8Array.from(bytes));
        return { code: answer.abstained?.code ?? null, unlikeness: answer.unlikeness };
      },
      [...readFileSync(file)],
    );
    expect(code, file).toBe(printed[at].abstained?.code ?? null);
    expect(unlikeness.limit).toBe(printed[at].unlikeness.limit);
    expect(unlikeness.distance / printed[at].unlikeness.distance, file).toBeCloseTo(1, 3);
    codes.add(code);
  }
  expect(codes).toContain('unlike-dermoscopy');
  expect(codes).toContain(null);
});
