/** Person-days a change takes: the T-shirt range of the catalogue, cut to the units it touches, as a lognormal. */
import type { Effort } from '../controls/control.ts';
import type { Candidate } from './assessment.ts';

/** 90 % interval of person-days for a whole control at a firm with about forty APIs (controls.md section 2). */
export const effortDays: Readonly<Record<Effort, { readonly low: number; readonly high: number }>> = {
  XS: { low: 0.2, high: 1 },
  S: { low: 1, high: 3 },
  M: { low: 3, high: 10 },
  L: { low: 10, high: 30 },
};

/** Chance to succeed falls with size: Beta with the weight of ten past changes, an expert estimate until own history replaces it. */
export const successOf: Readonly<Record<Effort, { readonly alpha: number; readonly beta: number }>> = {
  XS: { alpha: 9, beta: 1 },
  S: { alpha: 8.5, beta: 1.5 },
  M: { alpha: 8, beta: 2 },
  L: { alpha: 6.5, beta: 3.5 },
};

/** Width of a 90 % interval of the normal distribution, in standard deviations. */
export const z90 = 3.2897;

/** Services the T-shirt range was estimated for. */
const servicesTypical = 40;
/** Part of the work that does not shrink with the number of services: finding out how, agreeing, showing. */
const fixedShare = 0.2;

/** @param services services the change touches; null for work on the organisation, which does not shrink. */
export function effortOf(size: Effort, services: number | null): Candidate['effort'] {
  const whole = effortDays[size];
  const share = services === null ? 1 : fixedShare + (1 - fixedShare) * Math.min(1, services / servicesTypical);
  const low = whole.low * share;
  const high = whole.high * share;
  const basis =
    services === null
      ? `size ${size}: ${whole.low} to ${whole.high} person-days, an expert estimate`
      : `size ${size} for ${servicesTypical} services is ${whole.low} to ${whole.high} person-days, an expert estimate; cut to ${services === 1 ? 'one service' : `${services} services`}`;
  return { size, daysLow: low, daysMedian: Math.sqrt(low * high), daysHigh: high, basis };
}
