/**
 * JSON lines: one object a line, in the field names of nginx, Caddy, Envoy, Kong, APISIX, Traefik, OpenTelemetry, Elastic
 * Common Schema, API gateways and common loggers. Which producer it was is not asked: every field is known by its own name.
 */

import { accessLogParser } from './access-log.ts';
import { defaultsOf, type ExchangePart, type ExchangeParts, exchangeOfParts, type SingleHeaders } from './exchange-parts.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { type FieldMeaning, meaningOf } from './field-names.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';

export const jsonLogFormat: LineFormat = lineFormat({
  id: 'json-log',
  title: 'JSON lines (nginx, Caddy, Envoy, Kong, APISIX, Traefik, OpenTelemetry names, and others)',
  parser: jsonLogParser,
  // Container runtimes and log platforms wrap access log lines of any kind into JSON.
  inner: (options) => {
    const json = jsonLogParser(options);
    const text = accessLogParser(options);
    return (line, number, envelope) => (line.charCodeAt(0) !== 123 && envelope.charCodeAt(0) === 123 ? text : json)(line, number);
  },
  weight: 0.95,
  stateless: true,
});

/** Objects within objects that are looked into. */
const depthMax = 5;
/** Fields of one line that are looked at. */
const fieldsMax = 1000;
interface Collected {
  readonly parts: ExchangeParts;
  readonly ranks: Partial<Record<ExchangePart, number>>;
  readonly headers: { side: 'request' | 'response'; name: string; value: string; only: 'traefik' | undefined }[];
  duration: unknown;
  fields: number;
}

export function jsonLogParser(options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  return (line, number) => {
    const value = parseObject(line);
    if (value === null) {
      return line.charCodeAt(0) === 35 ? excluded(number, exclusionReasons.comment) : malformed(number, 'is not a JSON object');
    }
    if ('eventSource' in value && 'eventName' in value && 'awsRegion' in value) return excluded(number, exclusionReasons.cloudTrail);
    const { parts, headers } = partsOfObject(value);
    const item = exchangeOfParts(parts, number, defaults, headers);
    if (item.kind === 'malformed' && isOtherLogLine(value, parts)) return excluded(number, exclusionReasons.otherLog);
    return item;
  };
}

/** The parts that the fields of `value` hold, nested or with dots in their names. */
export function partsOfObject(value: object): { parts: ExchangeParts; headers: SingleHeaders } {
  const collected: Collected = { parts: {}, ranks: {}, headers: [], duration: undefined, fields: 0 };
  collect(value, '', 0, collected);
  const { parts } = collected;
  const isTraefik = 'DownstreamStatus' in value || 'RequestMethod' in value;
  if (collected.duration !== undefined && parts.durationMs === undefined) setDuration(parts, collected.duration, value, isTraefik);
  const headers: SingleHeaders = { request: [], response: [] };
  for (const { side, name, value: text, only } of collected.headers) {
    if (only === undefined || isTraefik) headers[side].push({ name, value: text });
  }
  return { parts, headers };
}

/** `duration` is seconds in Caddy, nanoseconds in Traefik, and milliseconds in Envoy and nearly everywhere else. */
function setDuration(parts: ExchangeParts, duration: unknown, value: object, isTraefik: boolean): void {
  if (isTraefik) parts.durationNs = duration;
  else if ('request' in value && typeof value.request === 'object') parts.durationS = duration;
  else parts.durationMs = duration;
}

function collect(value: object, prefix: string, depth: number, into: Collected): void {
  for (const [key, held] of Object.entries(value)) {
    // An empty request line says that a connection closed without one; other empty fields say nothing.
    if (held === null || (held === '' && key !== 'request')) continue;
    into.fields += 1;
    if (into.fields > fieldsMax) return;
    const path = prefix + key;
    const meaning = meaningOf(path);
    if (meaning === null) {
      if (typeof held === 'object' && !Array.isArray(held) && depth < depthMax) collect(held, `${path}.`, depth + 1, into);
      continue;
    }
    if (meaning.kind === 'duration') {
      if (typeof held !== 'object') into.duration = held;
    } else if (meaning.kind === 'header') addHeader(meaning, held, into);
    else if (typeof held === 'object' && (!takesObject.has(meaning.part) || (depth >= 2 && prefix.startsWith('http.')))) {
      // Nested OpenTelemetry and Elastic names put the size of a body where other producers put the body.
      if (depth < depthMax && !Array.isArray(held)) collect(held, `${path}.`, depth + 1, into);
    } else if (meaning.rank < (into.ranks[meaning.part] ?? Number.POSITIVE_INFINITY) && held !== '-') {
      into.ranks[meaning.part] = meaning.rank;
      into.parts[meaning.part] = held;
    }
  }
}

const takesObject: ReadonlySet<ExchangePart> = new Set<ExchangePart>([
  'requestHeaders',
  'responseHeaders',
  'requestBody',
  'responseBody',
  'queryObject',
]);

function addHeader(meaning: Extract<FieldMeaning, { kind: 'header' }>, held: unknown, into: Collected): void {
  for (const one of Array.isArray(held) ? held : [held]) {
    if (typeof one !== 'string' && typeof one !== 'number') continue;
    if (one === '-') continue;
    into.headers.push({ side: meaning.side, name: meaning.name, value: String(one), only: meaning.only });
  }
}

/** A logger's line about something else: it has a time and a level or message, and nothing of a request. */
function isOtherLogLine(value: object, parts: ExchangeParts): boolean {
  if (parts.method !== undefined || parts.requestLine !== undefined || parts.time === undefined) return false;
  const level = 'level' in value || 'severity' in value || 'lvl' in value;
  return level && !('log' in value);
}

export function parseObject(line: string): object | null {
  if (line.charCodeAt(0) !== 123 && line.trimStart().charCodeAt(0) !== 123) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    // Not JSON; the caller counts the line as malformed.
    return null;
  }
}
