/**
 * The Common Log Format and what grew out of it: nginx and Apache common, combined, vhost_combined, LiteSpeed, BunkerWeb,
 * and combined with more fields behind. One scanner, because one file often holds several of them.
 */
import { isIP } from 'node:net';
import type { Exchange } from '../engine/http/exchange.ts';
import { clientAddressOf, clientBehind, clientOfForwarded, hostOf, isPrivateAddress, parseAuthority, schemeOfPort } from './authority.ts';
import { closingQuote, isEscaped, unescapeField } from './escapes.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import { parseRequestLine } from './request-line.ts';
import type { ReadOptions, SourceItem } from './source.ts';
import { clfTimeAt, isoTime } from './timestamp.ts';

export const accessLogFormat: LineFormat = lineFormat({
  id: 'access-log',
  title: 'nginx and Apache access log (common, combined, vhost_combined, with more fields behind)',
  parser: accessLogParser,
  weight: 0.9,
  stateless: true,
});

export function accessLogParser(options: ReadOptions): LineParser {
  const host = hostOf(options.host, null);
  const service = options.service ?? null;
  return (line, number) => parseAccessLine(line, number, host, service);
}

function parseAccessLine(line: string, number: number, host: string | null, service: string | null): SourceItem {
  const open = timeBracket(line);
  if (open < 0)
    return line.charCodeAt(0) === 35
      ? excluded(number, exclusionReasons.comment)
      : malformed(number, 'no access log line: no [time] found');
  const close = line.indexOf(']', open);
  const atMs = close < 0 ? null : (clfTimeAt(line, open + 1) ?? isoTime(line.slice(open + 1, close)));
  if (atMs === null) return malformed(number, 'the time is not one');
  if (open === 0) return malformed(number, 'no access log line: no client before the [time]');

  const requestStart = close + 3;
  if (line.charCodeAt(close + 1) !== 32 || line.charCodeAt(close + 2) !== 34)
    return malformed(number, 'no quoted request after the [time]');
  const requestEnd = requestQuote(line, requestStart);
  if (requestEnd < 0) return malformed(number, 'no status after the quoted request');

  const sender = parseSender(line, open - 1);
  if (sender === null) return malformed(number, 'no client before the [time]');
  const request = parseRequestLine(line, requestStart, requestEnd);
  if (typeof request === 'string') return excluded(number, request);
  const tail = parseTail(line, requestEnd + 2);
  const scheme = request.scheme ?? sender.scheme;
  const escaped = request.path.includes('\\');
  const exchange: Exchange = {
    atMs,
    method: request.method,
    scheme,
    host: request.host ?? sender.host ?? host,
    path: escaped ? unescapeField(request.path) : request.path,
    query: request.query === null ? null : unescapeField(request.query),
    status: tail.status,
    durationMs: tail.durationMs,
    requestBytes: null,
    responseBytes: tail.bytes,
    clientAddress: tail.forwarded === null ? sender.client : clientBehind(sender.client, tail.forwarded),
    userAgent: tail.userAgent,
    referer: tail.referer,
    principal: sender.user,
    // A log names basic-auth users only; a bearer token leaves no trace in it.
    credential: sender.user === null ? null : 'present',
    requestHeaders: null,
    responseHeaders: null,
    requestBody: null,
    responseBody: null,
    route: null,
    service,
    environment: null,
    tlsVersion: null,
    line: number,
  };
  return { kind: 'exchange', exchange };
}

/** Index of the bracket that opens the time, or -1. User names and IPv6 addresses may hold brackets too. */
function timeBracket(line: string): number {
  let at = line.indexOf('[');
  while (at >= 0) {
    const third = line.charCodeAt(at + 3);
    if (third === 47 && line.charCodeAt(at + 7) === 47) return at;
    if (line.charCodeAt(at + 5) === 45 && line.charCodeAt(at + 8) === 45) return at;
    at = line.indexOf('[', at + 1);
  }
  return -1;
}

/** Index of the quote that ends the request: a status or a dash follows it. Clients may have sent quotes of their own. */
function requestQuote(line: string, start: number): number {
  let at = line.indexOf('"', start);
  while (at >= 0) {
    if (line.charCodeAt(at + 1) === 32 && isStatusAt(line, at + 2) && !isEscaped(line, at, start)) return at;
    at = line.indexOf('"', at + 1);
  }
  return -1;
}

function isStatusAt(line: string, at: number): boolean {
  const first = line.charCodeAt(at);
  const isEnd = (index: number) => index >= line.length || line.charCodeAt(index) === 32;
  if (first === 45) return isEnd(at + 1);
  return isDigit(first) && isDigit(line.charCodeAt(at + 1)) && isDigit(line.charCodeAt(at + 2)) && isEnd(at + 3);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

interface Sender {
  readonly client: string | null;
  readonly user: string | null;
  readonly host: string | null;
  readonly scheme: 'http' | 'https' | null;
}

/** Words before the time that are looked at. */
const senderWordsMax = 24;

/** What stands before the time: `client ident user`, in some formats with the virtual host first. Null when it is something else. */
function parseSender(line: string, end: number): Sender | null {
  const first = line.indexOf(' ');
  const second = first < 0 ? -1 : line.indexOf(' ', first + 1);
  const third = second < 0 ? -1 : line.indexOf(' ', second + 1);
  // The plain case: exactly three words.
  if (third === end)
    return { client: clientAddressOf(line.slice(0, first)), user: userOf(line.slice(second + 1, end)), host: null, scheme: null };
  const words = line.slice(0, end).split(' ', senderWordsMax);
  const [a = '', b = ''] = words;
  if (isIP(a) !== 0) {
    // User names may hold blanks; some formats leave ident or both out.
    const user = words.length > 2 ? words.slice(2).join(' ') : b;
    return { client: a, user: userOf(user), host: null, scheme: null };
  }
  if (words.length < 4) return null;
  if (a.endsWith(',')) {
    // `%{X-Forwarded-For}i` in place of the client: a list with blanks.
    const hops = 1 + words.findIndex((word) => !word.endsWith(','));
    const client = clientOfForwarded(words.slice(0, hops).join(' '));
    return client === null ? null : { client, user: userOf(words[words.length - 1] ?? ''), host: null, scheme: null };
  }
  const authority = parseAuthority(a);
  if (authority === null && a !== '-' && a !== '_') return null;
  if (!isAddress(b) && !(words[2] === '-' && parseAuthority(b) !== null)) return null;
  const scheme = authority === null ? null : schemeOfPort(authority.port);
  return { client: clientAddressOf(b), user: userOf(words[words.length - 1] ?? ''), host: hostOf(a, scheme), scheme };
}

function isAddress(word: string): boolean {
  return isIP(clientAddressOf(word) ?? '') !== 0;
}

function userOf(word: string): string | null {
  return word === '-' || word === '' || word === '""' ? null : unescapeField(word);
}

interface Tail {
  readonly status: number | null;
  readonly bytes: number | null;
  readonly referer: string | null;
  readonly userAgent: string | null;
  readonly durationMs: number | null;
  readonly forwarded: string | null;
}

/** Status, size, and what follows: referer and user agent in quotes, then fields that no standard names. */
function parseTail(line: string, at: number): Tail {
  const dash = line.charCodeAt(at) === 45;
  const status = dash ? null : Number(line.slice(at, at + 3));
  const bytesStart = at + (dash ? 2 : 4);
  const bytesEnd = wordEnd(line, bytesStart);
  // `-` is how Apache's %b writes that no body was sent.
  const bytes = line.charCodeAt(bytesStart) === 45 && bytesEnd === bytesStart + 1 ? 0 : wholeNumber(line, bytesStart, bytesEnd);
  let referer: string | null = null;
  let userAgent: string | null = null;
  let rest = bytesEnd;
  if (line.charCodeAt(bytesEnd + 1) === 34) {
    const refererEnd = closingQuote(line, bytesEnd + 2);
    if (refererEnd >= 0) {
      referer = quoted(line, bytesEnd + 2, refererEnd);
      rest = refererEnd + 1;
      if (line.charCodeAt(refererEnd + 2) === 34) {
        const agentEnd = closingQuote(line, refererEnd + 3);
        if (agentEnd >= 0) {
          userAgent = quoted(line, refererEnd + 3, agentEnd);
          rest = agentEnd + 1;
        }
      }
    }
  }
  const known = { status: status === 0 ? null : status, bytes, referer, userAgent };
  if (rest >= line.length) return { ...known, durationMs: null, forwarded: null };
  return { ...known, ...parseExtras(line.slice(rest)) };
}

function wordEnd(line: string, start: number): number {
  const end = line.indexOf(' ', start);
  return end < 0 ? line.length : end;
}

function wholeNumber(line: string, start: number, end: number): number | null {
  if (end <= start || end - start > 15) return null;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const code = line.charCodeAt(at);
    if (!isDigit(code)) return null;
    value = value * 10 + code - 48;
  }
  return value;
}

function quoted(line: string, start: number, end: number): string | null {
  if (end === start || (end === start + 1 && line.charCodeAt(start) === 45)) return null;
  return unescapeField(line.slice(start, end));
}

/** Fields behind the combined format that are looked at; a log format of one's own is better given with --log-format. */
const extraWordsMax = 24;
const durationKeys = new Set(['rt', 'request_time', 'rtime', 'time', 'duration']);

/**
 * Seconds with three decimals are nginx's `$request_time` (bare, quoted or behind `rt=`); a quoted list of addresses is
 * `X-Forwarded-For`. Whole numbers are left alone: they may be microseconds, bytes or ports.
 */
function parseExtras(text: string): { durationMs: number | null; forwarded: string | null } {
  let durationMs: number | null = null;
  let forwarded: string | null = null;
  let at = 0;
  for (let count = 0; count < extraWordsMax && at < text.length; count += 1) {
    while (text.charCodeAt(at) === 32) at += 1;
    if (at >= text.length) break;
    const isQuoted = text.charCodeAt(at) === 34;
    const end = isQuoted ? closingQuote(text, at + 1) : wordEnd(text, at);
    if (end < 0) break;
    const word = text.slice(isQuoted ? at + 1 : at, end);
    at = end + 1;
    const equals = word.indexOf('=');
    const isKeyed = equals > 0 && durationKeys.has(word.slice(0, equals));
    const value = isKeyed ? word.slice(equals + 1).replaceAll('"', '') : word;
    if (durationMs === null && /^\d{1,7}\.\d{3}$/.test(value)) durationMs = Math.round(Number(value) * 1000);
    else if (forwarded === null && isQuoted && isForwardedList(word)) forwarded = word;
  }
  return { durationMs, forwarded };
}

function isForwardedList(word: string): boolean {
  if (word.length > 512) return false;
  const addresses = word.split(',').map((part) => part.trim());
  return addresses.length > 0 && addresses.every((part) => isAddress(part)) && addresses.some((part) => !isPrivateAddress(part));
}
