/**
 * Door 1: an exchange in, an observation out. Whatever needs the message itself happens here; after it, no value exists.
 */
import { credentialSeen, queryCredential } from './access/credential.ts';
import type { FingerprintFn } from './evidence/fingerprint.ts';
import type { FieldSeen, GraphqlSeen, Observation, Segment } from './evidence/observation.ts';
import type { Body, Exchange, JsonValue } from './http/exchange.ts';
import { graphqlLabel, graphqlOfBody, graphqlOfDocument } from './http/graphql.ts';
import { header } from './http/headers.ts';
import { jsonFields, maskKey } from './http/json-fields.ts';
import type { PathSegmenter } from './http/path-segmenter.ts';
import { echoesOf } from './http/segment-echo.ts';
import { agentProduct } from './http/user-agent.ts';
import { noiseOf } from './inventory/noise.ts';

/** Longer bodies are not parsed; their size is still counted. */
const BODY_CHARS_MAX = 1_048_576;
const QUERY_NAMES_MAX = 30;

export interface RecordContext {
  readonly fingerprint: FingerprintFn;
  readonly segment: PathSegmenter;
}

/** What Stance keeps of one exchange. Pure: equal exchange and key give an equal observation. */
export function record(exchange: Exchange, context: RecordContext): Observation {
  const path = context.segment(exchange.path);
  const { segments, oddSpelling } = path;
  const requestJson = bodyJson(exchange.requestBody);
  const responseJson = bodyJson(exchange.responseBody);
  const graphql = graphqlSeen(exchange, requestJson);
  const responseType = mediaType(header(exchange.responseHeaders, 'content-type') ?? exchange.responseBody?.mediaType ?? null);
  return {
    atMs: exchange.atMs,
    method: exchange.method,
    scheme: exchange.scheme,
    host: exchange.host,
    service: exchange.service,
    environment: exchange.environment,
    segments: graphql === null ? segments : [...segments, graphqlSegment(graphql, context.fingerprint)],
    oddSpelling,
    queryNames: queryNames(exchange.query),
    status: exchange.status,
    durationMs: exchange.durationMs,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    client: exchange.clientAddress === null ? null : context.fingerprint('client', exchange.clientAddress),
    principal: exchange.principal === null ? null : context.fingerprint('principal', exchange.principal),
    agent: agentProduct(exchange.userAgent),
    auth: credentialSeen(exchange),
    credentialInUrl: queryCredential(exchange.query),
    route: exchange.route,
    responseType,
    tlsVersion: exchange.tlsVersion,
    requestFields: fieldsOf(exchange.requestBody, requestJson),
    responseFields: fieldsOf(exchange.responseBody, responseJson),
    segmentEchoes: requestJson === undefined && responseJson === undefined ? null : echoesOf(exchange.path, requestJson, responseJson),
    deprecation: header(exchange.responseHeaders, 'deprecation')?.slice(0, 64) ?? null,
    sunset: header(exchange.responseHeaders, 'sunset')?.slice(0, 64) ?? null,
    graphql,
    noise: graphql === null ? noiseOf(exchange, path) : null,
    line: exchange.line,
  };
}

/** `#query products`: a segment that no path can hold keeps each GraphQL operation on a path of its own. */
function graphqlSegment(seen: GraphqlSeen, fingerprint: FingerprintFn): Segment {
  const label = graphqlLabel(seen);
  return { text: `#${label}`, shape: 'graphql', print: fingerprint('segment', label) };
}

function fieldsOf(body: Body | null, json: JsonValue | undefined): readonly FieldSeen[] | null {
  if (body === null) return null;
  return json === undefined ? null : jsonFields(json);
}

function bodyJson(body: Body | null): JsonValue | undefined {
  if (body === null) return undefined;
  if (body.json !== undefined) return body.json;
  const text = body.text;
  if (text === null || text.length > BODY_CHARS_MAX) return undefined;
  const start = text.charCodeAt(0);
  if (start !== 0x7b && start !== 0x5b && !/json/.test(body.mediaType ?? '')) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Truncated and mislabelled bodies are common in captures; what cannot be parsed shows no fields.
    return undefined;
  }
}

function graphqlSeen(exchange: Exchange, requestJson: JsonValue | undefined): GraphqlSeen | null {
  if (exchange.method === 'POST') {
    const seen = graphqlOfBody(requestJson);
    if (seen !== null) return seen;
    if (exchange.requestBody?.mediaType?.startsWith('application/graphql') === true && exchange.requestBody.text !== null)
      return graphqlOfDocument(exchange.requestBody.text, null);
  }
  if (exchange.method === 'GET' && exchange.query !== null && /graphql$/i.test(exchange.path)) {
    const pair = exchange.query.split('&', 64).find((part) => part.startsWith('query='));
    if (pair !== undefined) return graphqlOfDocument(decodeQuery(pair.slice(6)), null);
  }
  return null;
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

const noNames: readonly string[] = [];

function queryNames(query: string | null): readonly string[] {
  if (query === null || query === '') return noNames;
  const names = new Set<string>();
  for (const pair of query.split('&', QUERY_NAMES_MAX)) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (name !== '') names.add(maskKey(plainName.test(name) ? name : fieldName(name)));
  }
  return [...names].sort();
}

const plainName = /^[A-Za-z_-]+$/;

/** `filter%5Bstate%5D` is the field `filter.state`. */
function fieldName(name: string): string {
  return decodeQuery(name)
    .replace(/\[\d*\]/g, '[]')
    .replaceAll('[', '.')
    .replaceAll(']', '');
}

function mediaType(value: string | null): string | null {
  if (value === null) return null;
  const bare = value.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9.+-]+\/[a-z0-9.+*-]+$/.test(bare) && bare.length <= 80 ? bare : null;
}
