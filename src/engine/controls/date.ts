/** Dates in settings and documents: ISO days, read without a clock. */

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

/** Start of the day in UTC, or the instant given; null when the text is no date. */
export function dateMs(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** `2025-11-23`. */
export function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Whole days from `fromMs` to `toMs`, negative when `toMs` is earlier. */
export function daysBetween(fromMs: number, toMs: number): number {
  return Math.floor((toMs - fromMs) / dayMs);
}

/** A date is `future`, `fresh` within `days` before now, `old` beyond that, or `missing`. A date ahead proves nothing yet. */
export function ageOf(text: string | null | undefined, nowMs: number, days: number): 'missing' | 'future' | 'fresh' | 'old' {
  const at = dateMs(text);
  if (at === null) return 'missing';
  if (at > nowMs) return 'future';
  return nowMs - at <= days * dayMs ? 'fresh' : 'old';
}
