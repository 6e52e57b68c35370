/** A share of a sample with the range it may truly have. */
export interface ShareInterval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const Z = 1.959964;

/**
 * Wilson's score interval: honest for few cases and for none at all (0 of 50 is up to 7 %).
 * @param of may be fractional, as an effective sample size is; above 0
 */
export function shareInterval(share: number, of: number): ShareInterval {
  const square = Z * Z;
  const center = (share + square / (2 * of)) / (1 + square / of);
  const half = (Z / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  return { share, low: Math.max(0, Math.min(share, center - half)), high: Math.min(1, Math.max(share, center + half)) };
}
