/** What callers are told of limits: `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-10) and `Retry-After`. */
import type { LimitStanding } from '../evidence/decision.ts';
import type { HeaderList } from '../http/headers.ts';

const INTEGER_MAX = 999_999_999_999_999;
/** Integers of a structured field have at most 15 digits (RFC 9651 section 3.3.1). */
const integer = (value: number) => String(Math.max(0, Math.min(INTEGER_MAX, Math.floor(value))));

/** Policy and standing of each limit the request was counted by; empty without any. */
export function limitFields(standings: readonly LimitStanding[]): HeaderList {
  if (standings.length === 0) return [];
  const policies = standings.map(({ name, quota, windowSeconds }) => `${quoted(name)};q=${integer(quota)};w=${integer(windowSeconds)}`);
  const states = standings.map(({ name, remaining, resetSeconds }) => `${quoted(name)};r=${integer(remaining)};t=${integer(resetSeconds)}`);
  return [
    { name: 'ratelimit-policy', value: policies.join(', ') },
    { name: 'ratelimit', value: states.join(', ') },
  ];
}

/**
 * Value of `Retry-After`: never sooner than it helps, and up to half as long again, so that those refused together do not
 * come back together.
 * @param chance uniform in [0, 1), from a seeded source
 */
export function retryAfterSeconds(waitMs: number, chance: number): number {
  return Math.max(1, Math.ceil((Math.max(0, waitMs) * (1 + chance / 2)) / 1000));
}

/** A structured string (RFC 9651 section 3.3.3): printable ASCII, quote and backslash escaped; anything else as `?`. */
function quoted(name: string): string {
  return `"${name.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
