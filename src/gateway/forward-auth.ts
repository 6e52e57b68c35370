/**
 * The door for gateways that ask over HTTP before they pass a request on.
 *
 *   /auth         Caddy `forward_auth`, Traefik ForwardAuth, APISIX `forward-auth`: 200, or the refusal as it should reach the client
 *   /auth/nginx   nginx `auth_request`, which knows 2xx, 401 and 403 only: the status meant and its fields go in `X-Stance-*`
 *   /envoy/...    Envoy `ext_authz` over HTTP: the path asked about stands behind the prefix
 *   /health       200 while this door answers
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress, clientAddress } from './client-address.ts';
import type { Decider, Refusal } from './decider.ts';
import { type AskedAbout, forwardedRequest, headOf } from './forwarded-head.ts';
import { problem } from './refusal.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Bytes of a body that a gateway may hand over; more is answered 413, so that a misconfiguration is seen. */
export const bodyBytesMax = 1_048_576;
const HEAD_BYTES_MAX = 64 * 1024;
const REQUEST_MS_MAX = 5_000;
const CONNECTIONS_MAX = 10_000;

export interface ForwardAuthOptions {
  readonly listen: { readonly host: string; readonly port: number; readonly reusePort?: boolean };
  readonly decider: Decider;
  readonly client: ClientPolicy;
  readonly now?: () => number;
}

export interface Door {
  readonly port: number;
  close(): Promise<void>;
}

const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding', 'upgrade', 'te']);

export async function startForwardAuth(options: ForwardAuthOptions): Promise<Door> {
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES_MAX,
      requestTimeout: REQUEST_MS_MAX,
      headersTimeout: REQUEST_MS_MAX,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 75_000,
    },
    (request, response) => {
      answer(options, request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, options.listen);
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

async function answer(options: ForwardAuthOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0] ?? url;
  if (path === '/health') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    return;
  }
  const now = options.now ?? Date.now;
  const headers = fieldsOf(request);
  const peer = canonicalAddress(request.socket.remoteAddress ?? '');
  const isEnvoy = path === '/envoy' || path.startsWith('/envoy/');
  if (!isEnvoy && path !== '/auth' && path !== '/auth/nginx') {
    send(response, problem(404, 'There is no such door: ask /auth, /auth/nginx or /envoy/.'));
    return;
  }
  const asked = isEnvoy
    ? envoyRequest(request, headers, url, peer, options.client)
    : forwardedRequest(headers, peer, options.client, path === '/auth/nginx' ? 'original' : 'forwarded');
  if (asked === null) {
    options.decider.broken({
      atMs: now(),
      rule: 'protocol.door-setup',
      reason: 'The gateway did not tell method and target of the request it asked about.',
      clientAddress: null,
      count: 1,
    });
    send(
      response,
      problem(
        500,
        'The gateway must tell method and target once each: X-Forwarded-Method and -Uri, or X-Original-Method and -URI for nginx.',
      ),
    );
    return;
  }
  const body = await readBody(request);
  if (body === null) {
    send(response, problem(413, 'More of the body was handed over than is looked at: set a cap in the gateway.'));
    return;
  }
  const head = headOf(asked);
  if ('rule' in head) {
    options.decider.broken({ atMs: now(), rule: head.rule, reason: head.reason, clientAddress: asked.clientAddress, count: 1 });
    const refusal = problem(head.status, head.reason);
    send(response, path === '/auth/nginx' ? forNginx(refusal) : refusal);
    return;
  }
  const verdict = await verdictOf(
    options.decider,
    head,
    body.length > 0 ? body : null,
    asked.headers.every((field) => field.name !== 'x-envoy-auth-partial-body' || field.value !== 'true'),
    now(),
  );
  if (verdict.refusal !== null) send(response, path === '/auth/nginx' ? forNginx(verdict.refusal) : verdict.refusal);
  else pass(response, verdict);
}

/** Envoy sends the request itself, below the prefix. */
function envoyRequest(request: IncomingMessage, headers: HeaderList, url: string, peer: string | null, client: ClientPolicy): AskedAbout {
  const target = url.slice('/envoy'.length);
  const proto = headers.find((field) => field.name === 'x-forwarded-proto')?.value;
  return {
    method: request.method ?? '',
    target: target.startsWith('/') ? target : `/${target}`,
    host: headers.find((field) => field.name === 'host')?.value ?? null,
    scheme: proto === 'https' ? 'https' : 'http',
    headers: headers.filter((field) => field.name !== 'host' && field.name !== 'x-forwarded-for' && field.name !== 'x-forwarded-proto'),
    clientAddress: clientAddress(headers, peer, { ...client, trustedHops: client.trustedHops + 1 }),
    httpVersion: '1.1',
  };
}

/** nginx turns any other status into a 500, so the refusal travels in fields that `error_page` reads. */
function forNginx(refusal: Refusal): Refusal {
  const status = refusal.status === 401 ? 401 : 403;
  const told = refusal.headers.flatMap((field) =>
    field.name === 'retry-after' ? [{ name: 'x-stance-retry-after', value: field.value }] : [],
  );
  return { ...refusal, status, headers: [...refusal.headers, ...told, { name: 'x-stance-status', value: String(refusal.status) }] };
}

function pass(response: ServerResponse, verdict: Verdict): void {
  response.writeHead(
    200,
    [...verdict.upstreamHeaders, ...verdict.answerHeaders].flatMap((field) => [field.name, field.value]),
  );
  response.end();
}

function send(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(
    refusal.status,
    refusal.headers.flatMap((field) => [field.name, field.value]),
  );
  response.end(refusal.body);
}

function fieldsOf(request: IncomingMessage): HeaderList {
  const fields: { readonly name: string; readonly value: string }[] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    if (!hopByHop.has(name)) fields.push({ name, value: request.rawHeaders[at + 1] ?? '' });
  }
  return fields;
}

/** null = longer than the bound. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function listening(server: Server, listen: ForwardAuthOptions['listen']): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, resolve);
  });
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
