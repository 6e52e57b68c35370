/**
 * Durations in logarithmic buckets: any quantile to within 5 %, a few dozen numbers however many calls.
 * Construction as in DDSketch (Masson, Rim, Lee, VLDB 2019): bucket i holds (g^(i-1), g^i], g = (1 + a) / (1 - a).
 */
const ACCURACY = 0.05;
const LOG_GAMMA = Math.log((1 + ACCURACY) / (1 - ACCURACY));
const GAMMA = Math.exp(LOG_GAMMA);

export interface LatencySketch {
  /** Durations under 0.01 ms. */
  zero: number;
  /** Bucket number to count. */
  buckets: Record<string, number>;
  /** Longest seen, milliseconds. */
  max: number;
}

/** Adds one duration in milliseconds, >= 0; a negative or absurd one (over 1 day) is a clock fault and is left out. */
export function addLatency(sketch: LatencySketch, ms: number): void {
  if (!(ms >= 0) || ms > 86_400_000) return;
  if (ms > sketch.max) sketch.max = ms;
  if (ms < 0.01) {
    sketch.zero++;
    return;
  }
  const bucket = Math.ceil(Math.log(ms) / LOG_GAMMA);
  sketch.buckets[bucket] = (sketch.buckets[bucket] ?? 0) + 1;
}

/** Quantiles in milliseconds; null when nothing was added. `shares` between 0 and 1. */
export function latencyQuantiles(sketch: LatencySketch, shares: readonly number[]): number[] | null {
  const ordered = Object.entries(sketch.buckets)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .sort((a, b) => a.bucket - b.bucket);
  const total = sketch.zero + ordered.reduce((sum, entry) => sum + entry.count, 0);
  if (total === 0) return null;
  return shares.map((share) => {
    let left = share * (total - 1) - sketch.zero;
    if (left < 0) return 0;
    for (const { bucket, count } of ordered) {
      left -= count;
      if (left < 0) return Math.min((2 * GAMMA ** bucket) / (GAMMA + 1), sketch.max);
    }
    return sketch.max;
  });
}
