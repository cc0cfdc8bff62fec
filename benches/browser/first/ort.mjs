// ONNX Runtime Web as its manual shows it: the build without GPU, its WebAssembly beside the page, one thread.
import * as ort from 'onnxruntime-web/wasm';
import { visit } from './page.mjs';

ort.env.wasm.wasmPaths = new URL('./', location.href).href;
ort.env.wasm.numThreads = 1;

visit('planes', async (input) => {
  const session = await ort.InferenceSession.create('network.onnx', { executionProviders: ['wasm'] });
  const { logits } = await session.run({ input: new ort.Tensor('float32', await input, [1, 3, 224, 224]) });
  return logits.data;
});
