/**
 * What each page of the first-visit benchmark does with its library: from the address to the logits of one tensor.
 * The tensor is the same for all, asked for at once, and not counted among the bytes of a visit.
 *
 * @param {'planes' | 'pixels'} layout of the 3 × 224 × 224 numbers: planes first, or R, G and B of each pixel together
 * @param {(input: Promise<Float32Array>) => Promise<ArrayLike<number>>} answer loads the library and the network, and runs it once
 */
export async function visit(layout, answer) {
  const planes = fetch('/input').then(async (response) => new Float32Array(await response.arrayBuffer()));
  const input = layout === 'planes' ? planes : planes.then(channelsLast);
  try {
    const logits = await answer(input);
    globalThis.answered = { ms: performance.now(), logits: Array.from(logits) };
  } catch (error) {
    globalThis.answered = { error: String(error?.stack ?? error) };
  }
}

function channelsLast(planes) {
  const pixels = planes.length / 3;
  return Float32Array.from({ length: planes.length }, (_, at) => planes[(at % 3) * pixels + Math.floor(at / 3)]);
}
