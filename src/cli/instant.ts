import { StanceError } from '../errors.ts';

/** A date (its end, UTC) or an ISO instant as milliseconds. @throws StanceError `usage` naming `option` */
export function instantOf(text: string, option: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms = Date.parse(isDate ? `${text}T23:59:59Z` : text);
  // JavaScript takes 31 February for 3 March; a date that does not read back is no date.
  const isReal = !isDate || (Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text));
  if (Number.isFinite(ms) && isReal && /^\d{4}-\d{2}-\d{2}/.test(text)) return ms;
  throw new StanceError('usage', { message: `${option} is not a date: ${text}`, next: 'Write it as 2026-12-01.' });
}
