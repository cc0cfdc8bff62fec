/**
 * Hours under fire, in minutes: photographs of many sizes with hostile files among them, and learners that come and go. The same for
 * the short test (tests/soak.spec.mjs) and the long measurement (benches/browser/soak.mjs).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { watchMemory, workers } from './watch.mjs';

const HOSTILE = new URL('../../../tests/hostile/image/', import.meta.url);

/** The hostile pictures and what each must be answered with. @returns {{base64: string, code: string}[]} */
function hostile() {
  const read = (name) => readFileSync(fileURLToPath(new URL(name, HOSTILE)));
  const rows = read('manifest.csv').toString().trim().split('\n').slice(1).map((row) => row.split(','));
  return rows.map(([name, code]) => ({ base64: read(name).toString('base64'), code }));
}

/** Runs in the page: draws the photographs once; every call gets a file of its own, which no one has decoded yet. */
async function prepare(files) {
  const { bytesOf, photograph } = globalThis.client;
  const sides = [[64, 48], [224, 224], [600, 450], [1024, 768], [900, 1600], [2400, 1800], [4000, 3000]];
  const drawn = sides.flatMap(([width, height]) => ['image/jpeg', 'image/png', 'image/webp'].map((type) => photograph({ width, height, type })));
  const good = (await Promise.all(drawn)).map((blob) => ({ blob, code: 'ok' }));
  const bad = files.map(({ base64, code }) => ({ blob: new Blob([bytesOf(base64)]), code }));
  globalThis.soak = { good, bad, at: 0, answered: {}, wrong: [] };
}

/** Runs in the page: so many calls, every fifth with a hostile file, one after the other but for some pairs; what is not answered in a minute is lost. */
async function classify(calls) {
  const { soak, client } = globalThis;
  const late = () => new Promise((done) => setTimeout(done, 60_000, { code: 'lost' }));
  const one = async () => {
    const at = soak.at++;
    const from = at % 5 === 4 ? soak.bad : soak.good;
    const { blob, code } = from[Math.floor(at / 5 + (at % 5) * 7) % from.length];
    const options = { prior: at % 2 ? 'equal' : 'training', explain: at % 3 === 0 };
    const answer = await Promise.race([client.outcome(client.classifier.classify(new Blob([blob]), options)), late()]);
    const found = answer.ok ? 'ok' : answer.code;
    soak.answered[found] = (soak.answered[found] ?? 0) + 1;
    if (found !== code || (answer.ok && answer.ok.ranked.length !== 8)) soak.wrong.push(`call ${at}: ${found} in place of ${code}`);
  };
  for (let left = calls; left > 0; left -= 2) await Promise.all(left > 1 ? [one(), one()] : [one()]);
}

/** Runs in the page: a learner that takes three steps and is closed; the memory of its module at the end. */
async function learn() {
  const { classifier, learnerWith, reports } = globalThis.client;
  const learner = await learnerWith(classifier, 4);
  const told = await reports(learner.train({ steps: 3, batch: 4 }));
  learner.close();
  return told.at(-1).memory_bytes;
}

/**
 * What JavaScript keeps, after a collection, in bytes: `{page, workers}`, the workers' heaps together. Chromium only.
 * @param {import('@playwright/test').Page} page
 */
async function watchHeaps(page) {
  const session = await page.context().newCDPSession(page);
  /** @type {Set<string>} */
  const live = new Set();
  const answers = new Map();
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => targetInfo.type === 'worker' && live.add(sessionId));
  session.on('Target.detachedFromTarget', ({ sessionId }) => live.delete(sessionId));
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message);
    answers.get(id)?.(result);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  let last = 0;
  const ask = (sessionId, method) => new Promise((done, failed) => {
    const id = (last += 1);
    answers.set(id, done);
    session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) }).catch(failed);
  });
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    let workers = 0;
    for (const sessionId of live) {
      await ask(sessionId, 'HeapProfiler.collectGarbage');
      workers += (await ask(sessionId, 'Runtime.getHeapUsage')).usedSize;
    }
    return { page: (await session.send('Runtime.getHeapUsage')).usedSize, workers };
  };
}

/**
 * @param {import('@playwright/test').Page} page
 * @param {string} origin where www is served
 * @param {{calls: number, cycles: number, samples: number, told?: (sample: object) => void}} plan
 */
export async function soak(page, origin, { calls, cycles, samples, told }) {
  await watchMemory(page);
  const heaps = await watchHeaps(page);
  await page.goto(`${origin}/tests/support/empty.html`);
  await page.evaluate(async () => {
    await import('/tests/support/client.mjs');
    Object.assign(globalThis.client, await import('/tests/support/drawings.mjs'));
    await globalThis.client.open({});
  });
  await page.evaluate(prepare, hostile());
  const taken = [];
  for (let at = 0; at < samples; at += 1) {
    await page.evaluate(classify, Math.ceil(calls / samples));
    let learner = 0;
    for (let cycle = 0; cycle < Math.ceil(cycles / samples); cycle += 1) learner = await page.evaluate(learn);
    const [worker] = workers(page);
    const wasm = await worker.evaluate(() => globalThis.kept.exports.memory.buffer.byteLength);
    const sample = { calls: (at + 1) * Math.ceil(calls / samples), wasm, learner, heaps: await heaps(), crew: page.workers().length };
    told?.(sample);
    taken.push(sample);
  }
  const { answered, wrong } = await page.evaluate(() => globalThis.soak);
  return { samples: taken, answered, wrong };
}
