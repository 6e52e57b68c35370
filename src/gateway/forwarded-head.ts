/**
 * The request a gateway asks about, rebuilt from what it says of it: `X-Forwarded-Method`, `-Uri`, `-Host`, `-Proto`, `-For`
 * (Caddy, Traefik, APISIX) or `X-Original-Method`, `-URI` (nginx). Only a gateway of ours may ask, so these fields are believed.
 */
import type { HeaderList } from '../engine/http/headers.ts';
import { header } from '../engine/http/headers.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { clientAddress } from './client-address.ts';
import { canonicalHost, type HeadFault, isHost, readTarget } from './head-check.ts';

const method = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;

/** Said by the gateway about the request, or about its own connection to us: no part of what the client sent. */
const ofTheGateway: ReadonlySet<string> = new Set([
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-real-ip',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'host',
]);

export interface AskedAbout {
  readonly method: string;
  readonly target: string;
  readonly host: string | null;
  readonly scheme: 'http' | 'https';
  readonly headers: HeaderList;
  /** Of the client, as the gateway tells; null = not told. */
  readonly clientAddress: string | null;
  readonly httpVersion: RequestHead['httpVersion'];
}

/** Which fields a gateway writes itself. Only those are read: nginx passes a client's own `X-Forwarded-Uri` on untouched. */
const written = {
  forwarded: { method: 'x-forwarded-method', target: 'x-forwarded-uri' },
  original: { method: 'x-original-method', target: 'x-original-uri' },
} as const;

/**
 * @param dialect `original` for nginx, `forwarded` for the others
 * @returns null when the gateway tells not both method and target, or tells one twice: it is not set up as it must be
 */
export function forwardedRequest(
  headers: HeaderList,
  peer: string | null,
  client: ClientPolicy,
  dialect: keyof typeof written,
): AskedAbout | null {
  const names = written[dialect];
  if (headers.filter((field) => field.name === names.method || field.name === names.target).length !== 2) return null;
  const askedMethod = header(headers, names.method);
  const target = header(headers, names.target);
  if (askedMethod === null || target === null) return null;
  const proto = header(headers, 'x-forwarded-proto');
  return {
    method: askedMethod,
    target,
    host: header(headers, 'x-forwarded-host') ?? header(headers, 'host'),
    scheme: proto === 'https' ? 'https' : 'http',
    headers: headers.filter((field) => !ofTheGateway.has(field.name)),
    // The gateway itself is one more hop between us and the client.
    clientAddress: clientAddress(headers, peer, { ...client, trustedHops: client.trustedHops + 1 }),
    httpVersion: '1.1',
  };
}

/** The head a decision is made on, or why nobody should decide. */
export function headOf(asked: AskedAbout): RequestHead | HeadFault {
  if (!method.test(asked.method)) return { status: 400, rule: 'protocol.method', reason: 'The method is not a token.' };
  const target = readTarget(asked.method, asked.target);
  if ('rule' in target) return target;
  if (asked.host !== null && !isHost(asked.host)) return { status: 400, rule: 'protocol.host-invalid', reason: 'Host is not one host.' };
  return {
    method: asked.method,
    scheme: asked.scheme,
    host: asked.host === null ? null : canonicalHost(asked.host, asked.scheme),
    path: target.path,
    query: target.query,
    headers: asked.headers,
    clientAddress: asked.clientAddress,
    certificate: null,
    httpVersion: asked.httpVersion,
    tlsVersion: null,
    clientShape: null,
  };
}
