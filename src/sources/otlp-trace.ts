/** OTLP trace export requests on the wire, JSON and protobuf, as spans (opentelemetry-proto 1.x, `trace/v1/trace.proto`). */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Spans of one request or line that are read; the collector's default batch is 8,192. */
export const otlpSpansMax = 50_000;
/** Attributes of one span or resource that are read; SDKs keep 128 by default. */
const attributesMax = 1024;
/** Values within values that are read. */
const valueDepthMax = 8;

export interface OtlpSpan {
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer, 0 not said. */
  readonly kind: number;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly resource: ReadonlyMap<string, unknown>;
}

/** Thrown inside this file's callers only: the bytes are no export request, or exceed a bound. */
export class OtlpFault extends Error {
  readonly tooLarge: boolean;
  constructor(message: string, tooLarge = false) {
    super(message);
    this.tooLarge = tooLarge;
  }
}

type Attributes = Map<string, unknown>;

/** @throws OtlpFault */
export function spansOfProtobuf(bytes: Uint8Array): OtlpSpan[] {
  const spans: OtlpSpan[] = [];
  try {
    eachField(bytes, (field, reader) => {
      if (field !== 1) return false;
      readResourceSpans(reader.bytes(), spans);
      return true;
    });
  } catch (error) {
    if (error instanceof OtlpFault) throw error;
    throw new OtlpFault('the bytes are no OTLP protobuf');
  }
  return spans;
}

/** Calls `take` for every field; a field it does not take is skipped. */
function eachField(bytes: Uint8Array, take: (field: number, reader: BinaryReader, type: WireType) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    // A known number with another wire type is not that field.
    if (!take(field, reader, type)) reader.skip(type, field);
  }
}

function readResourceSpans(bytes: Uint8Array, spans: OtlpSpan[]): void {
  let resource: Attributes = new Map();
  const scopes: Uint8Array[] = [];
  eachField(bytes, (field, reader, type) => {
    if (type !== WireType.LengthDelimited) return false;
    if (field === 1) resource = readAttributes(reader.bytes(), 1);
    // 1000 is where instrumentation_library_spans stood before 1.0.
    else if (field === 2 || field === 1000) scopes.push(reader.bytes());
    else return false;
    return true;
  });
  for (const scope of scopes) {
    eachField(scope, (field, reader, type) => {
      if (field !== 2 || type !== WireType.LengthDelimited) return false;
      addSpan(spans, readSpan(reader.bytes(), resource));
      return true;
    });
  }
}

function addSpan(spans: OtlpSpan[], span: OtlpSpan): void {
  if (spans.length >= otlpSpansMax) throw new OtlpFault(`more than ${otlpSpansMax} spans at once`, true);
  spans.push(span);
}

function readSpan(bytes: Uint8Array, resource: Attributes): OtlpSpan {
  let kind = 0;
  let name = '';
  let startMs = 0;
  let endMs = 0;
  const attributes: Attributes = new Map();
  eachField(bytes, (field, reader, type) => {
    if (field === 5 && type === WireType.LengthDelimited) name = reader.string();
    else if (field === 6 && type === WireType.Varint) kind = reader.int32();
    else if (field === 7 && type === WireType.Bit64) startMs = nanoToMs(reader.fixed64());
    else if (field === 8 && type === WireType.Bit64) endMs = nanoToMs(reader.fixed64());
    else if (field === 9 && type === WireType.LengthDelimited) addKeyValue(attributes, reader.bytes());
    else return false;
    return true;
  });
  return { kind, name, startMs, endMs, attributes, resource };
}

function nanoToMs(nano: bigint | string | number): number {
  return Number(nano) / 1_000_000;
}

/** Repeated KeyValue under one field number of a message. */
function readAttributes(bytes: Uint8Array, fieldNumber: number): Attributes {
  const attributes: Attributes = new Map();
  eachField(bytes, (field, reader, type) => {
    if (field !== fieldNumber || type !== WireType.LengthDelimited) return false;
    addKeyValue(attributes, reader.bytes());
    return true;
  });
  return attributes;
}

function addKeyValue(attributes: Attributes, bytes: Uint8Array): void {
  if (attributes.size >= attributesMax) return;
  let key = '';
  let value: unknown = null;
  eachField(bytes, (field, reader, type) => {
    if (type !== WireType.LengthDelimited) return false;
    if (field === 1) key = reader.string();
    else if (field === 2) value = readValue(reader.bytes(), 1);
    else return false;
    return true;
  });
  if (key !== '') attributes.set(key, value);
}

function readValue(bytes: Uint8Array, depth: number): unknown {
  let value: unknown = null;
  if (depth > valueDepthMax) return null;
  eachField(bytes, (field, reader, type) => {
    if (field === 1 && type === WireType.LengthDelimited) value = reader.string();
    else if (field === 2 && type === WireType.Varint) value = reader.bool();
    else if (field === 3 && type === WireType.Varint) value = Number(reader.int64());
    else if (field === 4 && type === WireType.Bit64) value = reader.double();
    else if (field === 5 && type === WireType.LengthDelimited) value = readArray(reader.bytes(), depth);
    else return false;
    return true;
  });
  return value;
}

function readArray(bytes: Uint8Array, depth: number): unknown[] {
  const values: unknown[] = [];
  eachField(bytes, (field, reader, type) => {
    if (field !== 1 || type !== WireType.LengthDelimited) return false;
    const value = readValue(reader.bytes(), depth + 1);
    if (values.length < attributesMax) values.push(value);
    return true;
  });
  return values;
}

/** @throws OtlpFault */
export function spansOfJson(text: string): OtlpSpan[] {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw new OtlpFault('the text is no JSON');
  }
  const resourceSpans = listOf(request, 'resourceSpans');
  if (resourceSpans === null) throw new OtlpFault('there are no resourceSpans');
  const spans: OtlpSpan[] = [];
  for (const one of resourceSpans) {
    const resource = attributesOfJson(memberOf(one, 'resource'));
    for (const scope of listOf(one, 'scopeSpans') ?? listOf(one, 'instrumentationLibrarySpans') ?? []) {
      for (const span of listOf(scope, 'spans') ?? []) addSpan(spans, spanOfJson(span, resource));
    }
  }
  return spans;
}

const kindByName: Readonly<Record<string, number>> = {
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
};

function spanOfJson(span: unknown, resource: Attributes): OtlpSpan {
  const kind = memberOf(span, 'kind');
  const name = memberOf(span, 'name');
  return {
    kind: typeof kind === 'number' ? kind : (kindByName[String(kind)] ?? 0),
    name: typeof name === 'string' ? name : '',
    startMs: jsonNanoToMs(memberOf(span, 'startTimeUnixNano')),
    endMs: jsonNanoToMs(memberOf(span, 'endTimeUnixNano')),
    attributes: attributesOfJson(span),
    resource,
  };
}

/** 64-bit numbers are text in JSON, and numbers in what lenient writers make. */
function jsonNanoToMs(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? nanoToMs(value) : 0;
}

function attributesOfJson(holder: unknown): Attributes {
  const attributes: Attributes = new Map();
  for (const pair of listOf(holder, 'attributes') ?? []) {
    const key = memberOf(pair, 'key');
    if (typeof key === 'string' && attributes.size < attributesMax) attributes.set(key, valueOfJson(memberOf(pair, 'value'), 1));
  }
  return attributes;
}

function valueOfJson(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > valueDepthMax) return null;
  const integer = memberOf(value, 'intValue');
  if (integer !== undefined) return Number(integer);
  const array = listOf(memberOf(value, 'arrayValue'), 'values');
  if (array !== null) return array.slice(0, attributesMax).map((one) => valueOfJson(one, depth + 1));
  return memberOf(value, 'stringValue') ?? memberOf(value, 'boolValue') ?? memberOf(value, 'doubleValue') ?? null;
}

function memberOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

function listOf(holder: unknown, name: string): readonly unknown[] | null {
  const list = memberOf(holder, name);
  return Array.isArray(list) ? list : null;
}
