/** Numbers, times and ages as the page writes them. Times are always said with their zone. */
import { preferences } from './preferences.ts';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const DAY_MS = 86_400_000;

export function count(value: number): string {
  return whole.format(value);
}

/** `1 operation`, `12 operations`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** Three figures at most: 9, 310, 9.1k, 1.2M. */
export function short(value: number): string {
  if (value === 0) return '0';
  if (value < 0.1) return '<0.1';
  if (value < 10) return String(Math.round(value * 10) / 10);
  if (value < 999.5) return String(Math.round(value));
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= size * 0.9995) {
      const scaled = value / size;
      return `${scaled < 9.95 ? Math.round(scaled * 10) / 10 : Math.round(scaled)}${unit}`;
    }
  }
  return String(Math.round(value));
}

/** A share as a percentage that never rounds something to nothing or almost all to all. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  if (value < 100 && value > 99.9) return '>99.9 %';
  if (value < 100 && value > 99) return `${Math.floor(value * 10) / 10} %`;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} %`;
}

export function points(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

export function signed(value: number): string {
  const text = points(Math.abs(value));
  return text === '0' ? '0' : value > 0 ? `+${text}` : `−${text}`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  for (const [size, unit] of [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const) {
    if (value >= size) {
      const scaled = value / size;
      return `${scaled < 10 ? Math.round(scaled * 10) / 10 : Math.round(scaled)} ${unit}`;
    }
  }
  return `${value} B`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < DAY_MS) return `${Math.round(ms / 360_000) / 10} h`;
  return `${Math.round(ms / DAY_MS)} d`;
}

export function zoneName(): string {
  if (preferences().zone === 'utc') return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(new Date());
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

function formatted(ms: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { ...options, ...(preferences().zone === 'utc' ? { timeZone: 'UTC' } : {}) }).format(ms);
}

/** `23 Nov 2025`. */
export function day(ms: number): string {
  return formatted(ms, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `23 Nov`. */
export function dayShort(ms: number): string {
  return formatted(ms, { day: 'numeric', month: 'short' });
}

/** `14:02`. */
export function clock(ms: number): string {
  return formatted(ms, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** `23 Nov 2025, 14:02 UTC`. */
export function moment(ms: number): string {
  return `${day(ms)}, ${clock(ms)} ${zoneName()}`;
}

/** How long ago, one unit: `3 s`, `14 min`, `6 h`, `41 d`; `now` under a second. */
export function age(ms: number, now = Date.now()): string {
  const past = now - ms;
  if (past < 1000) return 'now';
  if (past < 60_000) return `${Math.floor(past / 1000)} s`;
  if (past < 3_600_000) return `${Math.floor(past / 60_000)} min`;
  if (past < 2 * DAY_MS) return `${Math.floor(past / 3_600_000)} h`;
  return `${Math.floor(past / DAY_MS)} d`;
}

export function ago(ms: number, now = Date.now()): string {
  const text = age(ms, now);
  return text === 'now' ? 'just now' : `${text} ago`;
}
