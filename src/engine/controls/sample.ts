/** What a sample proves: the one-sided 95 % lower bound of a share (Clopper and Pearson 1934), used by every rule on calls. */

/** Calls without a single failure that prove "at least 95 %": 0.05^(1/59) = 0.950. */
export const sampleMin = 59;

/**
 * Smallest share that `good` of `all` is consistent with at 95 % confidence, one-sided.
 * @returns 0 to 1; 0 for an empty sample.
 */
export function lowerBound95(good: number, all: number): number {
  if (all <= 0 || good <= 0) return 0;
  if (good >= all) return 0.05 ** (1 / all);
  let low = 0;
  let high = good / all;
  // P(X >= good | share) grows with share; the bound is where it crosses 5 %.
  for (let step = 0; step < 60; step++) {
    const share = (low + high) / 2;
    if (tailAtLeast(good, all, share) > 0.05) high = share;
    else low = share;
  }
  return low;
}

/** P(X >= good) for X ~ Binomial(all, share); past 2,000 failures the normal approximation is exact enough. */
function tailAtLeast(good: number, all: number, share: number): number {
  const failures = all - good;
  if (failures > 2000) return normalTail((good - 0.5 - all * share) / Math.sqrt(all * share * (1 - share)));
  let logTerm = all * Math.log(share);
  let sum = Math.exp(logTerm);
  for (let failed = 1; failed <= failures; failed++) {
    logTerm += Math.log((all - failed + 1) / failed) + Math.log((1 - share) / share);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** Upper tail of the standard normal, Abramowitz and Stegun 26.2.17 (error below 7.5e-8). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? tail : 1 - tail;
}
