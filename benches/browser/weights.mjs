/**
 * The peers' random MobileNetV2 as a weight file of ours, so that all contestants compute with the same numbers and the logits can be
 * compared. Their ONNX file has BatchNorm folded into the convolutions; here it becomes an identity with that bias.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** BatchNorm's ε: a running variance of 1 − ε makes the normalisation a division by 1. */
const EPSILON = 1e-5;

/**
 * @param {string} onnx path of their file
 * @param {string} like path of a weight file whose card is taken over, with side 224 and without limits, which belong to its own numbers
 * @param {string} target path to write
 */
export function convert(onnx, like, target) {
  const { convolutions, dense } = folded(onnx);
  const names = layers();
  if (convolutions.length !== names.length) throw new Error(`${convolutions.length} convolutions; a MobileNetV2 has ${names.length}`);
  const out = new Map();
  names.forEach(([conv, norm], index) => {
    const { weight, bias } = convolutions[index];
    const channels = bias.data.length;
    const filled = (value) => ({ shape: [channels], data: new Float32Array(channels).fill(value) });
    out.set(`${conv}.weight`, weight);
    out.set(`${norm}.weight`, filled(1));
    out.set(`${norm}.bias`, bias);
    out.set(`${norm}.running_mean`, filled(0));
    out.set(`${norm}.running_var`, filled(1 - EPSILON));
  });
  out.set('classifier.1.weight', dense.weight);
  out.set('classifier.1.bias', dense.bias);
  writeFileSync(target, safetensors(out, { ...card(like), input_side: 224, abstain: undefined }));
}

/**
 * The same numbers as TensorFlow.js takes them: float32 layer by layer, a kernel (height, width, input, output; the classifier's input, output), then its bias.
 * @param {string} onnx path of their file
 * @param {string} target path to write
 */
export function flatten(onnx, target) {
  const { convolutions, dense } = folded(onnx);
  const numbers = [...convolutions, dense].flatMap(({ weight, bias }) => [channelsLast(weight), bias.data]);
  writeFileSync(target, Buffer.concat(numbers.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))));
}

/** The network of their file: convolutions in the order they are computed and the classifier, each with weight and bias. */
function folded(onnx) {
  const tensors = initializers(readFileSync(onnx));
  const names = [...tensors.keys()].filter((name) => /^conv\d+_w$/.test(name));
  const convolutions = names.map((name) => ({ weight: tensors.get(name), bias: tensors.get(name.replace(/w$/, 'b')) }));
  const [weight, bias] = ['w', 'b'].map((suffix) => [...tensors].find(([name]) => name.startsWith('fc') && name.endsWith(`_${suffix}`))[1]);
  return { convolutions, dense: { weight, bias } };
}

/** Output, input, place → place, input, output; a depthwise kernel's one input is its output. */
function channelsLast({ shape: [outputs, inputs, ...kernel], data }) {
  const places = kernel.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: data.length }, (_, at) => {
    const output = at % outputs;
    const input = Math.floor(at / outputs) % inputs;
    const place = Math.floor(at / outputs / inputs);
    return data[(output * inputs + input) * places + place];
  });
}

/** torchvision's names of the convolutions and their BatchNorms, in the order they are computed. */
function layers() {
  const blocks = Array.from({ length: 17 }, (_, index) => index + 1).flatMap((index) => {
    const at = `features.${index}.conv`;
    const inner = index === 1 ? 1 : 2;
    const expanded = Array.from({ length: inner }, (_, step) => [`${at}.${step}.0`, `${at}.${step}.1`]);
    return [...expanded, [`${at}.${inner}`, `${at}.${inner + 1}`]];
  });
  return [['features.0.0', 'features.0.1'], ...blocks, ['features.18.0', 'features.18.1']];
}

/** Protocol-buffer fields of a message: `[number, value]`, where a value is a number or the bytes inside. */
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const size = { 1: 8, 5: 4 }[key & 7] ?? varint();
    if ((key & 7) === 0) yield [key >>> 3, size];
    else yield [key >>> 3, bytes.subarray(at, (at += size))];
  }
}

/** The constant float tensors of an ONNX model by name: ModelProto.graph = 7, GraphProto.initializer = 5, TensorProto dims 1, name 8, raw 9. */
function initializers(model) {
  const tensors = new Map();
  const only = (message, number) => [...fields(message)].filter(([key]) => key === number).map(([, value]) => value);
  for (const tensor of only(only(model, 7)[0], 5)) {
    const shape = only(tensor, 1);
    const raw = only(tensor, 9)[0];
    if (raw && raw.length % 4 === 0) tensors.set(only(tensor, 8)[0].toString(), { shape, data: new Float32Array(Uint8Array.from(raw).buffer) });
  }
  return tensors;
}

/** The card of a weight file. */
export function card(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  return JSON.parse(JSON.parse(bytes.subarray(8, 8 + length).toString()).__metadata__.card);
}

/** A safetensors file: header length, header, data. */
export function safetensors(tensors, about) {
  const header = { __metadata__: { card: JSON.stringify(about) } };
  let end = 0;
  for (const [name, { shape, data }] of tensors) header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] };
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, ...[...tensors.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))]);
}
