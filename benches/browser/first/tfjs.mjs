// TensorFlow.js at its smallest: core and the WebAssembly backend alone, bundled without what is not used, and the network written out in the
// fused operations that a converted model runs, so that neither the converter's code nor a description of the network is loaded.
import { add, enableProdMode, fused, mean, ready, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { visit } from './page.mjs';

/** MobileNetV2: expansion, channels, repeats, stride. */
const BLOCKS = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]];

visit('pixels', async (input) => {
  setWasmPaths(new URL('./', location.href).href);
  enableProdMode();
  const weights = fetch('network.bin').then((response) => response.arrayBuffer());
  await setBackend('wasm');
  await ready();
  const forward = network(await weights);
  const image = await input;
  return tidy(() => forward(tensor(image, [1, 224, 224, 3]))).data();
});

/** The network over weights as `flatten` wrote them. */
function network(buffer) {
  const numbers = new Float32Array(buffer);
  let at = 0;
  const next = (shape) => {
    const length = shape.reduce((product, side) => product * side, 1);
    return tensor(numbers.subarray(at, (at += length)), shape);
  };
  const convolution = (inputs, outputs, side, strides, activation) => {
    const [filter, bias] = [next([side, side, inputs, outputs]), next([outputs])];
    return (x) => fused.conv2d({ x, filter, bias, strides, pad: (side - 1) / 2, activation });
  };
  const depthwise = (channels, strides) => {
    const [filter, bias] = [next([3, 3, channels, 1]), next([channels])];
    return (x) => fused.depthwiseConv2d({ x, filter, bias, strides, pad: 1, activation: 'relu6' });
  };
  const steps = [convolution(3, 32, 3, 2, 'relu6')];
  let channels = 32;
  for (const [expansion, outputs, repeats, stride] of BLOCKS) {
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      steps.push(block(channels, outputs, expansion, repeat === 0 ? stride : 1));
      channels = outputs;
    }
  }
  function block(inputs, outputs, expansion, stride) {
    const inner = inputs * expansion;
    const expand = expansion === 1 ? (x) => x : convolution(inputs, inner, 1, 1, 'relu6');
    const spread = depthwise(inner, stride);
    const project = convolution(inner, outputs, 1, 1, 'linear');
    const through = (x) => project(spread(expand(x)));
    return stride === 1 && inputs === outputs ? (x) => add(x, through(x)) : through;
  }
  steps.push(convolution(channels, 1280, 1, 1, 'relu6'));
  const [b, bias] = [next([1280, 8]), next([8])];
  return (x) => fused.matMul({ a: mean(steps.reduce((y, step) => step(y), x), [1, 2]), b, bias });
}
