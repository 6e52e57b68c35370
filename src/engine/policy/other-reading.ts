/**
 * How else a server behind the guard could read what a request asks for: a backslash or an encoded slash taken for a slash, a method
 * taken from a field. What restricts must hold under any reading, what lets through only under all of them.
 */
import { header } from '../http/headers.ts';
import { pathLengthMax, splitPath } from '../http/path-template.ts';
import type { RequestHead } from '../http/request.ts';

export interface Reading {
  readonly method: string;
  readonly segments: readonly string[];
}

const none: readonly Reading[] = [];
const encodedSlash = /\\|%(?:5c|2f)/i;
const dots = /^(?:\.|%2e){1,2}$/i;
/** Read by frameworks in place of the method, on POST alone. */
const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;
const queryOverride = /(?:^|[&;])(?:_|%5f)method=([A-Za-z]{1,20})/i;

/** Readings beside the plain one; almost always none. */
export function otherReadings(head: RequestHead, segments: readonly string[]): readonly Reading[] {
  const hasSlash = encodedSlash.test(head.path);
  if (!hasSlash && head.method !== 'POST') return none;
  const method = head.method === 'POST' ? overriding(head) : null;
  if (!hasSlash) return method === null ? none : [{ method, segments }];
  const split = splitPath(head.path.replace(/\\|%(?:5c|2f)/gi, '/')).decoded;
  const readings: Reading[] = [{ method: head.method, segments: split }];
  if (method !== null) readings.push({ method, segments }, { method, segments: split });
  return readings;
}

function overriding({ headers, query }: RequestHead): string | null {
  let found = query === null ? undefined : queryOverride.exec(query)?.[1];
  for (const name of overrides) found ??= header(headers, name) ?? undefined;
  const method = found?.trim().toUpperCase() ?? 'POST';
  return method === 'POST' ? null : method;
}

/**
 * Why nobody can tell which resource a path names; null = it names one. Servers differ in whether `..` is taken before or after a
 * backslash, an encoded slash, matrix parameters or a doubled slash is, and no well-behaved client sends such a path.
 */
export function pathDoubt(path: string): string | null {
  if (path.length > pathLengthMax) return `The path is longer than ${pathLengthMax} characters.`;
  if (path.includes('\\')) return 'The path holds a backslash, which some servers take for a slash.';
  if (!/\.|%2e/i.test(path) || !/[;]|\/\/|%(?:5c|2f|3b)/i.test(path)) return null;
  let isAfterEmpty = false;
  const parts = path.split('/');
  for (const [at, part] of parts.entries()) {
    const pieces = part.split(/%(?:5c|2f)/i);
    if (pieces.length > 1 && pieces.some((piece) => dots.test(piece))) return 'Dot segments stand beside an encoded slash.';
    const matrix = part.search(/;|%3b/i);
    if (matrix > 0 && dots.test(part.slice(0, matrix))) return 'A dot segment has matrix parameters.';
    if (part === '' && at > 0) isAfterEmpty = true;
    else if (isAfterEmpty && /^(?:\.|%2e){2}$/i.test(part)) return 'A parent segment follows a doubled slash.';
  }
  return null;
}
