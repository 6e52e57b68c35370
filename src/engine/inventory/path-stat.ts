/**
 * Everything kept about one masked path of one service: what path templating learns from, and what rollups hang on.
 * Bounded: each list below names its maximum.
 */
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { NoiseReason } from '../evidence/observation.ts';

export interface PathStat {
  readonly service: string;
  readonly method: string;
  /** Literals and shape tokens; `['users', '{int}']`. */
  readonly segments: readonly string[];
  count: number;
  /** Answered 2xx or 3xx. */
  ok: number;
  /** Count by status code; `0` = no response seen. */
  statuses: Record<number, number>;
  firstMs: number;
  lastMs: number;
  /** Distinct prints per segment: exact up to 64, then an estimate; literals have 1. */
  values: ValueCount[];
  /** Per segment: JSON key names that echoed it, with counts; at most 8 names a segment. */
  echoes: Record<string, number>[];
  /** Hashes of the sorted response field paths, with counts; at most 16. */
  responseShapes: Record<string, number>;
  /** Response media types with counts; at most 8. */
  responseTypes: Record<string, number>;
  /** `http.route` values with counts; at most 4. */
  routes: Record<string, number>;
  /** Distinct callers (principal, else client): exact up to 64 prints, then an estimate. */
  callers: ValueCount;
  /** Noise reasons with counts. */
  noise: Partial<Record<NoiseReason, number>>;
}

export interface ValueCount {
  /** At most 64 prints; beyond that `estimate` alone grows. */
  prints: Fingerprint[];
  estimate: number;
  /** HyperLogLog registers, base64, once `prints` is full. */
  sketch?: string;
}

/** Stands where a literal stood that turned out to be a value: `{word}`; its print is in `values`. */
export const FOLDED_SEGMENT = '{word}';

/**
 * `/users/{word}~Zk3…/orders`: the path with the prints of folded literals, so that each former literal keeps its row
 * and a person who names it can still split it off.
 */
export function foldedKey(stat: Pick<PathStat, 'segments' | 'values'>): string {
  const parts = stat.segments.map((text, at) => {
    const values = stat.values[at];
    return text === FOLDED_SEGMENT && values !== undefined && values.estimate === 1 ? `${text}~${values.prints[0] ?? ''}` : text;
  });
  return `/${parts.join('/')}`;
}
