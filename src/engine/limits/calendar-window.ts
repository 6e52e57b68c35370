/** Whole hours, days and months in UTC, as plans count them. */
export type CalendarWindow = 'hour' | 'day' | 'month';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface WindowSpan {
  /** Running number of the window; the next one has the next number. */
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
}

export function calendarWindow(window: CalendarWindow, nowMs: number): WindowSpan {
  if (window !== 'month') {
    const length = window === 'hour' ? HOUR_MS : DAY_MS;
    const index = Math.floor(nowMs / length);
    return { index, startMs: index * length, endMs: (index + 1) * length };
  }
  const date = new Date(nowMs);
  const index = date.getUTCFullYear() * 12 + date.getUTCMonth();
  return { index, startMs: monthStart(index), endMs: monthStart(index + 1) };
}

function monthStart(index: number): number {
  return Date.UTC(Math.floor(index / 12), index % 12, 1);
}
