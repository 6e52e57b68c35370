import { describe, expect, it } from 'vitest';
import { limitFields, retryAfterSeconds } from './limit-fields.ts';

const standing = { name: 'login', quota: 10, windowSeconds: 60, remaining: 3, resetSeconds: 42 };

describe('limit fields', () => {
  it('name each policy with its quota and window, and where the caller stands', () => {
    expect(limitFields([standing, { ...standing, name: 'day', quota: 5000, windowSeconds: 86_400 }])).toEqual([
      { name: 'ratelimit-policy', value: '"login";q=10;w=60, "day";q=5000;w=86400' },
      { name: 'ratelimit', value: '"login";r=3;t=42, "day";r=3;t=42' },
    ]);
    expect(limitFields([])).toEqual([]);
  });

  it('a name cannot break out of its quotes or lines', () => {
    expect(limitFields([{ ...standing, name: 'a"\\\r\né' }])[1]?.value).toBe('"a\\"\\\\???";r=3;t=42');
  });

  it('numbers are integers in the bounds of structured fields', () => {
    const odd = { ...standing, quota: 1e20, remaining: -2, resetSeconds: 0.4 };
    expect(limitFields([odd]).map(({ value }) => value)).toEqual(['"login";q=999999999999999;w=60', '"login";r=0;t=0']);
  });
});

describe('Retry-After', () => {
  it('is never sooner than the wait and at most half as long again', () => {
    for (const waitMs of [1, 999, 1000, 7300, 86_400_000])
      for (const chance of [0, 0.3, 0.999]) {
        const seconds = retryAfterSeconds(waitMs, chance);
        expect(seconds * 1000).toBeGreaterThanOrEqual(waitMs);
        expect(seconds).toBeLessThanOrEqual(Math.ceil((waitMs * 1.5) / 1000));
      }
  });
});
