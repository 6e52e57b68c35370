/** The request line of HTTP/1 (RFC 9112 section 3) as access logs keep it. */
import { parseAuthority, schemeOfPort } from './authority.ts';
import { type ExclusionReason, exclusionReasons } from './exclusion.ts';

export interface RequestTarget {
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  /** From an absolute-form target; null otherwise. */
  readonly host: string | null;
  readonly scheme: 'http' | 'https' | null;
}

/** Longest method token taken for one, characters; the registry's longest is 17. */
const methodCharactersMax = 24;

const methods = new Map(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'REPORT'].map((name) => [name, name]),
);

/** Method in upper case, or null when the text is no method token. Common methods are shared strings. */
export function methodOf(text: string): string | null {
  const known = methods.get(text);
  if (known !== undefined) return known;
  if (text.length === 0 || text.length > methodCharactersMax) return null;
  return /^[A-Za-z][A-Za-z_-]*$/.test(text) ? text.toUpperCase() : null;
}

/** Request line between `start` and `end` of `line`, or the reason why it is none. */
export function parseRequestLine(line: string, start: number, end: number): RequestTarget | ExclusionReason {
  if (end - start <= 1) return exclusionReasons.noRequest;
  const gap = line.indexOf(' ', start);
  if (gap < 0 || gap >= end) return refusal(line, start);
  const method = methodOf(line.slice(start, gap));
  if (method === null) return refusal(line, start);
  let stop = end;
  // The version is after the last blank; a target may hold blanks when the client sent them raw.
  const lastGap = line.lastIndexOf(' ', end - 1);
  if (lastGap > gap && line.startsWith('HTTP/', lastGap + 1)) stop = lastGap;
  else if (lastGap === gap && line.startsWith('HTTP/', lastGap + 1)) return exclusionReasons.notHttp;
  return parseTarget(method, line.slice(gap + 1, stop));
}

/** A method and its target in any of the four forms (RFC 9112 section 3.2). */
export function parseTarget(method: string, target: string): RequestTarget | ExclusionReason {
  if (target.charCodeAt(0) === 47) {
    const mark = target.indexOf('?');
    return mark < 0
      ? { method, path: target, query: null, host: null, scheme: null }
      : { method, path: target.slice(0, mark), query: target.slice(mark + 1), host: null, scheme: null };
  }
  if (method === 'CONNECT') return exclusionReasons.tunnel;
  if (target === '*') return exclusionReasons.serverWide;
  return parseAbsolute(method, target) ?? exclusionReasons.notHttp;
}

/** `https://host:port/path?query`, null when it is no such URL. The URL is not normalised: what was sent is what is kept. */
export function parseAbsolute(method: string, url: string): RequestTarget | null {
  const colon = url.indexOf('://');
  if (colon < 2 || colon > 5) return null;
  const name = url.slice(0, colon).toLowerCase();
  const scheme = name === 'https' || name === 'wss' ? 'https' : name === 'http' || name === 'ws' ? 'http' : null;
  if (scheme === null) return null;
  let start = colon + 3;
  let end = start;
  while (end < url.length && !'/?#'.includes(url.charAt(end))) end += 1;
  const at = url.lastIndexOf('@', end);
  if (at >= start && at < end) start = at + 1;
  const authority = parseAuthority(url.slice(start, end));
  if (authority === null) return null;
  const keepsPort = authority.port !== null && schemeOfPort(authority.port) !== scheme;
  const hash = url.indexOf('#', end);
  const rest = hash < 0 ? url.slice(end) : url.slice(end, hash);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return {
    method,
    path: path === '' ? '/' : path,
    query: mark < 0 ? null : rest.slice(mark + 1),
    host: keepsPort ? `${authority.host}:${authority.port}` : authority.host,
    scheme,
  };
}

function refusal(line: string, start: number): ExclusionReason {
  // A TLS record of a handshake starts with 22, 3; servers write it escaped. SSL 2 begins with 128.
  if (line.startsWith('\\x16\\x03', start) || line.startsWith('\x16\x03', start) || line.startsWith('\\u0016\\u0003', start))
    return exclusionReasons.tls;
  return exclusionReasons.notHttp;
}
