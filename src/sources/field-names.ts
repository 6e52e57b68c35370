/** Names under which log producers write the parts of an exchange. Adding a producer is adding lines here. */

import type { ExchangePart } from './exchange-parts.ts';

type NamedPart = readonly [name: string, part: ExchangePart];

/** OpenTelemetry HTTP semantic conventions, stable names first, then the ones before 1.23. */
const openTelemetry: readonly NamedPart[] = [
  // `http.request.method` is `_OTHER` for a method that the instrumentation does not know; this is the one sent.
  ['http.request.method_original', 'method'],
  ['http.request.method', 'method'],
  ['http.method', 'method'],
  ['url.path', 'target'],
  ['url.query', 'query'],
  ['url.full', 'url'],
  ['http.url', 'url'],
  ['http.target', 'target'],
  ['url.scheme', 'scheme'],
  ['http.scheme', 'scheme'],
  ['server.address', 'host'],
  ['server.port', 'port'],
  ['http.host', 'host'],
  ['http.server_name', 'host'],
  ['net.host.name', 'host'],
  ['net.host.port', 'port'],
  ['http.response.status_code', 'status'],
  ['http.status_code', 'status'],
  ['http.route', 'route'],
  ['client.address', 'client'],
  ['http.client_ip', 'client'],
  ['network.peer.address', 'peer'],
  ['net.sock.peer.addr', 'peer'],
  ['net.peer.ip', 'peer'],
  ['user_agent.original', 'userAgent'],
  ['http.user_agent', 'userAgent'],
  ['http.request.body.size', 'requestBytes'],
  ['http.response.body.size', 'responseBytes'],
  ['http.request_content_length', 'requestBytes'],
  ['http.response_content_length', 'responseBytes'],
  ['http.request.size', 'requestBytes'],
  ['http.response.size', 'responseBytes'],
  ['enduser.id', 'principal'],
  ['enduser.pseudo.id', 'principal'],
  ['user.id', 'principal'],
  ['service.name', 'service'],
  ['deployment.environment.name', 'environment'],
  ['deployment.environment', 'environment'],
  ['tls.protocol.version', 'tlsVersion'],
  ['http.request.body', 'requestBody'],
  ['http.response.body', 'responseBody'],
  ['http.server.request.duration', 'durationS'],
];

/** Elastic Common Schema, where it differs from OpenTelemetry. */
const elastic: readonly NamedPart[] = [
  ['@timestamp', 'time'],
  ['url.original', 'target'],
  ['url.domain', 'host'],
  ['http.response.body.bytes', 'responseBytes'],
  ['http.request.body.bytes', 'requestBytes'],
  ['http.response.body.content', 'responseBody'],
  ['http.request.body.content', 'requestBody'],
  ['http.response.bytes', 'responseBytes'],
  ['http.request.bytes', 'requestBytes'],
  ['http.request.referrer', 'referer'],
  ['source.ip', 'peer'],
  ['source.address', 'peer'],
  ['client.ip', 'client'],
  ['user.name', 'principal'],
  ['event.duration', 'durationNs'],
];

/** nginx variables (also APISIX and OpenResty file loggers), and the short forms people give them. */
const nginx: readonly NamedPart[] = [
  ['time_local', 'time'],
  ['time_iso8601', 'time'],
  ['msec', 'time'],
  ['remote_addr', 'peer'],
  ['realip_remote_addr', 'peer'],
  ['remote_user', 'principal'],
  ['request', 'requestLine'],
  ['request_method', 'method'],
  ['request_uri', 'originalTarget'],
  ['uri', 'target'],
  ['document_uri', 'target'],
  ['args', 'query'],
  ['query_string', 'query'],
  ['status', 'status'],
  ['body_bytes_sent', 'responseBytes'],
  ['bytes_sent', 'responseBytes'],
  ['request_length', 'requestBytes'],
  ['content_length', 'requestBytes'],
  ['request_time', 'durationS'],
  ['upstream_response_time', 'durationS'],
  ['http_referrer', 'referer'],
  ['http_referer', 'referer'],
  ['http_user_agent', 'userAgent'],
  ['http_x_forwarded_for', 'forwarded'],
  ['proxy_add_x_forwarded_for', 'forwarded'],
  ['host', 'host'],
  ['http_host', 'host'],
  ['server_name', 'host'],
  ['vhost', 'host'],
  ['scheme', 'scheme'],
  ['ssl_protocol', 'tlsVersion'],
];

/** Caddy 2. */
const caddy: readonly NamedPart[] = [
  ['ts', 'time'],
  ['request.remote_ip', 'peer'],
  ['request.remote_addr', 'peer'],
  ['request.client_ip', 'client'],
  ['request.method', 'method'],
  ['request.host', 'host'],
  ['request.uri', 'target'],
  ['request.headers', 'requestHeaders'],
  ['request.tls.version', 'tlsVersion'],
  ['resp_headers', 'responseHeaders'],
  ['user_id', 'principal'],
  ['size', 'responseBytes'],
  ['bytes_read', 'requestBytes'],
];

/** Envoy and Istio; also Gateway API implementations built on it. */
const envoy: readonly NamedPart[] = [
  ['start_time', 'time'],
  [':method', 'method'],
  [':path', 'target'],
  ['x-envoy-origin-path', 'originalTarget'],
  ['x-envoy-original-path', 'originalTarget'],
  ['x_envoy_original_path', 'originalTarget'],
  [':authority', 'host'],
  ['authority', 'host'],
  ['requested_server_name', 'host'],
  ['response_code', 'status'],
  ['bytes_received', 'requestBytes'],
  ['downstream_remote_address', 'peer'],
  ['downstream_direct_remote_address', 'peer'],
  ['x-forwarded-for', 'forwarded'],
  ['x_forwarded_for', 'forwarded'],
  ['user-agent', 'userAgent'],
  ['downstream_tls_version', 'tlsVersion'],
  ['x-forwarded-proto', 'scheme'],
];

/** Kong and APISIX logger plugins. */
const gateways: readonly NamedPart[] = [
  ['started_at', 'time'],
  ['request.url', 'url'],
  ['request.size', 'requestBytes'],
  ['request.querystring', 'queryObject'],
  ['request.body', 'requestBody'],
  ['request.tls.version', 'tlsVersion'],
  ['response.status', 'status'],
  ['response.size', 'responseBytes'],
  ['response.headers', 'responseHeaders'],
  ['response.body', 'responseBody'],
  ['latencies.request', 'durationMs'],
  ['latency', 'durationMs'],
  ['client_ip', 'client'],
  ['consumer.username', 'principal'],
  ['consumer.custom_id', 'principal'],
  ['consumer.id', 'principal'],
  ['authenticated_entity.consumer_id', 'principal'],
  ['consumer_name', 'principal'],
  ['service', 'service'],
  ['service_id', 'service'],
];

/** Traefik. */
const traefik: readonly NamedPart[] = [
  ['StartUTC', 'time'],
  ['StartLocal', 'time'],
  ['ClientHost', 'peer'],
  ['ClientAddr', 'peer'],
  ['ClientUsername', 'principal'],
  ['DownstreamStatus', 'status'],
  ['DownstreamContentSize', 'responseBytes'],
  ['RequestContentSize', 'requestBytes'],
  ['RequestMethod', 'method'],
  ['RequestPath', 'target'],
  ['RequestHost', 'host'],
  ['RequestAddr', 'host'],
  ['RequestScheme', 'scheme'],
  ['ServiceName', 'service'],
  ['TLSVersion', 'tlsVersion'],
];

/** AWS API Gateway, as its console proposes the format, and Google Cloud load balancers. */
const clouds: readonly NamedPart[] = [
  ['requestTimeEpoch', 'time'],
  ['requestTime', 'time'],
  ['httpMethod', 'method'],
  ['resourcePath', 'route'],
  ['routeKey', 'routeKey'],
  ['ip', 'peer'],
  ['sourceIp', 'peer'],
  ['identity.sourceIp', 'peer'],
  ['caller', 'principal'],
  ['identity.caller', 'principal'],
  ['identity.user', 'principal'],
  ['identity.userAgent', 'userAgent'],
  ['user', 'principal'],
  ['principalId', 'principal'],
  ['authorizer.principalId', 'principal'],
  ['responseLength', 'responseBytes'],
  ['responseLatency', 'durationMs'],
  ['domainName', 'host'],
  ['stage', 'environment'],
  ['httpRequest.requestMethod', 'method'],
  ['httpRequest.requestUrl', 'url'],
  ['httpRequest.status', 'status'],
  ['httpRequest.requestSize', 'requestBytes'],
  ['httpRequest.responseSize', 'responseBytes'],
  ['httpRequest.remoteIp', 'peer'],
  ['httpRequest.userAgent', 'userAgent'],
  ['httpRequest.referer', 'referer'],
  ['httpRequest.latency', 'durationS'],
];

/** Names that application loggers and hand-made formats use. */
const common: readonly NamedPart[] = [
  ['timestamp', 'time'],
  ['time', 'time'],
  ['datetime', 'time'],
  ['date', 'time'],
  ['method', 'method'],
  ['verb', 'method'],
  ['req.method', 'method'],
  ['path', 'target'],
  ['url', 'target'],
  ['req.url', 'target'],
  ['req.headers', 'requestHeaders'],
  ['request_path', 'target'],
  ['uri_path', 'target'],
  ['query', 'query'],
  ['status_code', 'status'],
  ['statusCode', 'status'],
  ['res.statusCode', 'status'],
  ['res.headers', 'responseHeaders'],
  ['response', 'status'],
  ['response_status', 'status'],
  ['responseTime', 'durationMs'],
  ['response_time_ms', 'durationMs'],
  ['duration_ms', 'durationMs'],
  ['durationMs', 'durationMs'],
  ['latency_ms', 'durationMs'],
  ['elapsed_ms', 'durationMs'],
  ['duration_us', 'durationUs'],
  ['duration_ns', 'durationNs'],
  ['duration_s', 'durationS'],
  ['bytes', 'responseBytes'],
  ['response_size', 'responseBytes'],
  ['request_size', 'requestBytes'],
  ['client', 'client'],
  ['remote_ip', 'peer'],
  ['remote', 'peer'],
  ['client_address', 'client'],
  ['clientip', 'peer'],
  ['user_agent', 'userAgent'],
  ['useragent', 'userAgent'],
  ['userAgent', 'userAgent'],
  ['agent', 'userAgent'],
  ['referer', 'referer'],
  ['referrer', 'referer'],
  ['hostname', 'host'],
  ['domain', 'host'],
  ['username', 'principal'],
  ['auth', 'principal'],
  ['route', 'route'],
  ['env', 'environment'],
  ['environment', 'environment'],
];

/** When two fields of one line hold the same part, the one that stands first here wins. */
const fields = [...openTelemetry, ...elastic, ...traefik, ...clouds, ...envoy, ...caddy, ...gateways, ...nginx, ...common];

interface KnownField {
  readonly part: ExchangePart;
  /** Lower is stronger. */
  readonly rank: number;
}

/** Field path (dots between levels, in lower case) to what it is. */
const knownFields: ReadonlyMap<string, KnownField> = new Map(
  fields.map(([name, part], rank): [string, KnownField] => [name.toLowerCase(), { part, rank }]).reverse(),
);

/** Prefixes of fields that are single headers; Traefik's are too common to be taken for headers in other logs. */
const headerPrefixes: readonly { readonly prefix: string; readonly side: 'request' | 'response'; readonly only?: 'traefik' }[] = [
  { prefix: 'http.request.header.', side: 'request' },
  { prefix: 'http.response.header.', side: 'response' },
  { prefix: 'sent_http_', side: 'response' },
  { prefix: 'http_', side: 'request' },
  { prefix: 'request_', side: 'request', only: 'traefik' },
  { prefix: 'downstream_', side: 'response', only: 'traefik' },
];

/** Field paths remembered; producers have a few dozen, headers in field names may add more. */
const rememberedMax = 4096;

/** What a field name says; null when it says nothing to us. A bare `duration` depends on who wrote it. */
export type FieldMeaning =
  | { readonly kind: 'part'; readonly part: ExchangePart; readonly rank: number }
  | { readonly kind: 'header'; readonly side: 'request' | 'response'; readonly name: string; readonly only?: 'traefik' | undefined }
  | { readonly kind: 'duration' }
  | null;

const meanings = new Map<string, FieldMeaning>();

/** Meaning of a field path: dots between levels, any letter case. */
export function meaningOf(path: string): FieldMeaning {
  const remembered = meanings.get(path);
  if (remembered !== undefined) return remembered;
  const meaning = findMeaning(path);
  if (meanings.size < rememberedMax) meanings.set(path, meaning);
  return meaning;
}

function findMeaning(path: string): FieldMeaning {
  const name = path.toLowerCase();
  if (name === 'duration' || name === 'httprequest.latency') return { kind: 'duration' };
  const known = knownFields.get(name);
  if (known !== undefined) return { kind: 'part', part: known.part, rank: known.rank };
  for (const { prefix, side, only } of headerPrefixes) {
    if (name.startsWith(prefix) && name.length > prefix.length)
      return { kind: 'header', side, name: name.slice(prefix.length).replaceAll('_', '-'), only };
  }
  return null;
}
