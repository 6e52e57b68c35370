/**
 * The reverse proxy's listener: accepts connections, hands each request to an `Exchange`, answers what is no HTTP, drains on the way out.
 * Bounds are named here; the rate at which a client must move is for whoever reads the connection table.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientPolicy, UpstreamPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress } from './client-address.ts';
import { Connection, ConnectionTable } from './connection-table.ts';
import type { Decider } from './decider.ts';
import { type Drained, drain } from './drain.ts';
import { Exchange, type ProxyContext } from './proxy.ts';
import { problem, rawRefusal } from './refusal.ts';
import { HEADERS_MAX } from './request-head.ts';
import { UpstreamTable } from './upstream.ts';

/** From the first byte of a connection or request to the end of its head. */
export const HEAD_MS_MAX = 10_000;
/** From the first byte to the end of the body; uploads that move may take this long. */
export const REQUEST_MS_MAX = 300_000;
/** How often the two above are looked at. */
export const CHECK_EVERY_MS = 1_000;
/** An idle connection is kept this long: longer than the 60 s of common balancers in front, so that they close first. */
export const KEEP_ALIVE_MS = 65_000;
/** Request line and fields together. */
export const HEAD_BYTES_MAX = 16 * 1024;
/** Then a connection is closed after its answer, so that load moves between workers. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000;
/** Connections of one worker, well under the usual limit of open files. */
export const CONNECTIONS_MAX = 20_000;
/** A connection that was refused is cut this long after its answer. */
const LINGER_MS = 1_000;

export interface FrontOptions {
  readonly listen: { readonly host: string; readonly port: number; readonly reusePort?: boolean };
  readonly decider: Decider;
  readonly upstreams: readonly UpstreamPolicy[];
  readonly client: ClientPolicy;
  readonly connectionsMax?: number;
}

/** A running listener. */
export interface Front {
  readonly host: string;
  readonly port: number;
  /** Open connections, for whoever watches over slow or greedy ones. */
  readonly connections: ConnectionTable;
  /** New requests go by these; those in flight end where they are. */
  reload(change: { readonly upstreams?: readonly UpstreamPolicy[]; readonly client?: ClientPolicy; readonly decider?: Decider }): void;
  /** Accepts nothing more, finishes what is in flight within the bound, then closes. */
  drain(withinMs?: number): Promise<Drained>;
  /** Closes at once. */
  close(): Promise<void>;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const ctx = { decider: options.decider, upstreams: new UpstreamTable(options.upstreams), client: options.client };
  const connections = new ConnectionTable();
  const server = httpServer(ctx, connections);
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options.listen, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo; // listening on a host and port, so never a pipe
  return {
    host: options.listen.host,
    port,
    connections,
    reload(change) {
      if (change.client !== undefined) ctx.client = change.client;
      if (change.decider !== undefined) ctx.decider = change.decider;
      if (change.upstreams !== undefined) {
        const former = ctx.upstreams;
        ctx.upstreams = new UpstreamTable(change.upstreams);
        former.close().catch(() => undefined);
      }
    },
    async drain(withinMs) {
      const drained = await drain(server, connections, withinMs);
      await ctx.upstreams.destroy();
      return drained;
    },
    async close() {
      await drain(server, connections, 0);
      await ctx.upstreams.destroy();
    },
  };
}

function httpServer(ctx: ProxyContext, connections: ConnectionTable): Server {
  const server = createServer({
    headersTimeout: HEAD_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEAD_BYTES_MAX,
    insecureHTTPParser: false,
    // Ours answers with an incident number, and counts.
    requireHostHeader: false,
    noDelay: true,
  });
  // One more than allowed, so that the check sees there are too many; the parser would silently drop the rest.
  server.maxHeadersCount = HEADERS_MAX + 1;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION_MAX;
  const take = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void => {
    const connection = connections.of(req.socket);
    if (connection === undefined) {
      req.socket.destroy();
      return;
    }
    new Exchange(ctx, connection, req, res, expectsContinue).start({
      method: req.method ?? '',
      url: req.url ?? '',
      version: req.httpVersion,
      raw: req.rawHeaders,
      authority: null,
      isOpen: false,
    });
  };
  server.on('connection', (socket) => {
    const peer = { address: canonicalAddress(socket.remoteAddress ?? ''), scheme: 'http' as const, tlsVersion: null, certificate: null };
    connections.add(new Connection(socket, peer, 'h1', Date.now()));
  });
  server.on('request', (req, res) => take(req, res, false));
  server.on('checkContinue', (req, res) => take(req, res, true));
  server.on('checkExpectation', (req, res) => take(req, res, false));
  server.on('connect', (req: IncomingMessage, socket: Duplex) => {
    ctx.decider.broken({
      atMs: Date.now(),
      rule: 'protocol.connect',
      reason: 'CONNECT was asked for.',
      clientAddress: connections.of(req.socket)?.peer.address ?? null,
      count: 1,
    });
    sendLast(socket, rawRefusal(problem(405, 'This is no forward proxy: CONNECT is refused.', { close: true })));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
    brokenOff(ctx, connections.of(socket as Socket), error, socket),
  );
  return server;
}

/** The parser gave up on a connection: what came is no HTTP, too much of it, or too slow. */
function brokenOff(ctx: ProxyContext, connection: Connection | undefined, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || connection === undefined) {
    socket.destroy();
    return;
  }
  const { status, rule, reason } = faultOf(error.code ?? '');
  const refusal = problem(status, reason, { close: true });
  ctx.decider.broken({
    atMs: Date.now(),
    rule,
    reason,
    clientAddress: connection.peer.address,
    count: 1,
    incident: refusal.incident,
  });
  for (const exchange of connection.exchanges) {
    if (exchange.isReceiving) {
      exchange.broke();
      return;
    }
  }
  // Answers of earlier requests on this connection are still owed, and must not be confused with the answer to this one.
  if (connection.exchanges.size > 0) connection.onIdle = () => sendLast(socket, rawRefusal(refusal));
  else sendLast(socket, rawRefusal(refusal));
}

function faultOf(code: string): { readonly status: number; readonly rule: string; readonly reason: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, rule: 'protocol.header-size', reason: `The head is longer than ${HEAD_BYTES_MAX} bytes.` };
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return { status: 413, rule: 'protocol.chunk-extensions', reason: 'Chunk extensions are too long.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, rule: 'protocol.request-timeout', reason: 'The request did not arrive in time.' };
  return { status: 400, rule: 'protocol.malformed', reason: 'The request is not well-formed HTTP.' };
}

/** Last words on a connection: sent, then closed, without cutting them off by a reset. */
function sendLast(socket: Duplex, text: string): void {
  if (socket.destroyed) return;
  socket.on('error', () => socket.destroy());
  socket.end(text);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
