/**
 * A limit for one operation from what its own callers do, and whom it would have hit. Made to be useful from some hundred
 * requests on: no far percentile is guessed; the rule is a wide margin above what all but the very heaviest callers do, and
 * each figure comes with the range that so few callers leave open.
 */
import { type ShareInterval, shareInterval } from './share-interval.ts';

/** What is needed of a stored exchange; identities are prints. */
export interface CallRow {
  readonly atMs: number;
  readonly client: string | null;
  readonly principal: string | null;
  readonly status: number | null;
}

export interface LimitTrial {
  readonly requests: number;
  readonly windowSeconds: number;
  readonly burst: number;
  /** Share of callers seen that this limit would have refused something, and how many that is. */
  readonly callers: ShareInterval;
  readonly callersHit: number;
  /** Share of requests it would have refused. */
  readonly refused: ShareInterval;
}

export interface SuggestionBasis {
  readonly requests: number;
  readonly callers: number;
  readonly spanMs: number;
  /** Most requests of one caller in ten minutes: of the middle caller, of all but the heaviest, of all. */
  readonly usual: number;
  readonly high: number;
  readonly most: number;
}

export type LimitSuggestion =
  /** `looser` and `tighter` show what a step to either side would do. */
  | ({ readonly kind: 'limit'; readonly by: 'identity' | 'address'; readonly basis: SuggestionBasis } & {
      readonly limit: LimitTrial;
      readonly tighter: LimitTrial;
      readonly looser: LimitTrial;
    })
  | { readonly kind: 'too-little'; readonly by: 'identity' | 'address'; readonly because: string }
  | { readonly kind: 'no-fit'; readonly by: 'identity' | 'address'; readonly because: string; readonly basis: SuggestionBasis };

export const SUGGESTION_REQUESTS_MIN = 200;
export const SUGGESTION_CALLERS_MIN = 20;
export const SUGGESTION_SPAN_MS_MIN = 30 * 60_000;
/** Rows looked at, the newest ones. */
const ROWS_MAX = 500_000;
const WINDOW_MS = 600_000;
const WINDOW_SECONDS = 600;
/** Above the heaviest ordinary caller, and above the usual one. */
const HIGH_MARGIN = 3;
const USUAL_MARGIN = 5;
const BURST_MARGIN = 2;
const BURST_MIN = 5;
/** Heaviest callers that do not set the limit: this share, and at least one. */
const HEAVIEST_SHARE = 0.01;
/** Share of answers 429 from which what is seen is what a limit leaves of it. */
const LIMITED_SHARE_MAX = 0.01;
/** Callers with at least this share of refused or missing answers say nothing of ordinary use. */
const FAILING_SHARE = 0.5;

/** @param by `identity` = principal, else client; `address` = client. Rows of which neither is known are left out. */
export function suggestLimit(rows: readonly CallRow[], by: 'identity' | 'address'): LimitSuggestion {
  const calls = rows.slice(-ROWS_MAX).flatMap(({ atMs, client, principal, status }) => {
    const caller = by === 'identity' ? (principal ?? client) : client;
    return caller === null ? [] : [{ atMs, caller, status, isProven: by === 'identity' && principal !== null }];
  });
  const callers = byCaller(calls);
  const times = calls.map(({ atMs }) => atMs);
  const spanMs = times.length === 0 ? 0 : largest(times) + times.reduce((low, at) => Math.max(low, -at), Number.NEGATIVE_INFINITY);
  const missing = tooLittle(calls.length, callers.length, spanMs);
  if (missing !== null) return { kind: 'too-little', by, because: missing };
  const ordinary = callers.filter(({ failed, times: own }) => failed < own.length * FAILING_SHARE);
  const counts = ordinary.map(({ times: own }) => mostInWindow(own)).sort((a, b) => a - b);
  const heaviest = Math.max(1, Math.floor(counts.length * HEAVIEST_SHARE));
  const at = (index: number) => counts[Math.max(0, Math.min(counts.length - 1, index))] ?? 0;
  const basis: SuggestionBasis = {
    ...{ requests: calls.length, callers: callers.length, spanMs },
    ...{
      usual: at(Math.floor(counts.length / 2)),
      high: at(counts.length - 1 - heaviest),
      most: largest(callers.map(({ times: own }) => mostInWindow(own))),
    },
  };
  const noFit = (because: string): LimitSuggestion => ({ kind: 'no-fit', by, basis, because });
  if (ordinary.length < SUGGESTION_CALLERS_MIN)
    return noFit(`Most callers are mainly refused: only ${ordinary.length} show what ordinary use is.`);
  const limited = calls.filter(({ status }) => status === 429).length;
  if (limited > calls.length * LIMITED_SHARE_MAX)
    return noFit(`${limited} of ${calls.length} requests were answered 429: a limit is in force already, and hides what callers need.`);
  const requests = rounded(Math.max(HIGH_MARGIN * basis.high, USUAL_MARGIN * basis.usual));
  const limit = trial(callers, ordinary, requests);
  const partners = ordinary.filter(({ times: own, isProven }) => isProven && refusedOf(own, WINDOW_MS / requests, limit.burst) > 0).length;
  if (partners > 0) return noFit(`${partners} proven callers ask far more than the others: give them a plan of their own, then ask again.`);
  return {
    ...{ kind: 'limit', by, basis, limit },
    tighter: trial(callers, ordinary, rounded(requests / 2)),
    looser: trial(callers, ordinary, rounded(requests * 2)),
  };
}

interface CallerCalls {
  /** Ascending. */
  readonly times: number[];
  readonly isProven: boolean;
  failed: number;
}

function byCaller(
  calls: readonly { readonly atMs: number; readonly caller: string; readonly status: number | null; readonly isProven: boolean }[],
): CallerCalls[] {
  const found = new Map<string, CallerCalls>();
  for (const { atMs, caller, status, isProven } of calls) {
    let own = found.get(caller);
    if (own === undefined) {
      own = { times: [], failed: 0, isProven };
      found.set(caller, own);
    }
    own.times.push(atMs);
    if (status !== null && status >= 400 && status < 500) own.failed++;
  }
  for (const { times } of found.values()) times.sort((a, b) => a - b);
  return [...found.values()];
}

function tooLittle(requests: number, callers: number, spanMs: number): string | null {
  if (requests < SUGGESTION_REQUESTS_MIN)
    return `${requests} requests were seen of callers that can be told apart; ${SUGGESTION_REQUESTS_MIN} are needed.`;
  if (callers < SUGGESTION_CALLERS_MIN)
    return `${callers} callers were seen; ${SUGGESTION_CALLERS_MIN} are needed to tell the usual from the rare.`;
  if (spanMs < SUGGESTION_SPAN_MS_MIN)
    return `The requests cover ${Math.floor(spanMs / 60_000)} minutes; ${SUGGESTION_SPAN_MS_MIN / 60_000} are needed.`;
  return null;
}

/** Most requests in any ten minutes, wherever they begin. */
function mostInWindow(times: readonly number[]): number {
  let most = 0;
  let from = 0;
  times.forEach((at, index) => {
    while (at - (times[from] as number) >= WINDOW_MS) from++;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** Plays the limit against every caller's own requests, with a burst that leaves ordinary callers twice what they need. */
function trial(callers: readonly CallerCalls[], ordinary: readonly CallerCalls[], requests: number): LimitTrial {
  const unitMs = WINDOW_MS / requests;
  const ahead = ordinary.map(({ times }) => mostAhead(times, unitMs)).sort((a, b) => a - b);
  const heaviest = Math.max(1, Math.floor(ahead.length * HEAVIEST_SHARE));
  const usualAhead = ahead[Math.max(0, ahead.length - 1 - heaviest)] ?? 0;
  const burst = Math.min(requests, Math.max(BURST_MIN, Math.ceil(BURST_MARGIN * usualAhead)));
  let callersHit = 0;
  let refused = 0;
  let all = 0;
  let squares = 0;
  for (const { times } of callers) {
    const own = refusedOf(times, unitMs, burst);
    if (own > 0) callersHit++;
    refused += own;
    all += times.length;
    squares += times.length ** 2;
  }
  return {
    ...{ requests, windowSeconds: WINDOW_SECONDS, burst, callersHit },
    callers: shareInterval(callersHit / callers.length, callers.length),
    // Requests of one caller are alike, so that the sample is as large as its callers are many and even (Kish's effective size).
    refused: shareInterval(refused / all, all ** 2 / squares),
  };
}

/** Units a caller was ahead of the sustained rate at most, had nothing been refused; the first request not counted. */
function mostAhead(times: readonly number[], unitMs: number): number {
  let arrival = Number.NEGATIVE_INFINITY;
  let most = 0;
  for (const at of times) {
    arrival = Math.max(arrival, at) + unitMs;
    most = Math.max(most, (arrival - at) / unitMs - 1);
  }
  return most;
}

function refusedOf(times: readonly number[], unitMs: number, burst: number): number {
  let arrival = Number.NEGATIVE_INFINITY;
  let refused = 0;
  for (const at of times) {
    const next = Math.max(arrival, at) + unitMs;
    if (next - at > (burst + 1) * unitMs + 1e-6) refused++;
    else arrival = next;
  }
  return refused;
}

/** Up to the next of 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, ...: limits are for people to read. */
function rounded(value: number): number {
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const scale = Math.max(10, 10 ** Math.floor(Math.log10(Math.max(1, value))));
  return Math.round(scale * (steps.find((step) => step * scale >= value - 1e-9) ?? 10));
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
