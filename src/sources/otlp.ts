/** OpenTelemetry traces: server spans with the HTTP semantic conventions, from OTLP/HTTP requests and from OTLP JSON files. */
import { StanceError } from '../errors.ts';
import { defaultsOf, exchangeOfParts, textOf } from './exchange-parts.ts';
import { type ExclusionReason, excluded, exclusionReasons, malformed } from './exclusion.ts';
import { partsOfObject } from './json-log.ts';
import { batchItemsMax, incomplete } from './line-format.ts';
import { LineSplitter } from './lines.ts';
import { OtlpFault, type OtlpSpan, spansOfJson, spansOfProtobuf } from './otlp-trace.ts';
import type { Input, ReadOptions, SourceFormat, SourceItem } from './source.ts';

/** Largest export request that is decoded, bytes after decompression; four times the collector's default for receivers. */
export const otlpBodyBytesMax = 16 * 1024 * 1024;
/** Longest line of a file: one export request. */
const otlpLineBytesMax = otlpBodyBytesMax;

/**
 * Items of one OTLP/HTTP trace export request, already decompressed. `line` is the number of the span in the request.
 * @param contentType the request's, with or without parameters
 * @throws StanceError `input-unknown-format` for another content type, `too-large`, or `input-unreadable` when it does not decode
 */
export function decodeOtlp(bytes: Uint8Array, contentType: string, options: ReadOptions = {}): SourceItem[] {
  if (bytes.length > otlpBodyBytesMax) throw tooLarge(`more than ${otlpBodyBytesMax} bytes`);
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'application/x-protobuf' && type !== 'application/protobuf') {
    throw new StanceError('input-unknown-format', {
      message: 'The content type is none of OTLP.',
      next: 'Send application/x-protobuf or application/json.',
    });
  }
  try {
    const spans = type === 'application/json' ? spansOfJson(Buffer.from(bytes).toString('utf8')) : spansOfProtobuf(bytes);
    return spans.map((span, at) => itemOfSpan(span, at + 1, options));
  } catch (error) {
    if (!(error instanceof OtlpFault)) throw error;
    if (error.tooLarge) throw tooLarge(error.message);
    throw new StanceError('input-unreadable', {
      message: `The trace export cannot be decoded: ${error.message}.`,
      next: 'Send an OTLP trace export request (opentelemetry-proto 1.x).',
      cause: error,
    });
  }
}

function tooLarge(what: string): StanceError {
  return new StanceError('too-large', { message: `The trace export is too large: ${what}.`, next: 'Send smaller batches.' });
}

/** Attributes that semantic conventions define for HTTP; others may carry the same short names with another meaning. */
const httpAttribute = /^(?:http|url|server|client|network|net|user_agent|enduser|user|tls)\./;
const resourceAttributes = ['service.name', 'deployment.environment.name', 'deployment.environment'] as const;

/** One span as an item; what is no HTTP server span is excluded with the reason. */
export function itemOfSpan(span: OtlpSpan, number: number, options: ReadOptions): SourceItem {
  const reason = exclusionOf(span);
  if (reason !== null) return excluded(number, reason);
  const flat: [string, unknown][] = [...span.attributes].filter(([name]) => httpAttribute.test(name));
  for (const name of resourceAttributes) {
    const value = span.resource.get(name);
    // Conventions require a service name, so SDKs without one make one up.
    if (value !== undefined && !(name === 'service.name' && String(value).startsWith('unknown_service'))) flat.push([name, value]);
  }
  const { parts, headers } = partsOfObject(Object.fromEntries(flat));
  parts.time = span.startMs;
  if (span.endMs >= span.startMs && span.startMs > 0) parts.durationMs = span.endMs - span.startMs;
  // Instrumentation that knows only the route puts it into the name: `GET /users/{id}`.
  if (parts.target === undefined && parts.url === undefined && parts.route === undefined) {
    const gap = span.name.indexOf(' ');
    if (gap > 0 && span.name.charAt(gap + 1) === '/' && span.name.slice(0, gap) === textOf(parts.method))
      parts.route = span.name.slice(gap + 1);
  }
  return exchangeOfParts(parts, number, defaultsOf(options), headers);
}

function exclusionOf(span: OtlpSpan): ExclusionReason | null {
  const isHttp = span.attributes.has('http.request.method') || span.attributes.has('http.method');
  if (span.kind === 3 || span.kind === 4) return exclusionReasons.clientSpan;
  if (span.kind !== 2) return exclusionReasons.innerSpan;
  return isHttp ? null : exclusionReasons.notHttpSpan;
}

/** Files of OTLP JSON, one export request a line, as the collector's file exporter writes them. Numbers are those of spans. */
export const otlpJsonFormat: SourceFormat = {
  id: 'otlp-json',
  title: 'OpenTelemetry traces (OTLP JSON, one export request a line)',
  kind: 'traffic',
  detect: (head) => (/^\uFEFF?\s*\{\s*"resourceSpans"\s*:/.test(head) ? 0.99 : 0),
  read: readOtlpJson,
};

async function* readOtlpJson(input: Input, options: ReadOptions): AsyncIterable<readonly SourceItem[]> {
  const afterSpan = options.afterLine ?? 0;
  let number = 0;
  let items: SourceItem[] = [];
  /** A document over several lines is gathered until it is whole. */
  let gathered = '';
  const add = (item: SourceItem) => {
    if (number > afterSpan) items.push(item);
  };
  const fail = (message: string) => {
    number += 1;
    add(malformed(number, message));
  };
  const takeRequest = (text: string): boolean => {
    try {
      for (const span of spansOfJson(text)) {
        number += 1;
        add(itemOfSpan(span, number, options));
      }
      return true;
    } catch (error) {
      if (!(error instanceof OtlpFault)) throw error;
      return false;
    }
  };
  const takeLine = (text: string) => {
    if (text.trim() === '') return;
    if (gathered === '' && text.trimStart().startsWith('{"')) {
      if (!takeRequest(text)) fail('is no OTLP trace export');
      return;
    }
    gathered += `${text}\n`;
    if (gathered.length > otlpLineBytesMax) {
      fail('the document is too large');
      gathered = '';
    } else if (text === '}' && takeRequest(gathered)) gathered = '';
  };
  const splitter = new LineSplitter({ line: takeLine, unreadable: (_, message) => fail(message) }, { bytesMax: otlpLineBytesMax });
  let failure: unknown = null;
  const chunks = input.bytes()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (next === null) splitter.breakOff();
      else if (next.done) splitter.end();
      else splitter.push(next.value);
      const over = next === null || next.done === true;
      if (over && gathered !== '') fail('is no OTLP trace export');
      while (items.length >= batchItemsMax || (over && items.length > 0)) {
        yield items.slice(0, batchItemsMax);
        items = items.slice(batchItemsMax);
      }
      if (over) break;
    }
  } finally {
    await chunks.return?.();
  }
  if (failure !== null) throw incomplete(input.name, splitter.lines, failure);
}
