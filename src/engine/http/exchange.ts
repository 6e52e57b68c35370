/**
 * One request and what came back, as a traffic source read it: raw, in memory only.
 * INVARIANT: an Exchange is never stored, logged or shown. `record` turns it into an Observation, which holds no value.
 */
import type { HeaderList } from './headers.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A message body. `json` is set when the source already had it parsed; otherwise `text` holds the decoded characters. */
export interface Body {
  readonly mediaType: string | null;
  readonly text: string | null;
  readonly json: JsonValue | undefined;
}

export interface Exchange {
  /** When the request began (or was logged), milliseconds since the epoch, UTC. */
  readonly atMs: number;
  /** Method token in upper case, as received; unknown methods are kept. */
  readonly method: string;
  readonly scheme: 'http' | 'https' | null;
  /** Lower case, without a default port. */
  readonly host: string | null;
  /** Path as sent, still percent-encoded, without query; starts with `/`. */
  readonly path: string;
  /** Raw query without `?`; null when there was none or the source does not carry it. */
  readonly query: string | null;
  /** null = no response was seen. */
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly clientAddress: string | null;
  readonly userAgent: string | null;
  readonly referer: string | null;
  /** The user or subject a log names (remote_user, enduser.id), raw. */
  readonly principal: string | null;
  /** What the source says of credentials when it carries no headers: 'present', 'absent', or null when it cannot tell. */
  readonly credential: 'present' | 'absent' | null;
  /** null = this source does not carry headers, which is not the same as none sent. */
  readonly requestHeaders: HeaderList | null;
  readonly responseHeaders: HeaderList | null;
  /** Set when the source carries some header fields only, so that the absence of one says nothing. */
  readonly headersPartial?: true;
  readonly requestBody: Body | null;
  readonly responseBody: Body | null;
  /** The framework's own route (OpenTelemetry `http.route`); wins over any guess. */
  readonly route: string | null;
  /** Service name a source states (`service.name`, Kong service, ...). */
  readonly service: string | null;
  /** Environment a source states (`deployment.environment.name`). */
  readonly environment: string | null;
  /** TLS protocol version such as `TLSv1.3`; null when unknown or plain. */
  readonly tlsVersion: string | null;
  /** Line, entry or span number in its source, counted from 1. */
  readonly line: number;
}

/** An exchange with every optional part unknown; sources fill in what they carry. */
export const emptyExchange: Exchange = {
  atMs: 0,
  method: 'GET',
  scheme: null,
  host: null,
  path: '/',
  query: null,
  status: null,
  durationMs: null,
  requestBytes: null,
  responseBytes: null,
  clientAddress: null,
  userAgent: null,
  referer: null,
  principal: null,
  credential: null,
  requestHeaders: null,
  responseHeaders: null,
  requestBody: null,
  responseBody: null,
  route: null,
  service: null,
  environment: null,
  tlsVersion: null,
  line: 0,
};
