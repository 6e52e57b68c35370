/**
 * How many operations there are in all, judged from two lists made independently (documents and traffic): capture and
 * recapture with Chapman's estimator (1951) and its variance (Seber 1970). Documents and traffic are not fully
 * independent (busy operations get documented), so the estimate leans low; the upper end is what to plan with.
 */
import type { Completeness } from './operation.ts';

/** Fewer operations on both lists than this say nothing. */
const BOTH_MIN = 7;

/** null when the overlap is too small to judge by. */
export function estimateCompleteness(bySpec: number, byTraffic: number, both: number): Completeness | null {
  if (both < BOTH_MIN || both > bySpec || both > byTraffic) return null;
  const estimate = ((bySpec + 1) * (byTraffic + 1)) / (both + 1) - 1;
  const variance = ((bySpec + 1) * (byTraffic + 1) * (bySpec - both) * (byTraffic - both)) / ((both + 1) ** 2 * (both + 2));
  const known = bySpec + byTraffic - both;
  const low = Math.max(known, estimate - 1.96 * Math.sqrt(variance));
  const high = Math.max(known, estimate + 1.96 * Math.sqrt(variance));
  return { bySpec, byTraffic, both, estimate: Math.max(known, estimate), low, high, lowerShare: known / high };
}
