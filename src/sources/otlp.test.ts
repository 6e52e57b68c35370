import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StanceError } from '../errors.ts';
import { detectFormat } from './detect.ts';
import { decodeOtlp, otlpBodyBytesMax, otlpJsonFormat } from './otlp.ts';
import { exchangesOf, itemsOf } from './source.fixture.ts';

const startMs = Date.UTC(2025, 2, 3, 8, 0, 1, 250);
type Value = string | number | boolean | readonly string[];
interface Span {
  readonly kind?: number;
  readonly name?: string;
  readonly attributes: Readonly<Record<string, Value>>;
}

const jsonValue = (value: Value): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(jsonValue) } };
};
const jsonAttributes = (attributes: Readonly<Record<string, Value>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));

function json(resource: Readonly<Record<string, Value>>, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: jsonAttributes(resource) },
        scopeSpans: [
          {
            scope: { name: 'http' },
            spans: spans.map((span) => ({
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              name: span.name ?? 'x',
              kind: span.kind ?? 2,
              startTimeUnixNano: `${startMs}000000`,
              endTimeUnixNano: `${startMs + 43}500000`,
              attributes: jsonAttributes(span.attributes),
            })),
          },
        ],
      },
    ],
  });
}

function message(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function anyValue(writer: BinaryWriter, value: Value): void {
  if (typeof value === 'string') writer.tag(1, WireType.LengthDelimited).string(value);
  else if (typeof value === 'boolean') writer.tag(2, WireType.Varint).bool(value);
  else if (typeof value === 'number' && Number.isInteger(value)) writer.tag(3, WireType.Varint).int64(value);
  else if (typeof value === 'number') writer.tag(4, WireType.Bit64).double(value);
  else {
    message(writer, 5, () => {
      for (const one of value) message(writer, 1, () => anyValue(writer, one));
    });
  }
}

function keyValues(writer: BinaryWriter, field: number, attributes: Readonly<Record<string, Value>>): void {
  for (const [key, value] of Object.entries(attributes)) {
    message(writer, field, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      message(writer, 2, () => anyValue(writer, value));
    });
  }
}

function protobuf(resource: Readonly<Record<string, Value>>, spans: readonly Span[]): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 1, () => {
    message(writer, 1, () => keyValues(writer, 1, resource));
    message(writer, 2, () => {
      for (const span of spans) {
        message(writer, 2, () => {
          writer.tag(1, WireType.LengthDelimited).bytes(new Uint8Array(16));
          writer.tag(5, WireType.LengthDelimited).string(span.name ?? 'x');
          writer.tag(6, WireType.Varint).int32(span.kind ?? 2);
          writer.tag(7, WireType.Bit64).fixed64(BigInt(startMs) * 1_000_000n);
          writer.tag(8, WireType.Bit64).fixed64(BigInt(startMs) * 1_000_000n + 43_500_000n);
          keyValues(writer, 9, span.attributes);
        });
      }
    });
    writer.tag(3, WireType.LengthDelimited).string('https://opentelemetry.io/schemas/1.26.0');
  });
  return writer.finish();
}

const resource = { 'service.name': 'orders', 'deployment.environment.name': 'production', 'host.name': 'node-1' };
const stable: Span = {
  attributes: {
    'http.request.method': 'GET',
    'url.path': '/v1/orders/17',
    'url.query': 'x=1',
    'url.scheme': 'https',
    'server.address': 'api.shop.example',
    'server.port': 443,
    'http.route': '/v1/orders/{id}',
    'http.response.status_code': 200,
    'client.address': '203.0.113.5',
    'user_agent.original': 'curl/8',
    'http.request.header.authorization': ['Bearer x'],
    'tls.protocol.version': '1.3',
    path: 'a name of their own',
  },
};
const old: Span = {
  attributes: {
    'http.method': 'POST',
    'http.target': '/v1/orders?x=1',
    'http.status_code': 201,
    'http.host': 'shop.example:8080',
    'http.scheme': 'http',
    'net.peer.ip': '203.0.113.9',
  },
};
const others: readonly (readonly [Span, string])[] = [
  [{ kind: 3, attributes: stable.attributes }, 'span of an outgoing call'],
  [{ kind: 1, attributes: {} }, 'span inside a service'],
  [{ kind: 5, attributes: {} }, 'span inside a service'],
  [{ kind: 2, attributes: { 'rpc.system': 'grpc' } }, 'span that is not HTTP'],
];

const encodings = [
  ['application/json', (spans: readonly Span[]) => Buffer.from(json(resource, spans))],
  ['application/x-protobuf', (spans: readonly Span[]) => protobuf(resource, spans)],
] as const;

describe('OTLP', () => {
  test.each(encodings)('%s: a server span with the stable names becomes an exchange, with its route', (type, encode) => {
    expect(decodeOtlp(encode([stable]), `${type}; charset=utf-8`)).toEqual([
      {
        kind: 'exchange',
        exchange: {
          atMs: startMs,
          method: 'GET',
          scheme: 'https',
          host: 'api.shop.example',
          path: '/v1/orders/17',
          query: 'x=1',
          status: 200,
          durationMs: 43.5,
          requestBytes: null,
          responseBytes: null,
          clientAddress: '203.0.113.5',
          userAgent: 'curl/8',
          referer: null,
          principal: null,
          credential: 'present',
          requestHeaders: [{ name: 'authorization', value: 'Bearer x' }],
          responseHeaders: null,
          headersPartial: true,
          requestBody: null,
          responseBody: null,
          route: '/v1/orders/{id}',
          service: 'orders',
          environment: 'production',
          tlsVersion: 'TLSv1.3',
          line: 1,
        },
      },
    ]);
  });

  test.each(encodings)('%s: the names before 1.23 are understood', (type, encode) => {
    expect(decodeOtlp(encode([old]), type)).toMatchObject([
      {
        exchange: {
          method: 'POST',
          path: '/v1/orders',
          query: 'x=1',
          status: 201,
          host: 'shop.example:8080',
          scheme: 'http',
          clientAddress: '203.0.113.9',
        },
      },
    ]);
  });

  test.each(encodings)('%s: other spans are excluded with the reason, each counted', (type, encode) => {
    const items = decodeOtlp(encode(others.map(([span]) => span)), type);
    expect(items).toEqual(others.map(([, reason], at) => ({ kind: 'excluded', line: at + 1, reason })));
  });

  test('a route that stands only in the name of the span is kept', () => {
    const span = { name: 'GET /v1/orders/{id}', attributes: { 'http.request.method': 'GET' } };
    expect(decodeOtlp(protobuf(resource, [span]), 'application/x-protobuf')).toMatchObject([
      { exchange: { route: '/v1/orders/{id}', path: '/v1/orders/{id}' } },
    ]);
  });

  test('an unknown method is the one that was sent, and a made-up service name is none', () => {
    const span = { attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PURGE', 'url.path': '/a' } };
    expect(decodeOtlp(protobuf({ 'service.name': 'unknown_service:node' }, [span]), 'application/x-protobuf')).toMatchObject([
      { exchange: { method: 'PURGE', service: null } },
    ]);
  });

  test('what is no export is refused with the reason to show', () => {
    const code = (bytes: Uint8Array, type: string) => {
      try {
        decodeOtlp(bytes, type);
      } catch (error) {
        return error instanceof StanceError ? error.code : error;
      }
      return null;
    };
    expect(code(Buffer.from('{"resourceLogs":[]}'), 'application/json')).toBe('input-unreadable');
    expect(code(Buffer.from('{'), 'application/json')).toBe('input-unreadable');
    expect(code(Buffer.from([0x0a, 0xff]), 'application/x-protobuf')).toBe('input-unreadable');
    expect(code(Buffer.from('{}'), 'text/plain')).toBe('input-unknown-format');
    expect(code(new Uint8Array(otlpBodyBytesMax + 1), 'application/json')).toBe('too-large');
    const many = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(50_000)}{}]}]}]}`);
    expect(code(many, 'application/json')).toBe('too-large');
  });

  test('an empty request is no error', () => {
    expect(decodeOtlp(new Uint8Array(0), 'application/x-protobuf')).toEqual([]);
    expect(decodeOtlp(Buffer.from('{"resourceSpans":[]}'), 'application/json')).toEqual([]);
  });

  test('values within values come to an end', () => {
    const deep = `${'{"arrayValue":{"values":['.repeat(500)}{"stringValue":"x"}${']}}'.repeat(500)}`;
    const text = json(resource, [stable]).replace('{"stringValue":"GET"}', deep);
    expect(decodeOtlp(Buffer.from(text), 'application/json')).toHaveLength(1);
  });

  test('no bytes make it throw anything but a refusal', () => {
    const good = protobuf(resource, [stable, old]);
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, byte, length]) => {
      const bytes = Uint8Array.from(good);
      bytes[at] = byte;
      return bytes.subarray(0, length);
    });
    fc.assert(
      fc.property(
        fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })),
        fc.constantFrom('application/json', 'application/x-protobuf'),
        (bytes, type) => {
          try {
            decodeOtlp(bytes, type);
          } catch (error) {
            expect(error).toBeInstanceOf(StanceError);
          }
        },
      ),
      { numRuns: 3000, verbose: true },
    );
  });
});

describe('OTLP JSON files', () => {
  const line = json(resource, [stable, ...others.map(([span]) => span), old]);

  test('each line is a request; a damaged one is counted and the next is read', async () => {
    const text = `${line}\n${line.slice(0, 300)}\n\n${line}\n`;
    expect(detectFormat(text, 'traces.jsonl').id).toBe('otlp-json');
    const items = await itemsOf(otlpJsonFormat, text);
    expect(items.map((item) => item.kind)).toEqual([
      ...['exchange', 'excluded', 'excluded', 'excluded', 'excluded', 'exchange'],
      'malformed',
      ...['exchange', 'excluded', 'excluded', 'excluded', 'excluded', 'exchange'],
    ]);
    expect((await exchangesOf(otlpJsonFormat, text)).map((exchange) => exchange.line)).toEqual([1, 6, 8, 13]);
    expect((await exchangesOf(otlpJsonFormat, text, { afterLine: 7 })).map((exchange) => exchange.line)).toEqual([8, 13]);
  });

  test('one request over many lines is read too', async () => {
    expect(await exchangesOf(otlpJsonFormat, JSON.stringify(JSON.parse(line), null, 2))).toHaveLength(2);
  });
});
