import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { difference, expect, ROOT, SAME, test } from './support/fixtures.mjs';

test('the same photograph gives the same eight probabilities in the page and on the command line', async ({ page, open }) => {
  const { ok: info } = await open();
  const folder = mkdtempSync(join(tmpdir(), 'dermdistill-'));
  try {
    for (const type of ['jpeg', 'png', 'webp']) {
      const { bytes, probabilities } = await page.evaluate(async (kind) => {
        const { classifier, photograph } = globalThis.client;
        const blob = await photograph({ width: 500, height: 380, type: `image/${kind}` });
        const { probabilities } = await classifier.classify(blob);
        return { bytes: Array.from(new Uint8Array(await blob.arrayBuffer())), probabilities };
      }, type);
      const file = join(folder, `photograph.${type}`);
      writeFileSync(file, Uint8Array.from(bytes));
      const command = process.env.DERMDISTILL ?? `${ROOT}target/debug/dermdistill`;
      const printed = JSON.parse(execFileSync(command, ['classify', file, '--weights', `${ROOT}www/pkg/student.safetensors`, '--json'], { encoding: 'utf8' }));
      const native = [printed].flat()[0].probabilities;
      const inOrder = Array.isArray(native) ? native : info.card.classes.map((code) => native[code]);
      expect(difference(Object.values(probabilities), inOrder)).toBeLessThanOrEqual(SAME);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
