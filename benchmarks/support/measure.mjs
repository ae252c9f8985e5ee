export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * `lanes` loops of `work(lane, n)` side by side for `ms` milliseconds.
 * Returns operations per second and the latencies in milliseconds.
 */
export async function load({ lanes, ms, work }) {
  const latencies = [];
  const startedAt = performance.now();
  const end = startedAt + ms;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (let n = 0; performance.now() < end; n++) {
        const at = performance.now();
        await work(lane, n);
        latencies.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: latencies.length / seconds, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** Measures several contenders in turns, `rounds` times, and gives each one's medians by field. */
export async function inTurns(rounds, contenders) {
  const samples = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(contenders)) samples.get(name).push(await measure(round));
  }
  return Object.fromEntries(
    [...samples].map(([name, rows]) => [
      name,
      Object.fromEntries(Object.keys(rows[0]).map((field) => [field, median(rows.map((row) => row[field]))])),
    ]),
  );
}

/** One line of the result; `atLeast`/`atMost` compare with the target, the ratio with the peer. */
export function result({ name, value, unit, peer, peerValue, ratioAtLeast, atLeast, atMost, lowerIsBetter = false }) {
  const ratio = peerValue === undefined ? undefined : lowerIsBetter ? peerValue / value : value / peerValue;
  const checks = [
    ratioAtLeast !== undefined && [`≥ ${ratioAtLeast} ×`, ratio >= ratioAtLeast],
    atLeast !== undefined && [`≥ ${atLeast} ${unit}`, value >= atLeast],
    atMost !== undefined && [`≤ ${atMost} ${unit}`, value <= atMost],
  ].filter(Boolean);
  return {
    name,
    value,
    unit,
    ...(peer && { peer, peerValue, ratio }),
    ...(checks.length > 0 && { target: checks.map(([text]) => text).join(', '), ok: checks.every(([, met]) => met) }),
  };
}

/** Lines of the latencies of a {@link load} beside those of the peer's. */
export const latencies = (name, { ours, peer }, peerName, shares = ['p50', 'p99']) =>
  shares.map((share) =>
    result({
      ...{ name: `${name} ${share}`, value: ours[share], unit: 'ms', lowerIsBetter: true },
      ...{ peer: peerName, peerValue: peer[share] },
    }),
  );
