/** A ResNet-50 of random numbers as a weight file of ours: what it computes does not matter here, only how fast. */
import { writeFileSync } from 'node:fs';
import { card, safetensors } from './weights.mjs';

/** Inner channels and blocks of each stage. */
const STAGES = [[64, 3], [128, 4], [256, 6], [512, 3]];

/**
 * @param {string} like path of a weight file whose card is taken over, with side 224
 * @param {string} target path to write
 */
export function randomResNet(like, target) {
  const tensors = new Map();
  const conv = (name, outputs, inputs, kernel) => {
    // He's deviation, so that numbers neither vanish nor explode over fifty layers.
    const bound = Math.sqrt(6 / (inputs * kernel * kernel));
    const data = Float32Array.from({ length: outputs * inputs * kernel * kernel }, () => (2 * Math.random() - 1) * bound);
    tensors.set(`${name}.weight`, { shape: [outputs, inputs, kernel, kernel], data });
  };
  const norm = (name, channels, gain = 1) => {
    for (const [suffix, value] of [['weight', gain], ['bias', 0], ['running_mean', 0], ['running_var', 1]]) {
      tensors.set(`${name}.${suffix}`, { shape: [channels], data: new Float32Array(channels).fill(value) });
    }
  };
  conv('conv1', 64, 3, 7);
  norm('bn1', 64);
  let channels = 64;
  STAGES.forEach(([inner, blocks], stage) => {
    for (let block = 0; block < blocks; block += 1) {
      const at = `layer${stage + 1}.${block}`;
      [[inner, channels, 1], [inner, inner, 3], [4 * inner, inner, 1]].forEach(([outputs, inputs, kernel], layer) => {
        conv(`${at}.conv${layer + 1}`, outputs, inputs, kernel);
        norm(`${at}.bn${layer + 1}`, outputs, layer === 2 ? 0.25 : 1);
      });
      if (block === 0) {
        conv(`${at}.downsample.0`, 4 * inner, channels, 1);
        norm(`${at}.downsample.1`, 4 * inner);
      }
      channels = 4 * inner;
    }
  });
  tensors.set('fc.weight', { shape: [8, channels], data: new Float32Array(8 * channels).fill(0.01) });
  tensors.set('fc.bias', { shape: [8], data: new Float32Array(8) });
  const { abstain, prediction_set, heads, ...about } = card(like);
  writeFileSync(target, safetensors(tensors, { ...about, architecture: 'resnet50', input_side: 224 }));
}
