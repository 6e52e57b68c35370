/** The parts of an exchange as log producers give them, each under its own name and unit, and how they make up the exchange. */
import type { Body, Exchange, JsonValue } from '../engine/http/exchange.ts';
import { type HeaderList, header } from '../engine/http/headers.ts';
import { clientAddressOf, clientBehind, hostOf, parseAuthority, schemeOf, schemeOfPort } from './authority.ts';
import { excluded, malformed } from './exclusion.ts';
import { methodOf, parseAbsolute, parseRequestLine, parseTarget, type RequestTarget } from './request-line.ts';
import type { ReadOptions, SourceItem } from './source.ts';
import { anyTime } from './timestamp.ts';

/** Values as read: text, number, or what JSON held. */
export interface ExchangeParts {
  time?: unknown;
  method?: unknown;
  scheme?: unknown;
  host?: unknown;
  port?: unknown;
  /** Path with or without query; `originalTarget` is the one before a proxy rewrote it and wins. */
  target?: unknown;
  originalTarget?: unknown;
  query?: unknown;
  queryObject?: unknown;
  /** Absolute URL. */
  url?: unknown;
  /** `GET /path HTTP/1.1` */
  requestLine?: unknown;
  /** `GET /pets/{id}`, AWS HTTP APIs. */
  routeKey?: unknown;
  route?: unknown;
  status?: unknown;
  durationS?: unknown;
  durationMs?: unknown;
  durationUs?: unknown;
  durationNs?: unknown;
  requestBytes?: unknown;
  responseBytes?: unknown;
  /** The client as the producer determined it. */
  client?: unknown;
  /** The other end of the connection, maybe a proxy. */
  peer?: unknown;
  /** `X-Forwarded-For`. */
  forwarded?: unknown;
  userAgent?: unknown;
  referer?: unknown;
  principal?: unknown;
  service?: unknown;
  environment?: unknown;
  tlsVersion?: unknown;
  /** Object of header name to text or list of texts. */
  requestHeaders?: unknown;
  responseHeaders?: unknown;
  requestBody?: unknown;
  responseBody?: unknown;
}

export type ExchangePart = keyof ExchangeParts;

/** Headers that were given one by one; such a list is not complete. */
export interface SingleHeaders {
  readonly request: { name: string; value: string }[];
  readonly response: { name: string; value: string }[];
}

/** Header fields kept of one message; servers refuse more than a few hundred. */
const headersMax = 500;

/** What the user said for lines that do not say it themselves. */
export interface ExchangeDefaults {
  readonly host: string | null;
  readonly service: string | null;
}

export function defaultsOf(options: ReadOptions): ExchangeDefaults {
  return { host: hostOf(options.host, null), service: options.service ?? null };
}

/** The exchange that the parts make up, or why they make none. `number` is its line. */
export function exchangeOfParts(
  parts: ExchangeParts,
  number: number,
  defaults: ExchangeDefaults,
  single: SingleHeaders | null = null,
): SourceItem {
  const atMs = anyTime(parts.time);
  if (atMs === null) return malformed(number, parts.time === undefined ? 'no time' : 'the time is not one');
  const target = targetOf(parts);
  if (target === null) return malformed(number, 'no request: method or path is missing');
  if (typeof target === 'string') return excluded(number, target);

  const requestHeaders = headersOf(parts.requestHeaders) ?? nonEmpty(single?.request);
  const responseHeaders = headersOf(parts.responseHeaders) ?? nonEmpty(single?.response);
  const tlsVersion = tlsVersionOf(parts.tlsVersion);
  const authority = parseAuthority(textOf(parts.host) ?? header(requestHeaders, 'host') ?? header(requestHeaders, ':authority'));
  const port = authority?.port ?? numberOf(parts.port);
  const scheme = schemeOf(parts.scheme) ?? target.scheme ?? (tlsVersion !== null ? 'https' : schemeOfPort(port));
  const host = authority === null ? null : hostOf(port === null ? authority.host : `${authority.host}:${port}`, scheme);
  const principal = textOf(parts.principal);
  const forwarded = textOf(parts.forwarded) ?? header(requestHeaders, 'x-forwarded-for');
  const exchange: Exchange = {
    atMs,
    method: target.method,
    scheme,
    host: target.host ?? host ?? hostOfUrl(parts.url) ?? defaults.host,
    path: target.path,
    query: target.query ?? queryOf(parts),
    status: statusOf(parts.status),
    durationMs: durationOf(parts),
    requestBytes: bytesOf(parts.requestBytes),
    responseBytes: bytesOf(parts.responseBytes),
    clientAddress: clientAddressOf(textOf(parts.client)) ?? clientBehind(clientAddressOf(textOf(parts.peer)), forwarded),
    userAgent: textOf(parts.userAgent) ?? header(requestHeaders, 'user-agent'),
    referer: textOf(parts.referer) ?? header(requestHeaders, 'referer'),
    principal,
    credential: principal !== null || header(requestHeaders, 'authorization') !== null ? 'present' : null,
    requestHeaders,
    responseHeaders,
    requestBody: bodyOf(parts.requestBody, requestHeaders),
    responseBody: bodyOf(parts.responseBody, responseHeaders),
    route: routeOf(parts),
    service: textOf(parts.service) ?? defaults.service,
    environment: textOf(parts.environment),
    tlsVersion,
    line: number,
    ...(isPartial(parts, single) ? { headersPartial: true } : {}),
  };
  return { kind: 'exchange', exchange };
}

function isPartial(parts: ExchangeParts, single: SingleHeaders | null): boolean {
  if (single === null) return false;
  const hasSingle = single.request.length > 0 || single.response.length > 0;
  return hasSingle && parts.requestHeaders === undefined && parts.responseHeaders === undefined;
}

/** Text that says something: not empty, not the `-` of logs. Numbers become text. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value === '' || value === '-') return null;
  return value;
}

export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value === '' || value.length > 24) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function targetOf(parts: ExchangeParts): RequestTarget | ReturnType<typeof parseTarget> | null {
  const line = textOf(parts.requestLine);
  const rawMethod = textOf(parts.method);
  if (
    rawMethod === null ||
    (parts.target === undefined && parts.originalTarget === undefined && parts.url === undefined && parts.route === undefined)
  ) {
    if (line !== null) return parseRequestLine(line, 0, line.length);
    // nginx logs an empty request when a connection closed without one.
    if (typeof parts.requestLine === 'string') return parseRequestLine(parts.requestLine, 0, parts.requestLine.length);
  }
  const routeKey = routeKeyOf(parts.routeKey);
  const method = methodOf(rawMethod ?? routeKey?.method ?? '');
  if (method === null) return null;
  const url = textOf(parts.url);
  const absolute = url === null ? null : parseAbsolute(method, url);
  const given = textOf(parts.originalTarget) ?? textOf(parts.target);
  if (given === null) {
    if (absolute !== null) return absolute;
    const route = textOf(parts.route) ?? routeKey?.route ?? null;
    return url !== null ? parseTarget(method, url) : route !== null ? parseTarget(method, route) : null;
  }
  const target = parseTarget(method, given);
  if (typeof target === 'string' || absolute === null) return target;
  return { ...target, query: target.query ?? absolute.query, scheme: target.scheme ?? absolute.scheme };
}

function hostOfUrl(value: unknown): string | null {
  const url = textOf(value);
  return url === null ? null : (parseAbsolute('GET', url)?.host ?? null);
}

function routeKeyOf(value: unknown): { method: string; route: string } | null {
  const text = textOf(value);
  const gap = text === null ? -1 : text.indexOf(' ');
  return text === null || gap < 1 ? null : { method: text.slice(0, gap), route: text.slice(gap + 1) };
}

function routeOf(parts: ExchangeParts): string | null {
  const route = textOf(parts.route) ?? routeKeyOf(parts.routeKey)?.route ?? null;
  return route?.startsWith('/') ? route : null;
}

function queryOf(parts: ExchangeParts): string | null {
  const text = textOf(parts.query);
  if (text !== null) return text.startsWith('?') ? text.slice(1) : text;
  if (typeof parts.queryObject !== 'object' || parts.queryObject === null) return null;
  const pairs = Object.entries(parts.queryObject).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`),
  );
  return pairs.length === 0 ? null : pairs.join('&');
}

function statusOf(value: unknown): number | null {
  const status = numberOf(value);
  return status !== null && Number.isInteger(status) && status >= 100 && status <= 999 ? status : null;
}

function bytesOf(value: unknown): number | null {
  const bytes = numberOf(value);
  return bytes !== null && bytes >= 0 && Number.isSafeInteger(bytes) ? bytes : null;
}

const msByUnit: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `12.5ms`, `0.2s`, or of a plain number in the unit given. nginx lists one time per upstream tried: their sum. */
function durationIn(value: unknown, unit: string): number | null {
  const factor = msByUnit[unit] ?? 1;
  const plain = numberOf(value);
  if (plain !== null) return plain >= 0 ? plain * factor : null;
  if (typeof value !== 'string' || value.length > 256) return null;
  const suffixed = /^(\d{1,12}(?:\.\d{1,12})?)(ns|us|µs|μs|ms|s|m|h)$/.exec(value.trim());
  if (suffixed !== null) return Number(suffixed[1]) * (msByUnit[suffixed[2] ?? ''] ?? 1);
  const times = value.split(/[,:]/).map((part) => numberOf(part.trim()));
  const known = times.filter((time) => time !== null);
  return known.length === 0 || known.some((time) => time < 0) ? null : known.reduce((sum, time) => sum + time, 0) * factor;
}

function durationOf(parts: ExchangeParts): number | null {
  const ms =
    durationIn(parts.durationMs, 'ms') ??
    durationIn(parts.durationS, 's') ??
    durationIn(parts.durationUs, 'us') ??
    durationIn(parts.durationNs, 'ns');
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

/** Code points of TLS versions on the wire (RFC 8446 section 4.1.2), as Caddy logs them. */
const tlsByNumber: Readonly<Record<number, string>> = { 768: 'SSLv3', 769: 'TLSv1', 770: 'TLSv1.1', 771: 'TLSv1.2', 772: 'TLSv1.3' };

export function tlsVersionOf(value: unknown): string | null {
  if (typeof value === 'number') return tlsByNumber[value] ?? null;
  if (typeof value !== 'string') return null;
  const match = /^(?:tls ?v?)?(1(?:[._][0-3])?)$/i.exec(value.trim());
  if (match !== null) {
    const version = (match[1] ?? '').replace('_', '.');
    return version === '1.0' || version === '1' ? 'TLSv1' : `TLSv${version}`;
  }
  return /^SSLv[23]$/i.test(value) ? `SSLv${value.slice(-1)}` : null;
}

function nonEmpty(list: HeaderList | undefined): HeaderList | null {
  return list === undefined || list.length === 0 ? null : list.slice(0, headersMax);
}

/** Header fields of an object (name to text or texts) or of a list of `{name, value}`. */
export function headersOf(value: unknown): HeaderList | null {
  if (typeof value !== 'object' || value === null) return null;
  const list: { name: string; value: string }[] = [];
  const add = (name: unknown, one: unknown) => {
    if (typeof name !== 'string' || name === '' || list.length >= headersMax) return;
    if (typeof one === 'string') list.push({ name: name.toLowerCase(), value: one });
    else if (typeof one === 'number' || typeof one === 'boolean') list.push({ name: name.toLowerCase(), value: String(one) });
  };
  if (Array.isArray(value)) {
    for (const field of value) {
      if (typeof field === 'object' && field !== null)
        add(Reflect.get(field, 'name') ?? Reflect.get(field, 'key'), Reflect.get(field, 'value'));
    }
  } else {
    for (const [name, held] of Object.entries(value)) {
      if (Array.isArray(held)) for (const one of held) add(name, one);
      else add(name, held);
    }
  }
  return list;
}

/** A body from text or parsed JSON; null when there is none. */
export function bodyOf(value: unknown, headers: HeaderList | null, mediaType: string | null = null): Body | null {
  if (value === undefined || value === null) return null;
  const type = mediaType ?? header(headers, 'content-type');
  if (typeof value === 'string') return value === '' ? null : { mediaType: type, text: value, json: undefined };
  // What JSON.parse gave is JSON; nothing else reaches this place.
  return { mediaType: type, text: null, json: value as JsonValue };
}
