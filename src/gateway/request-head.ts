/** From what a parser read off the wire to the one reading that everybody behind it shares: checked, named, with its framing. */
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate, RequestHead } from '../engine/http/request.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { clientAddress } from './client-address.ts';
import { canonicalHost, fieldName, type HeadFault, isHost, readFraming, readTarget } from './head-check.ts';

/** Fields in one head: far above what browsers and gateways send, far below what costs anything. */
export const HEADERS_MAX = 200;

/** A request head with what a proxy must know beside the meaning. */
export interface WireHead extends RequestHead {
  /** Names as spelled and values, alternating; HTTP/2 pseudo fields left out by the caller. */
  readonly raw: readonly string[];
  /** As the upstream gets it: path and query. */
  readonly target: string;
  readonly contentLength: number | null;
  readonly isChunked: boolean;
  /** A body follows, or may follow. */
  readonly hasBody: boolean;
  readonly isServerWide: boolean;
  /** Names (lower case) that the client bound to its own connection; null = none. */
  readonly connectionOptions: readonly string[] | null;
  /** Protocol asked for by `Upgrade` on a connection that names it; lower case. */
  readonly upgrade: string | null;
}

/** What a connection says of all its requests; made once per connection. */
export interface Peer {
  readonly address: string | null;
  readonly scheme: 'http' | 'https';
  readonly tlsVersion: string | null;
  readonly certificate: ClientCertificate | null;
}

/** What a parser of either version hands over. */
export interface ParsedHead {
  readonly method: string;
  readonly url: string;
  readonly version: '1.0' | '1.1' | '2' | string;
  readonly raw: readonly string[];
  /** HTTP/2 `:authority`; null otherwise. */
  readonly authority: string | null;
  /** HTTP/2: whether the stream goes on after the head. */
  readonly isOpen: boolean;
}

function fault(status: number, rule: string, reason: string): HeadFault {
  return { status, rule: `protocol.${rule}`, reason };
}

/** Fields that a client may not bind to its connection, so that a hop in between would strip them (RFC 9110 section 7.6.1). */
const neverHop = new Set(['host', 'content-length', 'content-type', 'content-encoding', 'authorization', 'cookie', 'cache-control']);

/** Reads a head, or says why nobody should. */
export function readHead(parsed: ParsedHead, peer: Peer, client: ClientPolicy): WireHead | HeadFault {
  const { raw, version } = parsed;
  if (version !== '1.1' && version !== '1.0' && version !== '2') return fault(505, 'version', 'The protocol version is not 1.0, 1.1 or 2.');
  if (raw.length > HEADERS_MAX * 2) return fault(431, 'header-count', `More than ${HEADERS_MAX} header fields were sent.`);
  const target = readTarget(parsed.method, parsed.url);
  if ('rule' in target) return target;

  const headers: { readonly name: string; readonly value: string }[] = [];
  let host = parsed.authority;
  let lengths: string[] = none;
  let codings: string[] = none;
  let connectionOptions: string[] | null = null;
  let upgrade: string | null = null;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const value = raw[at + 1] ?? '';
    const { lower, kind } = fieldName(raw[at] ?? '');
    headers.push({ name: lower, value });
    if (kind === 'plain') continue;
    if (kind === 'host') {
      if (host !== null && (parsed.authority === null || canonicalHost(value, peer.scheme) !== canonicalHost(host, peer.scheme))) {
        return fault(400, 'host-duplicate', 'Host was sent more than once, or against the authority.');
      }
      host = value;
    } else if (kind === 'content-length') lengths = [...lengths, value];
    else if (kind === 'transfer-encoding') codings = [...codings, value];
    else if (kind === 'lookalike') return fault(400, 'framing-lookalike', 'A field is spelled almost like a framing field.');
    else if (kind === 'connection') connectionOptions = [...(connectionOptions ?? []), ...value.toLowerCase().split(',').map(trimmed)];
    else if (kind === 'upgrade') upgrade = value.trim().toLowerCase();
  }

  if (host === null) {
    if (version !== '1.0' && target.authority === null) return fault(400, 'host-missing', 'No Host was sent.');
  } else if (!isHost(host)) return fault(400, 'host-invalid', 'Host is not one host.');
  const framing = readFraming(lengths, codings, version === '2' ? '1.1' : version);
  if ('rule' in framing) return framing;
  if (version === '2' && framing.isChunked) return fault(400, 'framing-version', 'HTTP/2 knows no Transfer-Encoding.');
  if (version === '2' && target.authority !== null) return fault(400, 'target-form', 'HTTP/2 names the authority beside the path.');
  // An absolute target stands above Host, which is then not looked at (RFC 9112 section 3.2.2); the upstream is given the same host.
  const named = target.authority ?? host;
  const isUpgrade = upgrade !== null && (connectionOptions?.includes('upgrade') ?? false);
  const { path, query } = target;
  return {
    method: parsed.method,
    scheme: peer.scheme,
    host: named === null ? null : canonicalHost(named, peer.scheme),
    path,
    query,
    headers,
    clientAddress: client.trustedHops === 0 ? peer.address : clientAddress(headers, peer.address, client),
    certificate: peer.certificate,
    httpVersion: version,
    tlsVersion: peer.tlsVersion,
    clientShape: null,
    raw,
    target: query === null ? path : `${path}?${query}`,
    contentLength: framing.contentLength,
    isChunked: framing.isChunked,
    hasBody: framing.isChunked || (framing.contentLength ?? 0) > 0 || (version === '2' && parsed.isOpen),
    isServerWide: target.isServerWide,
    connectionOptions: connectionOptions === null ? null : connectionOptions.filter((name) => !neverHop.has(name)),
    upgrade: isUpgrade ? upgrade : null,
  };
}

const none: string[] = [];
const trimmed = (text: string): string => text.trim();

/** The client certificate of a connection, when it was asked for and verified. */
export function peerCertificate(socket: TLSSocket): ClientCertificate | null {
  if (!socket.authorized) return null;
  const found = socket.getPeerX509Certificate();
  if (found === undefined) return null;
  const names = (found.subjectAltName ?? '')
    .split(', ')
    .map((entry) => /^(?:DNS|URI|email):(.+)$/.exec(entry)?.[1] ?? '')
    .filter((name) => name !== '');
  return {
    subject: distinguishedName(found.subject),
    issuer: distinguishedName(found.issuer),
    sha256: found.fingerprint256.replaceAll(':', '').toLowerCase(),
    names,
    notAfterMs: Date.parse(found.validTo),
  };
}

/** RFC 4514 writes the most particular part first and separates by commas; OpenSSL's text is the other way round, one part a line. */
function distinguishedName(text: string): string {
  return text
    .split('\n')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return `${part.slice(0, equals)}=${part.slice(equals + 1).replace(/([,+"\\<>;])/g, '\\$1')}`;
    })
    .reverse()
    .join(',');
}
