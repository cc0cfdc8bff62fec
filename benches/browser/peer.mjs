/**
 * This project as a contestant of the browser benchmark: a raw float32 tensor in, logits out, one thread.
 *
 * setup(params) → { meta, run, check, dispose }
 *   place      'main': the WebAssembly module on the main thread; 'worker': through the package and its worker
 *   build      'relaxed-simd', 'simd128', or on the main thread 'teacher': relaxed-simd that also knows ResNet-50
 *   library    address of the package's folder
 *   weights    address of a weight file
 *   input      address of a float32 tensor 1 × 3 × side × side, planes first as the other contestants take it; drawn at random when absent
 *   reference  address of the logits to compare with
 */
export async function setup({ place = 'main', build = 'relaxed-simd', library, weights, input, reference }) {
  const floats = async (address) => new Float32Array(await (await fetch(address)).arrayBuffer());
  const bytes = new Uint8Array(await (await fetch(weights)).arrayBuffer());
  const classifier = await (place === 'worker' ? inWorker : onMainThread)(library, build, bytes);
  const side = classifier.side;
  const planes = input ? await floats(input) : Float32Array.from({ length: 3 * side * side }, () => 2 * Math.random() - 1);
  if (planes.length !== 3 * side * side) throw new Error(`the input has ${planes.length} numbers, the network takes ${3 * side * side}`);
  const expected = reference ? await floats(reference) : null;
  const interleaved = channelsLast(planes, side * side);
  return {
    meta: { place, build, side, weights_bytes: bytes.length },
    run: () => classifier.logits(interleaved),
    check: (logits) => expected && { max_abs_diff_vs_torch: expected.reduce((most, value, at) => Math.max(most, Math.abs(value - logits[at])), 0) },
    dispose: () => classifier.close(),
  };
}

/** Where each build lies. `teacher` is relaxed-simd with the descriptions of ResNet-50, which a page's first load does without. */
const FOLDERS = { 'relaxed-simd': 'relaxed', simd128: 'simd', teacher: 'teacher' };

async function onMainThread(library, build, bytes) {
  const folder = `${library}/pkg/${FOLDERS[build]}`;
  const bindings = await import(`${folder}/dermdistill.js`);
  await bindings.default({ module_or_path: fetch(`${folder}/dermdistill_bg.wasm`) });
  const instance = new bindings.Classifier(bytes, build);
  return { side: instance.card().input_side, logits: async (input) => instance.logits(input), close: () => instance.free() };
}

async function inWorker(library, build, bytes) {
  const { createClassifier } = await import(`${library}/lib/index.js`);
  const classifier = await createClassifier({ build, weights: bytes });
  return { side: classifier.info.card.input_side, logits: (input) => classifier.logits(input), close: () => classifier.close() };
}

/** Planes of R, G, B to pixels of R, G, B. */
function channelsLast(planes, pixels) {
  return Float32Array.from({ length: planes.length }, (_, at) => planes[(at % 3) * pixels + Math.floor(at / 3)]);
}
