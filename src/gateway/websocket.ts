/**
 * WebSocket through the gateway: the opening handshake is decided like any request, then bytes go both ways untouched. Only `websocket` is
 * ever passed on; an upgrade to HTTP/2 in clear text would tunnel requests past every check.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Connection, InFlight } from './connection-table.ts';
import type { Admission, Refusal, Ruling } from './decider.ts';
import type { ProxyContext } from './proxy.ts';
import { problem, rawRefusal, statusTitle } from './refusal.ts';
import { readHead, type WireHead } from './request-head.ts';
import { upstreamFields } from './upstream-fields.ts';
import type { Origin } from './upstream-pool.ts';

/** A handshake that is answered with more than this is cut. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const answerHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']);

/** Whether an upgrade is one we pass on. Called by the parser for requests that ask for one; all others are plain requests. */
export function isWebSocket(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.httpVersion === '1.1' && req.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

export class Tunnel implements InFlight {
  readonly startedMs = performance.now();
  readonly isReceiving = false;
  private readonly atMs = Date.now();
  private readonly ctx: ProxyContext;
  private readonly connection: Connection;
  private readonly req: IncomingMessage;
  private readonly socket: Duplex;
  private readonly first: Buffer;
  private ruling: Ruling | null = null;
  private admission: Admission | null = null;
  private origin: Origin | null = null;
  private asking: ClientRequest | null = null;
  private upstream: Duplex | null = null;
  private status: number | null = null;
  private failure: string | null = null;
  private isOver = false;
  requestBytes = 0;
  private responseBytes = 0;

  /** @param first bytes that came after the head */
  constructor(ctx: ProxyContext, connection: Connection, req: IncomingMessage, socket: Duplex, first: Buffer) {
    this.ctx = ctx;
    this.connection = connection;
    this.req = req;
    this.socket = socket;
    this.first = first;
  }

  start(): void {
    this.connection.began(this);
    this.socket.on('error', () => this.socket.destroy());
    this.socket.once('close', () => this.over());
    const { req } = this;
    const parsed = { method: 'GET', url: req.url ?? '', version: req.httpVersion, raw: req.rawHeaders, authority: null, isOpen: false };
    const head = readHead(parsed, this.connection.peer, this.ctx.client);
    if ('rule' in head || head.hasBody) {
      const { status, rule, reason } =
        'rule' in head ? head : { status: 400, rule: 'protocol.upgrade-body', reason: 'A handshake has no body.' };
      const refusal = problem(status, reason, { close: true });
      this.ctx.decider.broken({
        atMs: this.atMs,
        rule,
        reason,
        clientAddress: this.connection.peer.address,
        count: 1,
        incident: refusal.incident,
      });
      this.refuse(refusal);
      return;
    }
    this.decide(head).catch(() => {
      if (this.ruling?.failMode === 'open' && this.ruling.refusal === null && !this.isOver && this.asking === null) {
        this.fault(head, 'overload.fail-open', 'Whether there was room could not be told. The route fails open, so it passed.');
        this.ask(head, this.ruling);
        return;
      }
      this.failure = 'undecided';
      const refusal = problem(503, 'The request could not be checked, so it was not passed on.', { close: true });
      this.fault(head, 'protocol.decision-failed', 'The decision failed; the route fails closed.', refusal.incident);
      this.refuse(refusal);
    });
  }

  broke(): void {
    this.socket.destroy();
  }

  private fault({ clientAddress }: WireHead, rule: string, reason: string, incident?: string): void {
    this.ctx.decider.broken({ atMs: this.atMs, rule, reason, clientAddress, count: 1, ...(incident === undefined ? {} : { incident }) });
  }

  private async decide(head: WireHead): Promise<void> {
    const ruling = await this.ctx.decider.head(head);
    this.ruling = ruling;
    if (ruling.refusal !== null) {
      this.refuse(ruling.refusal);
      return;
    }
    const admission = await this.ctx.decider.admit(ruling, this.ctx.upstreams.find(head.host, head.path)?.policy.name ?? '');
    this.admission = admission;
    if (this.isOver) this.settle('gone');
    else if (admission.refusal !== null) {
      this.failure = 'overload';
      this.refuse(admission.refusal);
    } else this.ask(head, ruling);
  }

  private ask(head: WireHead, ruling: Ruling): void {
    const upstream = this.ctx.upstreams.find(head.host, head.path);
    const origin = upstream?.pick(Date.now()) ?? null;
    if (upstream === null || origin === null) {
      this.failure = upstream === null ? 'no-upstream' : 'upstream-busy';
      this.refuse(problem(upstream === null ? 404 : 503, 'Nothing is served here under this host and path now.', { close: true }));
      return;
    }
    this.origin = origin;
    origin.inFlight++;
    const { policy } = upstream;
    const input = { head, peer: this.connection.peer, client: this.ctx.client, replaced: ruling.upstreamHeaders };
    const headers = upstreamFields({ ...input, originHost: origin.url.host, keepHost: policy.keepHost });
    headers.push('connection', 'Upgrade', 'upgrade', 'websocket');
    const send = origin.url.protocol === 'https:' ? httpsRequest : httpRequest;
    const { hostname, port } = origin.url;
    const asking = send({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (origin.url.protocol === 'https:' ? 443 : 80) : port,
      path: head.target,
      headers,
      agent: false,
      timeout: policy.answerTimeoutMs,
      ...(origin.ca === null ? {} : { ca: origin.ca }),
    });
    this.asking = asking;
    asking.on('upgrade', (answer, socket, rest) => this.join(answer, socket, rest));
    asking.on('response', (answer) => this.passOn(answer));
    asking.on('timeout', () => asking.destroy(new Error('The upstream did not answer the handshake in time.')));
    asking.on('error', () => {
      if (this.upstream !== null || this.isOver) return;
      origin.failed(Date.now());
      this.failure = 'upstream-refused';
      this.refuse(problem(502, 'The service could not be reached.', { close: true }));
    });
    asking.end();
  }

  /** Both sides agreed: from here on bytes are theirs. */
  private join(answer: IncomingMessage, upstream: Duplex, rest: Buffer): void {
    if (this.isOver) {
      upstream.destroy();
      return;
    }
    this.upstream = upstream;
    this.status = 101;
    this.origin?.succeeded();
    // The handshake's time limit ends with it.
    this.asking?.setTimeout(0);
    this.admission?.release('answered', performance.now() - this.startedMs);
    this.admission = null;
    const lines = ['HTTP/1.1 101 Switching Protocols'];
    const { rawHeaders } = answer;
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (rest.length > 0) this.socket.write(rest);
    if (this.first.length > 0) upstream.write(this.first);
    this.requestBytes += this.first.length;
    this.responseBytes += rest.length;
    upstream.on('error', () => upstream.destroy());
    upstream.once('close', () => this.socket.end());
    upstream.on('data', (chunk: Buffer) => {
      this.responseBytes += chunk.length;
    });
    this.socket.on('data', (chunk: Buffer) => {
      this.requestBytes += chunk.length;
    });
    this.socket.pipe(upstream);
    upstream.pipe(this.socket);
  }

  /** The upstream answered the handshake with something else: that answer is the client's, and ends the connection. */
  private passOn(answer: IncomingMessage): void {
    this.status = answer.statusCode ?? 502;
    this.origin?.succeeded();
    const lines = [`HTTP/1.1 ${this.status} ${statusTitle(this.status)}`];
    const { rawHeaders } = answer;
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      if (!answerHop.has((rawHeaders[at] ?? '').toLowerCase())) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    }
    this.socket.write(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`, 'latin1');
    answer.on('data', (chunk: Buffer) => {
      this.responseBytes += chunk.length;
      if (this.responseBytes > ANSWER_BYTES_MAX) this.socket.destroy();
    });
    answer.pipe(this.socket);
  }

  private refuse(refusal: Refusal): void {
    if (this.status === null) {
      this.status = refusal.status;
      this.socket.end(rawRefusal(refusal));
    } else this.socket.destroy();
  }

  private settle(outcome: 'answered' | 'failed' | 'gone'): void {
    if (this.origin !== null) this.origin.inFlight--;
    this.origin = null;
    this.admission?.release(outcome, performance.now() - this.startedMs);
    this.admission = null;
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection.ended(this);
    this.asking?.destroy();
    this.upstream?.destroy();
    this.settle(this.failure === null ? 'gone' : 'failed');
    if (this.ruling === null) return;
    this.ctx.decider.done(this.ruling, {
      atMs: this.atMs,
      status: this.status,
      durationMs: performance.now() - this.startedMs,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      answerHeaders: null,
      failure: this.failure ?? (this.status === null ? 'client-gone' : null),
    });
  }
}
