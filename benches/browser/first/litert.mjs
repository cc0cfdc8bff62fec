// LiteRT.js as its manual shows it: the folder of its WebAssembly builds, of which it picks one, on the processor, one thread.
import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import { visit } from './page.mjs';

visit('pixels', async (input) => {
  await loadLiteRt('wasm/');
  const model = await loadAndCompile('network.tflite', { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
  const [output] = await model.run(new Tensor(await input, [1, 224, 224, 3]));
  return output.toTypedArray();
});
