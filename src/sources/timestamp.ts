/** Reads the time stamps of logs. Everything is milliseconds since the epoch, UTC; null when the text is no time. */

const monthByLetters: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
};

const minuteMs = 60_000;
/** Years that a log line may carry; what lies outside is a broken clock or no time at all. */
const yearMin = 1990;
const yearMax = 2200;
const epochMsMin = Date.UTC(yearMin, 0, 1);
const epochMsMax = Date.UTC(yearMax, 0, 1);

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function fourDigits(text: string, at: number): number {
  return twoDigits(text, at) * 100 + twoDigits(text, at + 2);
}

// Neighbouring lines mostly share their day: one Date.UTC a day instead of one a line.
let cachedDayKey = -1;
let cachedDayStartMs = 0;

function dayStart(year: number, month: number, day: number): number {
  const key = year * 512 + month * 32 + day;
  if (key === cachedDayKey) return cachedDayStartMs;
  if (!(year >= yearMin && year <= yearMax && month >= 0 && month <= 11 && day >= 1 && day <= 31)) return Number.NaN;
  const startMs = Date.UTC(year, month, day);
  // The 31st of a month with 30 days would roll over silently.
  if (new Date(startMs).getUTCDate() !== day) return Number.NaN;
  cachedDayKey = key;
  cachedDayStartMs = startMs;
  return startMs;
}

function clock(text: string, at: number): number {
  const hour = twoDigits(text, at);
  const minute = twoDigits(text, at + 3);
  const second = twoDigits(text, at + 6);
  // 60 is a leap second (RFC 3339 section 5.7).
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;
  return hour * 3_600_000 + minute * minuteMs + second * 1000;
}

/** Offset from UTC in milliseconds for `+0200`, `+02:00`, `+02` or `Z`; NaN for anything else. */
function zone(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (sign === 90 || sign === 122) return 0;
  if (sign !== 43 && sign !== 45) return Number.NaN;
  const hours = twoDigits(text, at + 1);
  const colon = text.charCodeAt(at + 3) === 58 ? 1 : 0;
  const more = digit(text, at + 3 + colon);
  const minutes = Number.isNaN(more) ? 0 : twoDigits(text, at + 3 + colon);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  const offset = (hours * 60 + minutes) * minuteMs;
  return sign === 45 ? -offset : offset;
}

let cachedMonthText = '';
let cachedMonth = -1;

function monthAt(text: string, at: number): number {
  if (cachedMonth >= 0 && text.startsWith(cachedMonthText, at)) return cachedMonth;
  const letters = text.slice(at, at + 3);
  const month = monthByLetters[letters.toLowerCase()];
  if (month === undefined) return Number.NaN;
  cachedMonthText = letters;
  cachedMonth = month;
  return month;
}

/** `03/Mar/2025:00:51:43 +0000` beginning at `at`: the time of the Common Log Format. */
export function clfTimeAt(text: string, at: number): number | null {
  if (text.charCodeAt(at + 2) !== 47 || text.charCodeAt(at + 6) !== 47 || text.charCodeAt(at + 11) !== 58) return null;
  const start = dayStart(fourDigits(text, at + 7), monthAt(text, at + 3), twoDigits(text, at));
  const offset = zone(text, at + 21);
  const ms = start + clock(text, at + 12) - offset;
  return Number.isNaN(ms) ? null : ms;
}

/** Fraction of a second beginning at `at` (after the point), and how many digits it had. */
function fraction(text: string, at: number): { ms: number; digits: number } {
  let digits = 0;
  let value = 0;
  while (digits < 12) {
    const next = digit(text, at + digits);
    if (Number.isNaN(next)) break;
    if (digits < 3) value = value * 10 + next;
    digits += 1;
  }
  const scale = digits === 1 ? 100 : digits === 2 ? 10 : 1;
  return { ms: value * scale, digits };
}

/**
 * ISO 8601 as logs write it: `2025-03-03T00:51:43.357Z`, a blank or tab for the `T`, slashes for the dashes, a comma for
 * the point, any offset. A time without an offset is taken as UTC: the reader's own zone says nothing about the server's.
 */
export function isoTime(text: string): number | null {
  const gap = text.charCodeAt(10);
  if (gap !== 84 && gap !== 32 && gap !== 116 && gap !== 9) return null;
  const dash = text.charCodeAt(4);
  if ((dash !== 45 && dash !== 47) || text.charCodeAt(7) !== dash) return null;
  const start = dayStart(fourDigits(text, 0), twoDigits(text, 5) - 1, twoDigits(text, 8));
  let ms = start + clock(text, 11);
  let at = 19;
  const point = text.charCodeAt(at);
  if (point === 46 || point === 44) {
    const part = fraction(text, at + 1);
    ms += part.ms;
    at += 1 + part.digits;
  }
  if (text.charCodeAt(at) === 32 && at + 1 < text.length) at += 1;
  if (at < text.length) {
    if (text.startsWith('UTC', at) || text.startsWith('GMT', at)) return Number.isNaN(ms) ? null : ms;
    ms -= zone(text, at);
  }
  return Number.isNaN(ms) ? null : ms;
}

/** Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size. */
export function epochTime(value: number): number | null {
  if (!Number.isFinite(value) || value <= 0) return null;
  for (const perMs of [0.001, 1, 1000, 1_000_000]) {
    // Fractions of a second in floating point are off by far less than a microsecond.
    const ms = Math.round((value / perMs) * 1000) / 1000;
    if (ms >= epochMsMin && ms < epochMsMax) return Math.floor(ms);
  }
  return null;
}

const httpDate = /^(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) (?:GMT|UTC|([+-]\d{4}))$/;

/** Any of the forms above, or an RFC 9110 date, as text or number. */
export function anyTime(value: unknown): number | null {
  if (typeof value === 'number') return epochTime(value);
  if (typeof value !== 'string' || value.length > 48) return null;
  const text = value.charCodeAt(0) === 91 && value.endsWith(']') ? value.slice(1, -1) : value.trim();
  const known = isoTime(text) ?? clfTimeAt(text, 0);
  if (known !== null) return known;
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(text)) return epochTime(Number(text));
  const parts = httpDate.exec(text);
  if (parts === null) return null;
  const [, day = '', letters = '', year = '', time = '', offset] = parts;
  const ms = dayStart(Number(year), monthAt(letters, 0), Number(day)) + clock(time, 0) - (offset === undefined ? 0 : zone(offset, 0));
  return Number.isNaN(ms) ? null : ms;
}
