/**
 * What a request head must be before anybody may act on it: one reading only, for us and for the server behind (RFC 9112 sections 3, 5
 * and 6). The parser in front is strict already; here stands what it lets pass or cannot know. Nothing here is repaired: a head that two
 * parsers could read in two ways is refused, whatever the mode of the policy, because a door that passes it on has let in a second,
 * unseen request.
 */

/** What a field is to a proxy. Looked up once per spelling, then remembered. */
export type FieldKind =
  | 'plain'
  /** Ends at this hop (RFC 9110 section 7.6.1). */
  | 'hop'
  | 'connection'
  | 'content-length'
  | 'transfer-encoding'
  | 'host'
  | 'expect'
  | 'upgrade'
  /** Says where a request came from: rewritten by us. */
  | 'forwarding'
  /** Ours alone to set: whoever sends it wants to be taken for somebody. */
  | 'reserved'
  /** Reads as a framing field to a lax parser, and as something else to a strict one. */
  | 'lookalike';

export interface FieldName {
  readonly lower: string;
  /** With `_` as `-`: CGI and WSGI servers make one variable of both spellings, so a name of ours must be ours in either. */
  readonly dashed: string;
  readonly kind: FieldKind;
}

/** A head that is refused; `status` is what the caller gets. */
export interface HeadFault {
  readonly status: number;
  /** `protocol.host-duplicate` */
  readonly rule: string;
  readonly reason: string;
}

/** Spellings that are remembered; clients use a few dozen, an attacker can invent any number. */
const NAMES_REMEMBERED_MAX = 1_000;
/** Longer names are looked at each time. */
const NAME_REMEMBERED_LENGTH_MAX = 40;

const hopFields = new Set([
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
]);
const exactKinds: Readonly<Partial<Record<string, FieldKind>>> = {
  connection: 'connection',
  'content-length': 'content-length',
  'transfer-encoding': 'transfer-encoding',
  host: 'host',
  expect: 'expect',
  upgrade: 'upgrade',
  forwarded: 'forwarding',
  'x-real-ip': 'forwarding',
};

const remembered = new Map<string, FieldName>();

/** Lower-case name and kind of a field as it was spelled on the wire. */
export function fieldName(raw: string): FieldName {
  const known = remembered.get(raw);
  if (known !== undefined) return known;
  const lower = raw.toLowerCase();
  const dashed = lower.replaceAll('_', '-');
  const name: FieldName = { lower, dashed, kind: kindOf(lower, dashed) };
  if (remembered.size < NAMES_REMEMBERED_MAX && raw.length <= NAME_REMEMBERED_LENGTH_MAX) remembered.set(raw, name);
  return name;
}

function kindOf(lower: string, dashed: string): FieldKind {
  const exact = exactKinds[lower];
  if (exact !== undefined) return exact;
  if (hopFields.has(lower)) return 'hop';
  if (/^(transfer.?encoding.?$|content.?length.?$)/.test(lower) || /^(transferencoding|contentlength)/.test(lower.replace(/[^a-z]/g, '')))
    return 'lookalike';
  if (dashed.startsWith('x-stance-')) return 'reserved';
  if (dashed.startsWith('x-forwarded-') || dashed === 'x-real-ip' || /^x-(?:original|rewrite)-ur[il]$/.test(dashed)) return 'forwarding';
  return 'plain';
}

/** Port of 0 to 65535 is not checked: a Host is routed by its name. */
const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
/** RFC 1035: 253 characters of name, brackets and port beside. */
const HOST_CHARACTERS_MAX = 270;

/** Whether a Host or the authority of an absolute target names one host and nothing else (RFC 9110 section 4.2.4: no userinfo). */
export function isHost(text: string): boolean {
  return text.length <= HOST_CHARACTERS_MAX && hostPattern.test(text);
}

/** Lower case, without the default port of the scheme, and without the dot that ends a full name: servers take both for one host. */
export function canonicalHost(text: string, scheme: 'http' | 'https'): string {
  const lower = text.toLowerCase();
  const suffix = scheme === 'http' ? ':80' : ':443';
  const host = lower.endsWith(suffix) ? lower.slice(0, -suffix.length) : lower;
  if (host.endsWith('.') && host.length > 1) return host.slice(0, -1);
  return host.includes('.:') ? host.replace('.:', ':') : host;
}

/** Longest request target: three times what RFC 9112 section 3 asks for, because pages do send their logs in a query. */
export const TARGET_CHARACTERS_MAX = 24_576;

/** A target with a control character, a space or a fragment has no single reading. */
const targetUnclear = /[\x00-\x20#\x7f]/;

export interface Target {
  /** As it goes to the upstream: origin form. */
  readonly path: string;
  readonly query: string | null;
  /** Authority of an absolute target, which stands above Host (RFC 9112 section 3.2.2); null = origin form. */
  readonly authority: string | null;
  /** `OPTIONS *`: about the server, not about a resource. */
  readonly isServerWide: boolean;
}

function fault(status: number, rule: string, reason: string): HeadFault {
  return { status, rule: `protocol.${rule}`, reason };
}

/** Takes a request target apart, in any of its four forms. */
export function readTarget(method: string, url: string): Target | HeadFault {
  if (url.length > TARGET_CHARACTERS_MAX)
    return fault(414, 'target-length', `The target is longer than ${TARGET_CHARACTERS_MAX} characters.`);
  if (method === 'CONNECT') return fault(405, 'connect', 'This is no forward proxy: CONNECT is refused.');
  if (url === '*') {
    if (method !== 'OPTIONS') return fault(400, 'target-form', 'The target * belongs to OPTIONS alone.');
    return { path: '*', query: null, authority: null, isServerWide: true };
  }
  if (targetUnclear.test(url)) return fault(400, 'target-characters', 'The target holds a control character, a space or a fragment.');
  let rest = url;
  let authority: string | null = null;
  if (url.charCodeAt(0) !== 47) {
    const scheme = /^https?:\/\//i.exec(url);
    if (scheme === null) return fault(400, 'target-form', 'The target is neither a path nor an http address.');
    const start = scheme[0].length;
    const end = url.slice(start).search(/[/?]/);
    authority = end < 0 ? url.slice(start) : url.slice(start, start + end);
    if (!isHost(authority)) return fault(400, 'target-authority', 'The authority of the target is not one host.');
    rest = end < 0 ? '/' : url.slice(start + end);
    if (rest.charCodeAt(0) !== 47) rest = `/${rest}`;
  }
  const mark = rest.indexOf('?');
  return mark < 0
    ? { path: rest, query: null, authority, isServerWide: false }
    : { path: rest.slice(0, mark), query: rest.slice(mark + 1), authority, isServerWide: false };
}

/** How the body of a request is framed, once the fields were seen to agree. */
export interface Framing {
  /** Octets announced; null = chunked, or none. */
  readonly contentLength: number | null;
  readonly isChunked: boolean;
}

/** Largest `Content-Length` that a double holds exactly. */
const CONTENT_LENGTH_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Checks the framing fields of an HTTP/1 request against each other (RFC 9112 section 6.3). A message with both, with a list, or with
 * any other coding than `chunked` is the raw material of request smuggling.
 * @param lengths, codings values of all `Content-Length` and `Transfer-Encoding` fields
 */
export function readFraming(lengths: readonly string[], codings: readonly string[], version: string): Framing | HeadFault {
  const coding = codings[0];
  if (coding !== undefined) {
    if (lengths.length > 0) return fault(400, 'framing-both', 'Both Content-Length and Transfer-Encoding were sent.');
    if (codings.length > 1) return fault(400, 'framing-repeated', 'Transfer-Encoding was sent more than once.');
    if (version !== '1.1') return fault(400, 'framing-version', 'HTTP/1.0 knows no Transfer-Encoding.');
    if (coding.toLowerCase() !== 'chunked') return fault(400, 'framing-coding', 'Another transfer coding than chunked was asked for.');
    return { contentLength: null, isChunked: true };
  }
  const length = lengths[0];
  if (length === undefined) return { contentLength: null, isChunked: false };
  if (lengths.length > 1) return fault(400, 'framing-repeated', 'Content-Length was sent more than once.');
  if (!/^[0-9]+$/.test(length) || Number(length) > CONTENT_LENGTH_MAX)
    return fault(400, 'framing-length', 'Content-Length is not a number.');
  return { contentLength: Number(length), isChunked: false };
}
