/**
 * Raw request paths cut into decoded segments, and path templates (`/users/{id}`) parsed and matched.
 * Canonical spelling follows RFC 3986 section 6.2.2: unreserved characters decoded, dot segments removed; and what
 * servers treat alike: doubled slashes, a trailing slash, matrix parameters (`;jsessionid=...`).
 */

/** Longest path that is read, in characters; the rest is cut, and the spelling counts as odd. */
export const pathLengthMax = 4096;
/** Most segments that are read; a deeper path is no API path of this world. */
export const segmentsMax = 40;

export interface SplitPath {
  /** Percent-decoded segments in canonical spelling; `[]` for the root. */
  readonly decoded: readonly string[];
  /** The path was not spelled canonically. */
  readonly odd: boolean;
  /** Not a path that a well-behaved client sends: broken percent-encoding, dot segments above the root, too long. */
  readonly malformed: boolean;
}

const unreserved = /^[A-Za-z0-9\-._~]$/;

function decodeSegment(raw: string): { text: string; odd: boolean; malformed: boolean } {
  if (!raw.includes('%')) return { text: raw, odd: false, malformed: false };
  let odd = false;
  for (const match of raw.matchAll(/%([0-9A-Fa-f]{2})/g)) {
    const character = String.fromCharCode(Number.parseInt(match[1] ?? '0', 16));
    if (unreserved.test(character)) odd = true;
  }
  try {
    return { text: decodeURIComponent(raw), odd, malformed: false };
  } catch {
    return { text: raw, odd: true, malformed: true };
  }
}

/** Cuts a raw path (still percent-encoded, without query) into decoded segments in canonical spelling. */
export function splitPath(rawPath: string): SplitPath {
  let malformed = rawPath.length > pathLengthMax;
  const cut = rawPath.slice(0, pathLengthMax);
  const end = cut.search(/[?#]/);
  const path = end < 0 ? cut : cut.slice(0, end);
  let odd = malformed || end >= 0 || !path.startsWith('/');
  const decoded: string[] = [];
  // Segments beyond the bound are counted, so that a parent segment takes away the one it belongs to.
  let beyond = 0;
  const parts = path.split('/');
  const first = path.startsWith('/') ? 1 : 0;
  for (let i = first; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (part === '') {
      // A lone trailing or doubled slash; the root itself is spelled with one.
      if (!(path === '/' && i === 1)) odd = true;
      continue;
    }
    const matrix = part.indexOf(';');
    const raw = matrix < 0 ? part : part.slice(0, matrix);
    if (matrix >= 0) odd = true;
    if (raw === '') continue;
    const segment = decodeSegment(raw);
    odd ||= segment.odd;
    malformed ||= segment.malformed;
    if (segment.text === '.') {
      odd = true;
      continue;
    }
    if (segment.text === '..') {
      odd = true;
      if (beyond > 0) beyond--;
      else if (decoded.pop() === undefined) malformed = true;
      continue;
    }
    if (decoded.length >= segmentsMax) {
      malformed = true;
      beyond++;
      continue;
    }
    decoded.push(segment.text);
  }
  return { decoded, odd, malformed };
}

/** One segment of a declared template: a literal, one parameter, or text around parameters (`{id}.json`, `{id}:cancel`). */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'mixed'; readonly text: string; readonly before: string; readonly after: string }
  | { readonly kind: 'rest'; readonly name: string };

/**
 * Reads a template in the dialects frameworks write: `{id}`, `{id:int}`, `:id`, `<int:id>`, `[id]`, `*`.
 * Returns null for what is not a template (a regular expression, an empty text).
 */
export function parseTemplate(template: string): readonly TemplateSegment[] | null {
  const trimmed = template
    .trim()
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/[?#].*$/, '');
  if (trimmed === '' || /\(\?|\\|\)\?/.test(trimmed)) return null;
  const segments: TemplateSegment[] = [];
  for (const part of trimmed.split('/')) {
    if (part === '') continue;
    if (/^[\w.~-]+$/.test(part)) {
      segments.push({ kind: 'literal', text: part });
      continue;
    }
    const named =
      /^\{\*?([^{}]*?)(?::[^{}]*)?\}$/.exec(part) ??
      /^:([A-Za-z_][\w-]*)(?:\([^)]*\))?\??$/.exec(part) ??
      /^<(?:[^<>:]+:)?([^<>]+)>$/.exec(part) ??
      /^\[([A-Za-z_]\w*)\]$/.exec(part);
    if (
      /^\*{1,2}\w*$/.test(part) ||
      /^\{(\*.*|[^{}]*\+|\.\.\.[^{}]*|proxy\+)\}$/.test(part) ||
      /^\[\.\.\..*\]$/.test(part) ||
      /^<path:[^<>]+>$/.test(part)
    ) {
      segments.push({ kind: 'rest', name: part.replace(/\W/g, '') || 'rest' });
    } else if (named !== null) {
      segments.push({ kind: 'parameter', name: named[1] === undefined || named[1] === '' ? 'id' : named[1] });
    } else if (/\{[^{}]*\}/.test(part)) {
      const open = part.indexOf('{');
      const close = part.lastIndexOf('}');
      segments.push({ kind: 'mixed', text: part, before: part.slice(0, open), after: part.slice(close + 1) });
    } else segments.push({ kind: 'literal', text: decodeSegment(part).text });
  }
  return segments;
}
