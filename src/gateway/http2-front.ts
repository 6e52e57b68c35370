/** HTTP/2 in front: same exchanges, other framing. Sessions come from the TLS listener (ALPN) or from a preface in clear text. */
import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse, type Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { ConnectionTable } from './connection-table.ts';
import { Exchange, type ProxyContext } from './proxy.ts';
import { HEADERS_MAX } from './request-head.ts';

/** Requests at once on one connection. */
const STREAMS_MAX = 100;
/** Fields of one request, names and values together. */
const HEADER_LIST_BYTES_MAX = 32 * 1024;
/** Memory of one session, megabytes: headers, windows and what waits to be read. */
const SESSION_MEGABYTES_MAX = 4;
/** Streams that a client may open and reset at once, and per second after that (rapid reset, CVE-2023-44487). */
const RESETS_AT_ONCE = 200;
const RESETS_PER_SECOND = 33;
/** A session without a stream is closed after this. */
const IDLE_MS_MAX = 65_000;
/** What starts an HTTP/2 connection in clear text (RFC 9113 section 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Fields that HTTP/2 forbids are refused by its parser; pseudo fields are told apart here, and cookies joined (RFC 9113 section 8.2.3). */
function plainFields(raw: readonly string[]): string[] {
  const fields: string[] = [];
  let cookieAt = -1;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    if (name.charCodeAt(0) === 58) continue;
    if (name !== 'cookie') fields.push(name, value);
    else if (cookieAt < 0) cookieAt = fields.push(name, value) - 1;
    else fields[cookieAt] = `${fields[cookieAt] ?? ''}; ${value}`;
  }
  return fields;
}

/** Speaks HTTP/2 on sockets that somebody else accepted. */
export class Http2Front {
  private readonly ctx: ProxyContext;
  private readonly connections: ConnectionTable;
  private readonly server: Http2Server;
  /** `session.socket` is a stand-in that cannot be looked up, so each session's own socket is kept here. */
  private readonly sockets = new WeakMap<Http2Session, Socket>();

  constructor(ctx: ProxyContext, connections: ConnectionTable) {
    this.ctx = ctx;
    this.connections = connections;
    this.server = createServer({
      settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_LIST_BYTES_MAX, enableConnectProtocol: false },
      maxSessionMemory: SESSION_MEGABYTES_MAX,
      maxHeaderListPairs: HEADERS_MAX + 10,
      streamResetBurst: RESETS_AT_ONCE,
      streamResetRate: RESETS_PER_SECOND,
    });
    this.server.on('request', (req, res) => this.take(req, res, false));
    this.server.on('checkContinue', (req, res) => this.take(req, res, true));
  }

  /** Starts a session on a socket that is in the table; what was read off it already must have been put back. */
  serve(socket: Socket): void {
    // INVARIANT: the session comes into being within `emit`, so that no other socket's can be taken for it.
    this.server.once('session', (session) => {
      this.sockets.set(session, socket);
      const connection = this.connections.of(socket);
      if (connection !== undefined) connection.onClose = () => session.close();
      session.setTimeout(IDLE_MS_MAX, () => session.close());
      session.on('error', (error: NodeJS.ErrnoException) => this.broken(socket, error));
    });
    this.server.emit('connection', socket);
  }

  private take(req: Http2ServerRequest, res: Http2ServerResponse, expectsContinue: boolean): void {
    const { session } = req.stream;
    const socket = session === undefined ? undefined : this.sockets.get(session);
    const connection = socket === undefined ? undefined : this.connections.of(socket);
    if (connection === undefined) {
      req.stream.close();
      return;
    }
    // A stream that fails is over; its exchange hears of it by `close`.
    req.on('error', () => undefined);
    res.on('error', () => undefined);
    new Exchange(this.ctx, connection, req, res, expectsContinue).start({
      method: req.method,
      url: req.url,
      version: '2',
      raw: plainFields(req.rawHeaders),
      authority: req.authority === '' ? null : req.authority,
      isOpen: !req.stream.endAfterHeaders,
    });
  }

  private broken(socket: Socket, error: NodeJS.ErrnoException): void {
    if (error.code === 'ECONNRESET') return;
    const peer = this.connections.of(socket)?.peer;
    this.ctx.decider.broken({
      atMs: Date.now(),
      rule: 'protocol.http2',
      reason: 'The HTTP/2 connection broke the rules of its protocol.',
      clientAddress: peer?.address ?? null,
      count: 1,
    });
  }
}
