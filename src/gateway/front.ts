/**
 * The reverse proxy's listener: accepts connections, hands each request to an `Exchange`, answers what is no HTTP, drains on the way out.
 * Bounds are named here; the rate at which a client must move is for whoever reads the connection table.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls';
import type { ClientPolicy, UpstreamPolicy } from '../engine/policy/policy.ts';
import type { StanceError } from '../errors.ts';
import { canonicalAddress } from './client-address.ts';
import { Connection, ConnectionTable } from './connection-table.ts';
import type { Decider } from './decider.ts';
import { type Drained, drain } from './drain.ts';
import { Http2Front, PREFACE } from './http2-front.ts';
import { Exchange, type ProxyContext } from './proxy.ts';
import { problem, rawRefusal } from './refusal.ts';
import { HEADERS_MAX, type Peer, peerCertificate } from './request-head.ts';
import { CertificateWatch, readTls, type TlsFiles } from './tls.ts';
import { UpstreamTable } from './upstream.ts';
import { isWebSocket, Tunnel } from './websocket.ts';

/** From the first byte of a connection or request to the end of its head. */
export const HEAD_MS_MAX = 10_000;
/** From the first byte to the end of the body; uploads that move may take this long. */
export const REQUEST_MS_MAX = 300_000;
/** How often the two above are looked at. */
export const CHECK_EVERY_MS = 1_000;
/** An idle connection is kept this long: longer than the 60 s of common balancers in front, so that they close first. */
export const KEEP_ALIVE_MS = 65_000;
/** Request line and fields together, as much as nginx takes in its four buffers of 8 KB. */
export const HEAD_BYTES_MAX = 32 * 1024;
/** Then a connection is closed after its answer, so that load moves between workers. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000;
/** Connections of one worker, well under the usual limit of open files. */
export const CONNECTIONS_MAX = 20_000;
/** Connections that the kernel may hold before they are accepted. */
const BACKLOG = 1_024;
/** A connection that was refused is cut this long after its answer. */
const LINGER_MS = 1_000;

export interface FrontOptions {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** Several processes share the port, and the kernel deals out the connections. */
    readonly reusePort?: boolean;
  };
  /** null or absent: clear text, HTTP/1.1 and HTTP/2 by its preface. */
  readonly tls?: TlsFiles | null;
  readonly decider: Decider;
  readonly upstreams: readonly UpstreamPolicy[];
  readonly client: ClientPolicy;
  readonly connectionsMax?: number;
  /** Told of each certificate that was taken up, or why it was not. */
  readonly onCertificate?: (error: StanceError | null) => void;
}

/** What may change while a front runs. */
export interface FrontChange {
  readonly upstreams?: readonly UpstreamPolicy[];
  readonly client?: ClientPolicy;
  readonly decider?: Decider;
}

/** A running listener. */
export interface Front {
  readonly host: string;
  readonly port: number;
  /** Open connections, for whoever watches over slow or greedy ones. */
  readonly connections: ConnectionTable;
  /** New requests go by these; those in flight end where they are. */
  reload(change: FrontChange): void;
  /** Accepts nothing more, finishes what is in flight within the bound, then closes. */
  drain(withinMs?: number): Promise<Drained>;
  /** Closes at once. */
  close(): Promise<void>;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const ctx: ProxyContext = {
    decider: options.decider,
    upstreams: new UpstreamTable(options.upstreams),
    client: options.client,
    isLeaving: false,
  };
  const connections = new ConnectionTable();
  const listener = new Listener(ctx, connections, options.tls ?? null);
  const { server } = listener;
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options.listen, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { tlsServer } = listener;
  const watch =
    options.tls == null || tlsServer === null
      ? null
      : new CertificateWatch(tlsServer, options.tls, options.onCertificate ?? (() => undefined));
  const { port } = server.address() as AddressInfo; // listening on a host and port, so never a pipe
  const stop = async (withinMs?: number): Promise<Drained> => {
    watch?.stop();
    ctx.isLeaving = true;
    const drained = await drain(server, connections, withinMs);
    await ctx.upstreams.destroy();
    return drained;
  };
  return {
    host: options.listen.host,
    port,
    connections,
    reload(change) {
      if (change.client !== undefined) ctx.client = change.client;
      if (change.decider !== undefined) ctx.decider = change.decider;
      if (change.upstreams === undefined) return;
      const former = ctx.upstreams;
      ctx.upstreams = new UpstreamTable(change.upstreams);
      // Waits for what is in flight; an origin that fails meanwhile has told its exchange already.
      former.close().catch(() => undefined);
    },
    drain: stop,
    close: async () => void (await stop(0)),
  };
}

const parserOptions: ServerOptions = {
  headersTimeout: HEAD_MS_MAX,
  requestTimeout: REQUEST_MS_MAX,
  connectionsCheckingInterval: CHECK_EVERY_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: HEAD_BYTES_MAX,
  insecureHTTPParser: false,
  // Ours answers with an incident number, and counts.
  requireHostHeader: false,
  noDelay: true,
  shouldUpgradeCallback: isWebSocket,
};

/** One listening socket and the parsers behind it. */
class Listener {
  readonly server: Server;
  /** The same, where it speaks TLS. */
  readonly tlsServer: TlsServer | null;
  private readonly ctx: ProxyContext;
  private readonly connections: ConnectionTable;
  private readonly http2: Http2Front;
  /** Node's own: puts an HTTP/1 parser on a socket. */
  private readonly serveHttp1: (socket: Socket) => void;

  constructor(ctx: ProxyContext, connections: ConnectionTable, tls: TlsFiles | null) {
    this.ctx = ctx;
    this.connections = connections;
    this.http2 = new Http2Front(ctx, connections);
    const secure = tls === null ? null : createTlsServer({ ...parserOptions, ...tlsOptions(tls) });
    this.tlsServer = secure;
    this.server = secure ?? createServer(parserOptions);
    const { server } = this;
    // One more than allowed, so that the check sees there are too many; the parser would silently drop the rest.
    server.maxHeadersCount = HEADERS_MAX + 1;
    server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION_MAX;
    const accepted = tls === null ? 'connection' : 'secureConnection';
    const [serve] = server.listeners(accepted);
    server.removeAllListeners(accepted);
    this.serveHttp1 = (socket) => serve?.call(server, socket);
    if (tls === null) server.on('connection', (socket) => this.greet(socket));
    else server.on('secureConnection', (socket: TLSSocket) => this.greetTls(socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => this.handshakeFailed(error, socket));
    server.on('request', (req, res) => this.take(req, res, false));
    server.on('checkContinue', (req, res) => this.take(req, res, true));
    server.on('checkExpectation', (req, res) => this.take(req, res, false));
    server.on('connect', (req: IncomingMessage, socket: Duplex) => this.refuseConnect(req, socket));
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, first: Buffer) => this.upgrade(req, socket, first));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
      brokenOff(ctx, connections.of(socket as Socket), error, socket),
    );
  }

  /** In clear text the first bytes tell the two versions apart; nothing else is read here. */
  private greet(socket: Socket): void {
    const peer = { address: canonicalAddress(socket.remoteAddress ?? ''), scheme: 'http' as const, tlsVersion: null, certificate: null };
    const connection = this.open(socket, peer, 'h1');
    const timer = setTimeout(() => socket.destroy(), HEAD_MS_MAX).unref();
    socket.once('error', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
    socket.once('readable', () => {
      clearTimeout(timer);
      const first: Buffer | null = socket.read();
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (!isPreface(first)) {
        this.serveHttp1(socket);
        return;
      }
      connection.protocol = 'h2';
      this.http2.serve(socket);
    });
  }

  private greetTls(socket: TLSSocket): void {
    const isHttp2 = socket.alpnProtocol === 'h2';
    const peer: Peer = {
      address: canonicalAddress(socket.remoteAddress ?? ''),
      scheme: 'https',
      tlsVersion: socket.getProtocol(),
      certificate: peerCertificate(socket),
    };
    this.open(socket, peer, isHttp2 ? 'h2' : 'h1');
    if (isHttp2) this.http2.serve(socket);
    else this.serveHttp1(socket);
  }

  private open(socket: Socket, peer: Peer, protocol: 'h1' | 'h2'): Connection {
    const connection = new Connection(socket, peer, protocol, Date.now());
    this.connections.add(connection);
    return connection;
  }

  private take(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const connection = this.connections.of(req.socket);
    if (connection === undefined) {
      req.socket.destroy();
      return;
    }
    // What came behind a head that was refused cannot be told from its body; the connection closes with the refusal.
    if (connection.isBroken) return;
    new Exchange(this.ctx, connection, req, res, expectsContinue).start({
      method: req.method ?? '',
      url: req.url ?? '',
      version: req.httpVersion,
      raw: req.rawHeaders,
      authority: null,
      isOpen: false,
    });
  }

  private upgrade(req: IncomingMessage, socket: Duplex, first: Buffer): void {
    const connection = this.connections.of(req.socket);
    // Answers that are still owed on this connection would come after the tunnel began.
    if (connection === undefined || connection.exchanges.size > 0) socket.destroy();
    else new Tunnel(this.ctx, connection, req, socket, first).start();
  }

  private refuseConnect(req: IncomingMessage, socket: Duplex): void {
    const refusal = problem(405, 'This is no forward proxy: CONNECT is refused.', { close: true });
    const clientAddress = this.connections.of(req.socket)?.peer.address ?? null;
    const { incident } = refusal;
    this.ctx.decider.broken({
      atMs: Date.now(),
      rule: 'protocol.connect',
      reason: 'CONNECT was asked for.',
      clientAddress,
      count: 1,
      incident,
    });
    sendLast(socket, rawRefusal(refusal));
  }

  /** No handshake, no request: counted where it tells something, silent where a client merely left. */
  private handshakeFailed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    socket.destroy();
    if (error.code === 'ECONNRESET') return;
    const rule = /CERTIFICATE|PEER_DID_NOT/.test(error.code ?? '') ? 'protocol.tls-certificate' : 'protocol.tls';
    const clientAddress = canonicalAddress(socket.remoteAddress ?? '');
    this.ctx.decider.broken({ atMs: Date.now(), rule, reason: 'The TLS handshake failed.', clientAddress, count: 1 });
  }
}

function tlsOptions(files: TlsFiles): TlsOptions {
  return {
    ...readTls(files),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: HEAD_MS_MAX,
    requestCert: files.clientCaFile !== null,
    rejectUnauthorized: files.clientCaFile !== null && files.clientCertificate === 'demand',
  };
}

const preface = Buffer.from(PREFACE);

/** A first packet shorter than the preface is taken for HTTP/1, whose parser then refuses it. */
function isPreface(first: Buffer): boolean {
  return first.length >= preface.length && first.subarray(0, preface.length).equals(preface);
}

/** The parser gave up on a connection: what came is no HTTP, too much of it, or too slow. */
function brokenOff(ctx: ProxyContext, connection: Connection | undefined, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || connection === undefined) {
    socket.destroy();
    return;
  }
  if (connection.isBroken) return;
  connection.isBroken = true;
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
      exchange.broke(refusal.incident);
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
