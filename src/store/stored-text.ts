/** Texts on their way into a column. */
import { hash } from 'node:crypto';

/**
 * A text that both engines take: PostgreSQL knows no NUL, and neither keeps half a surrogate pair. Cut at `charsMax`.
 * For columns that are searched, sorted and shown in lists; what must come back exactly stands in a JSON body.
 */
export function storedText(text: string, charsMax: number): string {
  return text.slice(0, charsMax).replaceAll('\0', '\uFFFD').toWellFormed();
}

/** SHA-256, base64url: a key of fixed length where an index may not hold the text itself (PostgreSQL: 2,704 bytes). */
export function textDigest(text: string): string {
  return hash('sha256', text, 'base64url');
}

const NAME_CHARS_MAX = 100;

/** Several names in one column, each between line breaks, so that one is found by looking for `\nname\n` (`listMark`). */
export function nameList(names: readonly string[]): string {
  return `\n${[...new Set(names.map(listName))].join('\n')}\n`;
}

/** What to look for in a column made by `nameList`. */
export function listMark(name: string): string {
  return `\n${listName(name)}\n`;
}

/** One name as it stands in a list. */
export function listName(name: string): string {
  return storedText(name, NAME_CHARS_MAX).replaceAll('\n', ' ');
}

export function namesIn(list: string): string[] {
  return list.split('\n').filter((name) => name !== '');
}

/** What this store wrote as JSON, read back: the one place where a body is believed to have its type. */
export function bodyOf<T>(row: { readonly body: string }): T {
  return JSON.parse(row.body) as T;
}
