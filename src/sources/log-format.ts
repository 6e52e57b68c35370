/**
 * Parsers made from a log format of one's own: nginx `log_format`, Apache `LogFormat`, AWS `$context.` formats.
 * Matching goes from left to right and never back, so no format and no line can make it slow.
 */
import { StanceError } from '../errors.ts';
import { parseAuthority } from './authority.ts';
import { isEscaped, unescapeField } from './escapes.ts';
import { defaultsOf, type ExchangePart, type ExchangeParts, exchangeOfParts, type SingleHeaders } from './exchange-parts.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { meaningOf } from './field-names.ts';
import { type LineFormat, type LineParser, lineFormat } from './line-format.ts';
import type { ReadOptions } from './source.ts';
import { anyTime } from './timestamp.ts';

export const logFormatFormat: LineFormat = {
  ...lineFormat({
    id: 'log-format',
    title: 'lines in the nginx log_format or Apache LogFormat given with --log-format',
    parser: (options) => logFormatParser(options.logFormat ?? '', options),
    weight: 0,
    stateless: true,
  }),
  // Never detected: it needs the format text.
  detect: () => 0,
};

/** Longest format text, characters; the longest in use are around 2,000. */
const formatCharactersMax = 16_384;
const fieldsMax = 256;

/** What the text between two literals is. */
type Field =
  | { readonly kind: 'part'; readonly part: ExchangePart }
  | { readonly kind: 'header'; readonly side: 'request' | 'response'; readonly name: string }
  | { readonly kind: 'ignored' };

interface Step {
  /** Literal before the field. */
  readonly before: string;
  readonly field: Field;
}

export interface CompiledLogFormat {
  readonly steps: readonly Step[];
  /** Literal behind the last field. */
  readonly after: string;
}

const apacheNamed: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  combinedio: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O',
  vhost_combined: '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
};

/** @throws StanceError `config-invalid` when the text is no format that can be read back */
export function compileLogFormat(text: string): CompiledLogFormat {
  if (text.trim() === '') throw invalid('it is empty');
  if (text.length > formatCharactersMax) throw invalid(`it is longer than ${formatCharactersMax} characters`);
  const format = apacheNamed[text.trim().toLowerCase()] ?? withoutDirective(text.trim());
  const isNginx = /\$\{?[A-Za-z_]/.test(format);
  const compiled = isNginx ? compileNginx(format) : compileApache(format);
  if (compiled.steps.length === 0) throw invalid('it names no field; nginx fields look like $request, Apache fields like %r');
  if (compiled.steps.length > fieldsMax) throw invalid(`it has more than ${fieldsMax} fields`);
  const parts = new Set(compiled.steps.flatMap(({ field }) => (field.kind === 'part' ? [field.part] : [])));
  if (!parts.has('time')) throw invalid('it has no time, so no line could be placed');
  const hasTarget = parts.has('target') || parts.has('originalTarget') || parts.has('url') || parts.has('route');
  if (!parts.has('requestLine') && !parts.has('routeKey') && !(parts.has('method') && hasTarget))
    throw invalid('it has neither the request nor method and path');
  return compiled;
}

function invalid(reason: string): StanceError {
  return new StanceError('config-invalid', {
    message: `The log format cannot be used: ${reason}.`,
    next: 'Give the text of log_format or LogFormat as it stands in the server configuration.',
  });
}

/** Also takes the whole directive as copied from a configuration file: quotes joined, name and escape setting left out. */
function withoutDirective(text: string): string {
  const nginx = /^log_format\s+\S+\s+(?:escape=\w+\s+)?([\s\S]*?);?$/.exec(text);
  if (nginx !== null) return joinedQuotes(nginx[1] ?? '');
  const apache = /^(?:LogFormat|CustomLog\s+\S+)\s+"((?:[^"\\]|\\.)*)"/i.exec(text);
  if (apache !== null) return (apache[1] ?? '').replaceAll('\\"', '"').replaceAll('\\t', '\t');
  return text.replaceAll('\\"', '"').replaceAll('\\t', '\t');
}

function joinedQuotes(text: string): string {
  const quote = text.charAt(0);
  if (quote !== "'" && quote !== '"') return text;
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf(quote, at);
    if (open < 0) break;
    let close = text.indexOf(quote, open + 1);
    while (close >= 0 && isEscaped(text, close, open + 1)) close = text.indexOf(quote, close + 1);
    if (close < 0) break;
    pieces.push(text.slice(open + 1, close));
    at = close + 1;
  }
  return pieces.join('').replaceAll(`\\${quote}`, quote);
}

function compileNginx(text: string): CompiledLogFormat {
  const variable = /\$(?:\{([A-Za-z_][\w.]*)\}|(context\.[\w.]+|[A-Za-z_]\w*))/g;
  const found = [...text.matchAll(variable)].map((match) => {
    const name = match[1] ?? match[2] ?? '';
    return { start: match.index, end: match.index + match[0].length, field: fieldOfName(name.replace(/^context\./, '')) };
  });
  return stepsOf(text, found);
}

function fieldOfName(name: string): Field {
  const meaning = meaningOf(name);
  if (meaning?.kind === 'part') return { kind: 'part', part: meaning.part };
  if (meaning?.kind === 'header' && meaning.only === undefined) return { kind: 'header', side: meaning.side, name: meaning.name };
  return meaning?.kind === 'duration' ? { kind: 'part', part: 'durationMs' } : { kind: 'ignored' };
}

const apacheFields: Readonly<Record<string, ExchangePart>> = {
  h: 'peer',
  a: 'peer',
  u: 'principal',
  t: 'time',
  r: 'requestLine',
  m: 'method',
  U: 'target',
  q: 'query',
  s: 'status',
  b: 'responseBytes',
  B: 'responseBytes',
  O: 'responseBytes',
  I: 'requestBytes',
  D: 'durationUs',
  T: 'durationS',
  v: 'host',
  V: 'host',
  p: 'port',
};
const apacheTimeUnits: Readonly<Record<string, ExchangePart>> = { ms: 'durationMs', us: 'durationUs', s: 'durationS' };

function compileApache(given: string): CompiledLogFormat {
  const text = withTimeBrackets(given);
  const directive = /%(?:%|(?:!?\d{3}(?:,\d{3})*)?([<>])?(?:\{([^}]*)\})?(\^?[A-Za-z]{1,2}?))/g;
  const found = [...text.matchAll(directive)].flatMap((match) => {
    if (match[0] === '%%') return [];
    return [{ start: match.index, end: match.index + match[0].length, field: apacheField(match[3] ?? '', match[2]) }];
  });
  return stepsOf(text, found);
}

/** `%t` writes its own brackets, which are part of the text around it for us. */
function withTimeBrackets(text: string): string {
  return text.replace(/%(?:\d{3}(?:,\d{3})*)?[<>]?t/g, '[$&]');
}

function apacheField(letter: string, argument: string | undefined): Field {
  if (letter === 'i' || letter === 'o') {
    if (argument === undefined) return { kind: 'ignored' };
    return { kind: 'header', side: letter === 'i' ? 'request' : 'response', name: argument.toLowerCase() };
  }
  if (letter === 'x' && argument?.toUpperCase() === 'SSL_PROTOCOL') return { kind: 'part', part: 'tlsVersion' };
  if (letter === 'T' && argument !== undefined) return { kind: 'part', part: apacheTimeUnits[argument] ?? 'durationS' };
  // A part of the time, such as the fraction alone, is no time.
  if (letter === 't' && argument !== undefined && /^(?:begin:|end:)?(?:msec_frac|usec_frac)$/.test(argument)) return { kind: 'ignored' };
  const part = apacheFields[letter];
  return part === undefined || (argument !== undefined && letter !== 't' && letter !== 'a' && letter !== 'p')
    ? { kind: 'ignored' }
    : { kind: 'part', part };
}

function stepsOf(text: string, found: readonly { start: number; end: number; field: Field }[]): CompiledLogFormat {
  const steps: Step[] = [];
  let at = 0;
  for (const { start, end, field } of found) {
    const before = text.slice(at, start).replaceAll('%%', '%');
    if (before === '' && steps.length > 0) throw invalid('two fields stand side by side with nothing between them');
    steps.push({ before, field });
    at = end;
  }
  return { steps, after: text.slice(at).replaceAll('%%', '%').trimEnd() };
}

/** Values of one line, or null when the line is not in this format. */
export function matchLogFormat(format: CompiledLogFormat, line: string): { parts: ExchangeParts; headers: SingleHeaders } | null {
  const parts: ExchangeParts = {};
  const headers: SingleHeaders = { request: [], response: [] };
  const first = format.steps[0];
  if (first === undefined || !line.startsWith(first.before)) return null;
  let at = first.before.length;
  for (let index = 0; index < format.steps.length; index += 1) {
    const step = format.steps[index];
    if (step === undefined) return null;
    const next = format.steps[index + 1]?.before ?? format.after;
    const end = fieldEnd(line, at, step, next);
    if (end < 0) return null;
    const quoted = step.before.endsWith('"') && next.startsWith('"');
    setField(step.field, quoted ? unescapeField(line.slice(at, end)) : line.slice(at, end), parts, headers);
    at = end + next.length;
  }
  return { parts, headers };
}

function fieldEnd(line: string, at: number, step: Step, next: string): number {
  if (next === '') return line.length;
  let end = line.indexOf(next, at);
  // Proxies and upstreams are listed with a comma and a blank: `10.0.0.1, 10.0.0.2`.
  while (next.startsWith(' ') && end > at && line.charCodeAt(end - 1) === 44) end = line.indexOf(next, end + 1);
  if (step.before.endsWith('"') && next.startsWith('"')) {
    while (end >= 0 && isEscaped(line, end, at)) end = line.indexOf(next, end + 1);
  }
  return end;
}

function setField(field: Field, value: string, parts: ExchangeParts, headers: SingleHeaders): void {
  if (field.kind === 'ignored') return;
  if (field.kind === 'header') {
    if (value !== '-' && value !== '') headers[field.side].push({ name: field.name, value });
    return;
  }
  if (value === '-' && field.part !== 'requestLine') {
    // Apache's %b writes a dash for nothing sent.
    if (field.part === 'responseBytes') parts.responseBytes ??= 0;
    return;
  }
  parts[field.part] ??= value;
}

/** Literals alone may fit a line of another format by accident; its time, status or client then do not. */
function isPlausible(parts: ExchangeParts): boolean {
  const { status, peer } = parts;
  if (status !== undefined && !(typeof status === 'string' && /^\d{1,3}$/.test(status))) return false;
  // Several addresses are what a proxy forwarded.
  const hasClient = peer === undefined || (typeof peer === 'string' && parseAuthority(peer.split(',', 1)[0]?.trim()) !== null);
  return hasClient && anyTime(parts.time) !== null;
}

/** @throws StanceError `config-invalid`, see `compileLogFormat` */
export function logFormatParser(text: string, options: ReadOptions): LineParser {
  return compiledParser([compileLogFormat(text)], options);
}

/** A line may be in any of the formats; the first that fits is taken. */
export function compiledParser(formats: readonly CompiledLogFormat[], options: ReadOptions): LineParser {
  const defaults = defaultsOf(options);
  return (line, number) => {
    for (const format of formats) {
      const matched = matchLogFormat(format, line);
      if (matched !== null && isPlausible(matched.parts)) return exchangeOfParts(matched.parts, number, defaults, matched.headers);
    }
    return line.charCodeAt(0) === 35 ? excluded(number, exclusionReasons.comment) : malformed(number, 'is not in the log format');
  };
}
