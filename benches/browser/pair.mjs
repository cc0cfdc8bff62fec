/**
 * Two contestants on the main thread of one page, in turn: one run of ours, one of the other's, and so on.
 *
 * A host that shares its cores changes speed from one second to the next. Runs that follow each other within a twentieth of a second meet the
 * same speed, so the ratio within a pair holds where the ratio of two separate medians does not.
 *
 * setup({ ours, peer, pairs }) → { meta, report }; ours and peer are { module, params } of contestants.
 */
const WARM_MS = 2_000;

export async function setup({ ours, peer, pairs = 300 }) {
  const [left, right] = [await contestant(ours), await contestant(peer)];
  return {
    meta: { ours: left.meta, peer: right.meta },
    report: async () => {
      for (const { run } of [left, right]) {
        const start = performance.now();
        while (performance.now() - start < WARM_MS) await run();
      }
      const times = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        // Who goes first changes, so that neither always finds what the other left in the caches.
        const order = pair % 2 === 0 ? [left, right] : [right, left];
        const took = new Map();
        for (const one of order) took.set(one, await time(one.run));
        times.push([took.get(left), took.get(right)]);
      }
      return {
        pairs,
        ours_ms: quantiles(times.map(([a]) => a)),
        peer_ms: quantiles(times.map(([, b]) => b)),
        ratio: quantiles(times.map(([a, b]) => a / b)),
      };
    },
  };
}

async function contestant({ module, params }) {
  return (await import(module)).setup(params);
}

async function time(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Minimum, quartiles and median. */
function quantiles(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  return { min: sorted[0], q1: at(0.25), median: at(0.5), q3: at(0.75) };
}
