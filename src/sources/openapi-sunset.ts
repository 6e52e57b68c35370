/** The date a document states for the end of an operation or API. */
import type { DocumentNode } from './document-node.ts';

const names = ['x-sunset', 'sunset', 'x-sunset-date', 'x-sunset-on', 'x-sunset-at', 'x-removal-date', 'x-end-of-life', 'x-eol'];
const holders = ['x-deprecation', 'x-deprecated', 'x-lifecycle'];
const memberNames = ['sunset', 'sunsetDate', 'sunset-date', 'removal', 'removalDate', 'until', 'end', 'eol'];

/** ISO date (`2026-03-01`), or null when none is stated or it cannot be read as a date. */
export function sunsetOf(node: DocumentNode): string | null {
  if (!node.hasExtensions && !node.has('sunset')) return null;
  for (const name of names) {
    const date = isoDate(node.child(name).text);
    if (date !== null) return date;
  }
  for (const holder of holders) {
    for (const name of memberNames) {
      const date = isoDate(node.at(holder, name).text);
      if (date !== null) return date;
    }
  }
  return null;
}

/** `2026-03-01`, `2026-03-01T10:00:00Z`, or an HTTP date as in RFC 8594, made a date in UTC. */
export function isoDate(text: string | null): string | null {
  if (text === null) return null;
  const iso = /^\s*(\d{4}-\d{2}-\d{2})(?:[T ].*)?\s*$/.exec(text)?.[1];
  const isHttpDate = /^\s*[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}/.test(text);
  const ms = iso !== undefined ? Date.parse(`${iso}T00:00:00Z`) : isHttpDate ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : null;
}
