/**
 * Times the network in Chromium: alone, or in one run beside the peers of a benchmark folder (see its README).
 * Beside the peers, each also runs in turn with ours on one page (pair.mjs): of all figures the least disturbed by a busy host.
 * Usage: node run.mjs [PEERS_FOLDER CACHE_FOLDER]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { randomResNet } from './resnet.mjs';
import { convert } from './weights.mjs';
import { serve } from '../../www/serve.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [peers, cache] = process.argv.slice(2);
const variants = ['main', 'worker'].flatMap((place) => ['relaxed-simd', 'simd128'].map((build) => ({ place, build })));

const released = join(root, 'www', 'pkg', 'student.safetensors');
const own = join(root, 'target', 'bench');
mkdirSync(own, { recursive: true });
randomResNet(released, join(own, 'resnet50.safetensors'));

const RIVALS = ['ort-web-1t', 'litert-1t', 'tfjs-wasm-1t-fused'];

if (peers) await besideThePeers(resolve(peers), resolve(cache));
else await alone();

/** One fresh browser a variant; at least ten runs and a second of warm-up, then sixty timed runs. */
async function alone() {
  const { chromium } = createRequire(`${root}www/package.json`)('@playwright/test');
  const server = await serve(root);
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  console.log('f32 forward, one thread, ms          ready   first     min  median     p90');
  const teacher = { place: 'main', build: 'teacher', weights: '/target/bench/resnet50.safetensors' };
  for (const variant of [...variants, teacher]) {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
    const page = await browser.newPage();
    await page.goto(`${server.origin}/www/tests/support/empty.html`);
    const { meta, ready, first, times } = await page.evaluate(measure, { library: '/www', weights: '/www/pkg/student.safetensors', ...variant });
    const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
    const cells = [ready, first, times[0], at(0.5), at(0.9)].map((ms) => ms.toFixed(2).padStart(8)).join('');
    console.log(`${`${variant.build}, ${variant.place}, ${meta.side} px`.padEnd(34)}${cells}`);
    await browser.close();
  }
  await server.close();
}

/** Runs in the page. */
async function measure(params) {
  const { setup } = await import('/benches/browser/peer.mjs');
  let start = performance.now();
  const contestant = await setup(params);
  const ready = performance.now() - start;
  start = performance.now();
  await contestant.run();
  const first = performance.now() - start;
  start = performance.now();
  for (let run = 0; run < 10 || performance.now() - start < 1_000; run += 1) await contestant.run();
  const times = [];
  for (let run = 0; run < 60; run += 1) {
    start = performance.now();
    await contestant.run();
    times.push(performance.now() - start);
  }
  return { meta: contestant.meta, ready, first, times: times.sort((a, b) => a - b) };
}

/** The peers' own runner on a copy of their folder (it installs packages and may be read-only), with their weights in our format. */
async function besideThePeers(source, target) {
  const copy = join(target, 'peers');
  const run = (command, args, cwd) => {
    const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
    if (status !== 0) throw error ?? new Error(`${command} ended with ${status}`);
  };
  if (!existsSync(join(copy, 'node_modules'))) {
    cpSync(source, copy, { recursive: true });
    run('chmod', ['-R', 'u+w', copy], target);
    run('npm', ['ci', '--no-audit', '--no-fund'], copy);
  }
  // LiteRT.js's contestant reads what native TFLite answered, which is made by a script and may be absent. Its times do not depend on it.
  const answered = join(copy, 'models', 'out_tflite_fp32.f32');
  if (!existsSync(answered)) writeFileSync(answered, new Uint8Array(32));
  convert(join(copy, 'models', 'mobilenetv2_8.onnx'), released, join(own, 'peers.safetensors'));
  const { default: known } = await import(pathToFileURL(join(copy, 'contestants.mjs')).href);
  const rivals = known.filter(({ id }) => RIVALS.includes(id));
  const ours = { library: '/mine', weights: '/own/peers.safetensors', input: '/models/input_224.f32', reference: '/models/out_mobilenetv2_8.f32' };
  const contestants = variants.map(({ place, build }) => ({
    id: `dermdistill-${build}-${place}`, module: '/bench/peer.mjs', group: 'infer', params: { place, build, ...ours },
  }));
  const pairs = rivals.map(({ id, module, params }) => ({
    id: `dermdistill-beside-${id}`, module: '/bench/pair.mjs', group: 'infer', calib: false, once: true,
    params: { ours: { module: '/bench/peer.mjs', params: { place: 'main', build: 'relaxed-simd', ...ours } }, peer: { module, params } },
  }));
  // Their script makes this model, which is too large to come with the folder.
  if (existsSync(join(copy, 'models', 'resnet50.onnx'))) {
    const params = { ...ours, place: 'main', build: 'teacher', weights: '/own/resnet50.safetensors', reference: undefined };
    const { module, params: theirs } = known.find(({ id }) => id === 'ort-web-resnet50-1t');
    pairs.push({
      id: 'resnet50-beside-ort-web-1t', module: '/bench/pair.mjs', group: 'teacher', calib: false, once: true,
      params: { pairs: 60, ours: { module: '/bench/peer.mjs', params }, peer: { module, params: { ...theirs, ref: undefined } } },
    });
  }
  const results = join(own, 'peers.json');
  run(process.execPath, [
    join(copy, 'bench.mjs'), '--only', RIVALS.join(','), '--rounds', process.env.ROUNDS ?? '3', '--fresh', '--no-native',
    '--out', results, '--mount', `mine=${join(root, 'www')}`, '--mount', `bench=${join(root, 'benches', 'browser')}`,
    '--mount', `own=${own}`, '--add', JSON.stringify([...contestants, ...pairs]),
  ], copy);
  printPairs(JSON.parse(readFileSync(results, 'utf8')).results, pairs);
  run(process.execPath, [join(root, 'benches', 'browser', 'first', 'run.mjs'), copy], copy);
}

function printPairs(results, pairs) {
  console.log('\nin turn on one page, ms                ours    peer   ratio of a pair: median (quartiles)');
  for (const { id } of pairs) {
    const { report, error } = results[id] ?? {};
    if (!report) throw new Error(`${id} gave no result: ${error}`);
    const { ours_ms: ours, peer_ms: peer, ratio } = report;
    const cells = [ours.median, peer.median].map((ms) => ms.toFixed(1).padStart(8)).join('');
    console.log(`${id.padEnd(34)}${cells}   ${ratio.median.toFixed(2)} (${ratio.q1.toFixed(2)} to ${ratio.q3.toFixed(2)})`);
  }
}
