import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { COMMAND, expect, test } from './support/fixtures.mjs';

/** What a run of the module tests/wasm/learner_step.rs tells. */
const inBrowser = (page, files, run) => page.goto(`${files}/tests/support/empty.html`).then(() => page.evaluate(async (run) => {
  const learner = await import('/pkg/learner/learner_step.js');
  await learner.default();
  return JSON.parse(learner[run]());
}, run));

test('the learner takes the golden training run in the browser, within what the native one is allowed', async ({ page, files }) => {
  const found = await inBrowser(page, files, 'golden_training_run');
  expect(found.error).toBeUndefined();
  expect(found.losses).toHaveLength(5);
  for (const [error, allowed] of [...found.losses, found.tensor, found.change]) expect(error).toBeLessThanOrEqual(allowed);
});

test('the same ten SSD-KD steps of the whole network, natively and in the browser, end in the same place', async ({ page, files }) => {
  const { stdout } = await promisify(execFile)(`${dirname(COMMAND)}/examples/ssd_kd_steps`, { maxBuffer: 1 << 24 });
  const native = JSON.parse(stdout);
  const found = await inBrowser(page, files, 'ssd_kd_steps');
  expect(found.error).toBeUndefined();
  expect(found.steps).toHaveLength(10);
  const { term, tensor } = native.allowed;
  native.steps.forEach((terms, step) => terms.forEach((value, at) => {
    expect(Math.abs(found.steps[step][at] - value) / Math.max(1, Math.abs(value)), `term ${at} of step ${step}`).toBeLessThanOrEqual(term);
  }));
  expect(Object.keys(found.tensors)).toEqual(Object.keys(native.tensors));
  for (const [name, { size, norm, values }] of Object.entries(native.tensors)) {
    const other = found.tensors[name];
    const off = [other.norm - norm, ...values.map((value, at) => other.values[at] - value)].map((d) => Math.abs(d) / Math.max(0.1, norm));
    expect([other.size, Math.max(...off) <= tensor], `${name}: ${Math.max(...off)}`).toEqual([size, true]);
  }
});
