import { expect, test } from 'vitest';
import { addLatency, type LatencySketch, latencyQuantiles } from './latency-sketch.ts';

test('any quantile is within 5 % of the true one', () => {
  const sketch: LatencySketch = { zero: 0, buckets: {}, max: 0 };
  for (let ms = 1; ms <= 10_000; ms++) addLatency(sketch, ms);
  const [p50, p95, p99] = latencyQuantiles(sketch, [0.5, 0.95, 0.99]) ?? [];
  for (const [got, want] of [
    [p50, 5000],
    [p95, 9500],
    [p99, 9900],
  ] as const)
    expect(Math.abs((got ?? 0) - want) / want).toBeLessThan(0.051);
});

test('nothing added, nothing known; clock faults are left out', () => {
  const sketch: LatencySketch = { zero: 0, buckets: {}, max: 0 };
  addLatency(sketch, -5);
  addLatency(sketch, Number.NaN);
  expect(latencyQuantiles(sketch, [0.5])).toBeNull();
});
