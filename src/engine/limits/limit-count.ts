/** One limit's arithmetic: what the number kept for a key means, what a request adds, and what a caller may be told. */
import type { LimitPolicy } from '../policy/policy.ts';
import { type CalendarWindow, calendarWindow } from './calendar-window.ts';

/** What one limit makes of one request, before anything is written. */
export interface Reading {
  allowed: boolean;
  /** The number to keep when the request goes through. */
  next: number;
  quota: number;
  /** Units that may still come at once, this request counted. */
  remaining: number;
  /** Until all units are there again, milliseconds. */
  resetMs: number;
  /** Until this request would go through; infinite = never, it costs more than the limit holds. */
  waitMs: number;
}

/** Instants a decision is taken at: `flowMs` never runs backwards, `wallMs` is the calendar's. */
export interface Clock {
  flowMs: number;
  wallMs: number;
}

export interface LimitCount {
  /** Kept numbers at or below it say nothing. */
  deadBelow(clock: Clock): number;
  /** Reads `kept` for a request of `cost` units under `quota`, into `into`. */
  read(kept: number, cost: number, quota: number, clock: Clock, into: Reading): void;
  /** The number after `units` were used elsewhere, without asking. */
  add(kept: number, units: number, quota: number, clock: Clock): number;
  /** Units in use under `quota`, and back; for moving to a changed limit. */
  used(kept: number, quota: number, clock: Clock): number;
}

/** Units that may come at once: one, and the burst on top. */
export function capacityOf(limit: LimitPolicy, quota: number): number {
  return 1 + (limit.burst ?? Math.max(1, Math.floor(quota / 10)));
}

/**
 * Generic cell rate algorithm (ITU-T I.371, leaky bucket as a meter): keeps the theoretical arrival time, the instant at
 * which everything used is paid back at the sustained rate. A request dearer than the burst goes through when nothing
 * is owed, and is paid back in full; one dearer than the whole quota never does.
 */
export function rollingCount(limit: LimitPolicy): LimitCount {
  const windowMs = limit.windowSeconds * 1000;
  return {
    deadBelow: (clock) => clock.flowMs,
    read(kept, cost, quota, clock, into) {
      const now = clock.flowMs;
      const unitMs = windowMs / quota;
      const capacityMs = capacityOf(limit, quota) * unitMs;
      const owedMs = kept > now ? kept - now : 0;
      const costMs = cost * unitMs;
      const waitMs = costMs > capacityMs ? owedMs : owedMs + costMs - capacityMs;
      into.allowed = cost <= quota && waitMs <= ROUNDING_MS;
      const owedThenMs = into.allowed ? owedMs + costMs : owedMs;
      into.next = now + owedThenMs;
      into.quota = quota;
      into.remaining = Math.max(0, Math.floor((capacityMs - owedThenMs) / unitMs + ROUNDING_MS));
      into.resetMs = owedThenMs;
      into.waitMs = into.allowed ? 0 : cost > quota ? Number.POSITIVE_INFINITY : waitMs;
    },
    add: (kept, units, quota, clock) => Math.max(kept, clock.flowMs) + (units * windowMs) / quota,
    used: (kept, quota, clock) => (Math.max(0, kept - clock.flowMs) * quota) / windowMs,
  };
}

/** Sums of float milliseconds differ in the last digits; less than this is no difference. */
const ROUNDING_MS = 1e-6;

/** Units are counted in sixteenths, so that cheap operations may cost a part of one. */
const UNIT_PARTS = 16;
const WINDOW_STEP = 2 ** 32;

/** Counts by calendar window: keeps window number x 2^32 + sixteenths of units. 268 million units fit a window. */
export function calendarCount(window: CalendarWindow): LimitCount {
  let span = calendarWindow(window, 0);
  const spanAt = (wallMs: number) => {
    if (wallMs < span.startMs || wallMs >= span.endMs) span = calendarWindow(window, wallMs);
    return span;
  };
  const partsOf = (kept: number, index: number) => (kept >= index * WINDOW_STEP ? kept % WINDOW_STEP : 0);
  /** A clock set back keeps counting in the later window: it cannot win units back. */
  const indexOf = (kept: number, index: number) => Math.max(index, Math.floor(kept / WINDOW_STEP));
  const sum = (kept: number, units: number, index: number) =>
    indexOf(kept, index) * WINDOW_STEP + Math.min(WINDOW_STEP - 1, partsOf(kept, index) + Math.ceil(units * UNIT_PARTS));
  return {
    deadBelow: (clock) => spanAt(clock.wallMs).index * WINDOW_STEP,
    read(kept, cost, quota, clock, into) {
      const { index, endMs } = spanAt(clock.wallMs);
      const next = sum(kept, cost, index);
      into.allowed = (next % WINDOW_STEP) / UNIT_PARTS <= quota;
      into.next = into.allowed ? next : kept;
      into.quota = quota;
      into.remaining = Math.max(0, Math.floor(quota - partsOf(into.next, index) / UNIT_PARTS));
      into.resetMs = endMs - clock.wallMs;
      into.waitMs = into.allowed ? 0 : cost > quota ? Number.POSITIVE_INFINITY : into.resetMs;
    },
    add: (kept, units, _quota, clock) => sum(kept, units, spanAt(clock.wallMs).index),
    used: (kept, _quota, clock) => partsOf(kept, spanAt(clock.wallMs).index) / UNIT_PARTS,
  };
}
