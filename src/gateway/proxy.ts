/**
 * One request and its answer through the gateway: read, decided, passed on, answered, counted. Also the handler that undici calls, so that
 * a plain exchange costs one object and no closure. Streams both ways; holds bytes only as far as the ruling asks.
 */
import type { Dispatcher } from 'undici';
import type { HeaderList } from '../engine/http/headers.ts';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import type { Connection, InFlight } from './connection-table.ts';
import type { Admission, Decider, Refusal, Ruling } from './decider.ts';
import type { HeadFault } from './head-check.ts';
import {
  type AnswerFields,
  addTrailers,
  answerFields,
  answerLength,
  endWith,
  failureOf,
  fieldList,
  flushHead,
  type Incoming,
  isHttp2,
  type Outgoing,
  withoutBodyFields,
  writeChunk,
  writeHead,
} from './proxy-answer.ts';
import { problem } from './refusal.ts';
import { type ParsedHead, readHead, type WireHead } from './request-head.ts';
import { UploadBody } from './upload-body.ts';
import type { Upstream, UpstreamTable } from './upstream.ts';
import { upstreamFields } from './upstream-fields.ts';
import type { Origin } from './upstream-pool.ts';

/** What all exchanges of a front share; the parts change on reload, so they are read anew for each request. */
export interface ProxyContext {
  decider: Decider;
  upstreams: UpstreamTable;
  client: ClientPolicy;
  /** The front drains: connections end with their present answer. */
  isLeaving: boolean;
}

/** After a refusal the rest of a body is read so that the answer is not lost to a reset, but no more than this. */
const DRAIN_BYTES_MAX = 1024 * 1024;
/** And no longer than this. */
const DRAIN_MS_MAX = 2_000;
/** Origins are asked about this often at most for one request, whatever the policy says. */
const TRIES_MAX = 4;

/** Methods that may be sent again (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const none: HeaderList = [];

const flushIfAlone = (exchange: Exchange): void => exchange.flush();

class Abandoned extends Error {}
const clientGone = new Abandoned('The client went away.');
const bodyTooLong = new Abandoned('The body is longer than the route allows.');

export class Exchange implements Dispatcher.DispatchHandler, InFlight {
  readonly connection: Connection;
  private readonly ctx: ProxyContext;
  private readonly req: Incoming;
  private readonly res: Outgoing;
  readonly startedMs = performance.now();
  private readonly atMs = Date.now();
  head: WireHead | null = null;
  private ruling: Ruling | null = null;
  private admission: Admission | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private upstream: Upstream | null = null;
  private origin: Origin | null = null;
  private tries = 0;
  private body: Buffer | UploadBody | null = null;
  private taken: Buffer[] = [];
  private takenBytes = 0;
  private held: Buffer[] | null = null;
  private heldBytes = 0;
  private answerFields: string[] = [];
  private answerLength = -1;
  private status: number | null = null;
  private failure: string | null = null;
  private isHeadSent = false;
  private isAnswered = false;
  private isOver = false;
  private responseBytes = 0;
  private expectsContinue: boolean;

  constructor(ctx: ProxyContext, connection: Connection, req: Incoming, res: Outgoing, expectsContinue: boolean) {
    this.ctx = ctx;
    this.connection = connection;
    this.req = req;
    this.res = res;
    this.expectsContinue = expectsContinue;
  }

  /** Bytes of the body that the client has sent so far. */
  get requestBytes(): number {
    return this.body instanceof UploadBody ? this.takenBytes + this.body.bytesTaken : this.takenBytes;
  }

  /** Whether the body of this request is still coming. */
  get isReceiving(): boolean {
    return !this.req.complete;
  }

  start(parsed: ParsedHead) {
    this.connection.began(this);
    this.res.once('close', () => this.over());
    const head = readHead(parsed, this.connection.peer, this.ctx.client);
    if ('rule' in head) return this.refuseHead(head);
    this.head = head;
    if (head.isServerWide) return this.answerServerWide();
    let ruling: Ruling | Promise<Ruling>;
    try {
      ruling = this.ctx.decider.head(head);
    } catch {
      return this.undecided();
    }
    if (ruling instanceof Promise)
      ruling.then(
        (made) => this.ruled(made),
        () => this.undecided(),
      );
    else this.ruled(ruling);
  }

  /** The connection's parser met something that is no HTTP within the body of this request. */
  broke(incident: string): void {
    this.failure ??= 'request-broken';
    this.controller?.abort(clientGone);
    // A refusal is on its way already, and closes the connection.
    if (this.isAnswered) return;
    if (this.isHeadSent) this.connection.destroy();
    else this.refuse(problem(400, 'The body of the request is not well-formed.', { close: true, incident }), 'cut');
  }

  private ruled(ruling: Ruling) {
    if (this.isOver) return this.report(ruling);
    this.ruling = ruling;
    if (ruling.refusal !== null) return this.refuse(ruling.refusal);
    const head = this.head;
    if (head === null || !head.hasBody) return this.admit();
    if (head.contentLength !== null && head.contentLength > ruling.bodyBytesMax) return this.refuseTooLong();
    if (this.expectsContinue) {
      this.expectsContinue = false;
      this.res.writeContinue();
    }
    if (ruling.bodyBytes > 0) this.readBody(ruling.bodyBytes);
    // The first chunks of a chunked body are already read: let the parser judge them before anybody sees the request.
    else if (head.isChunked) setImmediate(() => this.isOver || this.isAnswered || this.admit());
    else this.admit();
  }

  private readBody(wanted: number): void {
    const { req } = this;
    let isDone = false;
    const onData = (chunk: Buffer): void => {
      this.taken.push(chunk);
      this.takenBytes += chunk.length;
      if (this.takenBytes > (this.ruling?.bodyBytesMax ?? 0)) finish(() => this.refuseTooLong());
      else if (this.takenBytes > wanted) finish(() => this.bodyRead(false));
    };
    const onEnd = (): void => finish(() => this.bodyRead(true));
    const finish = (next: () => void): void => {
      if (isDone) return;
      isDone = true;
      req.pause();
      req.off('data', onData);
      req.off('end', onEnd);
      if (!this.isOver && !this.isAnswered) next();
    };
    req.on('data', onData);
    req.on('end', onEnd);
  }

  private bodyRead(isWhole: boolean) {
    const { ruling } = this;
    if (ruling === null) return;
    const [first] = this.taken;
    const bytes = this.taken.length === 1 && first !== undefined ? first : Buffer.concat(this.taken, this.takenBytes);
    if (isWhole) this.body = bytes;
    else this.taken = [bytes];
    try {
      const made = this.ctx.decider.body(ruling, { bytes: isWhole ? bytes : bytes.subarray(0, ruling.bodyBytes), isWhole });
      this.ruling = made;
      if (made.refusal !== null) return this.refuse(made.refusal);
    } catch {
      if (ruling.failMode === 'closed') return this.undecided();
      this.passedUndecided('validation.fail-open', 'The body could not be judged.');
    }
    this.admit();
  }

  private admit() {
    const { ruling } = this;
    if (ruling === null) return;
    let admission: Admission | Promise<Admission>;
    try {
      const upstream = this.ctx.upstreams.find(ruling.head.host, ruling.head.path);
      admission = this.ctx.decider.admit(ruling, upstream?.policy.name ?? '');
    } catch {
      return this.withoutAdmission(ruling);
    }
    if (admission instanceof Promise)
      admission.then(
        (made) => this.admitted(made),
        () => this.withoutAdmission(ruling),
      );
    else this.admitted(admission);
  }

  private withoutAdmission(ruling: Ruling) {
    if (ruling.failMode === 'closed') return this.undecided();
    this.passedUndecided('overload.fail-open', 'Whether there was room could not be told.');
    this.forward();
  }

  private admitted(admission: Admission) {
    if (this.isOver || this.isAnswered) return admission.release('gone', 0);
    this.admission = admission;
    if (admission.refusal !== null) {
      this.failure = 'overload';
      return this.refuse(admission.refusal);
    }
    this.forward();
  }

  private forward() {
    const { head, ctx } = this;
    if (head === null || this.isOver || this.isAnswered) return;
    this.upstream = ctx.upstreams.find(head.host, head.path);
    if (this.upstream === null) {
      this.failure = 'no-upstream';
      return this.refuse(problem(404, 'Nothing is served here under this host and path.'));
    }
    if (head.hasBody && this.body === null) {
      const left = (this.ruling?.bodyBytesMax ?? 0) - this.takenBytes;
      this.body = new UploadBody(this.req, this.taken, left, () => this.refuseTooLong());
      this.body.on('error', () => undefined);
      this.taken = [];
    }
    this.dispatch();
  }

  private dispatch() {
    const { head, upstream } = this;
    if (head === null || upstream === null) return;
    const origin = upstream.pick(Date.now(), this.origin);
    if (origin === null) {
      this.failure = 'upstream-busy';
      return this.refuse(problem(503, 'The service has too many requests waiting.', { retryAfterSeconds: 1 }));
    }
    this.origin = origin;
    this.tries++;
    origin.inFlight++;
    try {
      origin.pool.dispatch(
        {
          method: head.method,
          path: head.target,
          headers: upstreamFields({
            head,
            peer: this.connection.peer,
            client: this.ctx.client,
            replaced: this.ruling?.upstreamHeaders ?? none,
            originHost: origin.url.host,
            keepHost: upstream.policy.keepHost,
          }),
          // A stream of ours in Node's own class; undici's types name their own copy of it.
          body: this.body as Buffer | null,
          idempotent: !head.hasBody,
        },
        this,
      );
    } catch (error) {
      this.settle();
      // undici checks each part of a request before it sends any of it, and throws; a pool that was just reloaded away throws as well.
      const isOurs = error instanceof Error && 'code' in error && error.code !== 'UND_ERR_INVALID_ARG';
      this.failure = isOurs ? 'upstream-refused' : 'request-unsendable';
      this.refuse(
        isOurs ? problem(502, 'The service could not be reached.') : problem(400, 'The request cannot be passed on as it was sent.'),
      );
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver || this.isAnswered) controller.abort(clientGone);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, fields: AnswerFields) {
    if (status < 200) return this.informed(status, fields);
    if (this.isOver || this.isAnswered) return controller.abort(clientGone);
    this.origin?.succeeded();
    this.status = status;
    // Answered, as far as the upstream is concerned: how long the client takes to read it is no pressure on anybody else.
    this.releaseAdmission('answered');
    const { ruling } = this;
    this.answerFields = answerFields(fields, ruling?.answerHeaders ?? none);
    this.answerLength = answerLength(fields);
    if (ruling !== null && ruling.answerBytes > 0) this.held = [];
    else this.sendHead();
  }

  /** Early hints go on to the client; other interim answers are between us and the upstream. */
  private informed(status: number, fields: AnswerFields): void {
    const { link } = fields;
    if (status === 103 && link !== undefined && !this.isOver && this.head?.httpVersion !== '1.0') this.res.writeEarlyHints({ link });
  }

  private sendHead(): void {
    if (this.isHeadSent) return;
    if (this.ctx.isLeaving && !isHttp2(this.res)) this.answerFields.push('connection', 'close');
    // Throws on a field that no client may be sent; the exchange then ends as one with a broken upstream.
    writeHead(this.res, this.status ?? 502, this.answerFields);
    this.isHeadSent = true;
    // Most answers bring their first bytes with the head, and both leave in one write; an event stream does not.
    if (this.answerLength === -1) process.nextTick(flushIfAlone, this);
  }

  /** Sends a head that came without a body, so that the client does not wait for the first event to learn of it. */
  flush(): void {
    if (this.responseBytes === 0 && !this.isAnswered && !this.isOver) flushHead(this.res);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.held !== null) {
      this.held.push(chunk);
      this.heldBytes += chunk.length;
      if (this.heldBytes > (this.ruling?.answerBytes ?? 0)) this.sendHeld(false);
      return;
    }
    this.send(chunk, controller);
  }

  private send(chunk: Buffer, controller: Dispatcher.DispatchController): void {
    this.responseBytes += chunk.length;
    if (this.responseBytes === this.answerLength) {
      this.isAnswered = true;
      endWith(this.res, chunk, this.responseBytes === chunk.length);
    } else if (this.answerLength >= 0 && this.responseBytes > this.answerLength) {
      // More than was announced would be read as the next answer.
      this.failure = 'upstream-broken';
      this.breakOff();
      controller.abort(clientGone);
    } else if (!writeChunk(this.res, chunk)) {
      controller.pause();
      this.res.once('drain', () => controller.resume());
    }
  }

  private sendHeld(isWhole: boolean) {
    const { held, ruling, controller } = this;
    if (held === null || ruling === null || controller === null) return;
    this.held = null;
    let bytes: Buffer = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held, this.heldBytes);
    try {
      const plan = this.ctx.decider.answer(ruling, { status: this.status ?? 0, headers: fieldList(this.answerFields) }, bytes, isWhole);
      if (plan.refusal !== null) {
        this.failure = 'answer-refused';
        this.settle('answered');
        this.refuse(plan.refusal);
        return controller.abort(clientGone);
      }
      if (plan.bytes !== null) {
        bytes = Buffer.from(plan.bytes.buffer, plan.bytes.byteOffset, plan.bytes.byteLength);
        this.answerLength = isWhole ? bytes.length : -1;
        this.answerFields = withoutBodyFields(this.answerFields, isWhole ? bytes.length : null);
      }
    } catch {
      if (ruling.failMode === 'closed') {
        this.failure = 'undecided';
        this.settle('answered');
        this.undecided();
        return controller.abort(clientGone);
      }
      this.passedUndecided('validation.fail-open', 'The answer could not be judged.');
    }
    this.sendHead();
    if (bytes.length > 0) this.send(bytes, controller);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: AnswerFields): void {
    if (this.held !== null) this.sendHeld(true);
    this.settle('answered');
    if (this.isAnswered || this.isOver) return;
    this.isAnswered = true;
    addTrailers(this.res, trailers);
    this.res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error) {
    if (error instanceof Abandoned) return this.settle('gone');
    const failure = failureOf(error);
    const { origin, head } = this;
    if (!this.isHeadSent) origin?.failed(Date.now());
    const isBroken = failure === 'upstream-refused' || failure === 'upstream-reset';
    const mayRetry = isBroken && this.status === null && head !== null;
    if (mayRetry && !head.hasBody && idempotent.has(head.method) && !this.isOver && this.tries <= this.retriesMax()) {
      if (origin !== null) origin.inFlight--;
      this.controller = null;
      return this.dispatch();
    }
    this.settle('failed');
    this.failure = failure;
    if (this.isOver || this.isAnswered) return;
    // Half an answer cannot be taken back: the client must see that it broke off.
    if (this.isHeadSent) return this.breakOff();
    this.held = null;
    const status = failure === 'upstream-timeout' ? 504 : 502;
    this.refuse(problem(status, status === 504 ? 'The service did not answer in time.' : 'The service could not be reached.'));
  }

  private retriesMax(): number {
    return Math.min(TRIES_MAX - 1, this.upstream?.policy.retries ?? 0);
  }

  private breakOff(): void {
    this.isAnswered = true;
    if (isHttp2(this.res)) this.res.stream.close(2 /* INTERNAL_ERROR */);
    else this.connection.destroy();
  }

  /** The concurrency limit learns how it went. Harmless when called again. */
  private releaseAdmission(outcome: 'answered' | 'failed' | 'gone'): void {
    const { admission } = this;
    if (admission === null) return;
    this.admission = null;
    admission.release(outcome, performance.now() - this.startedMs);
  }

  /** One request less at the origin. Harmless when called again. */
  private settle(outcome: 'answered' | 'failed' | 'gone' = 'failed'): void {
    const { origin } = this;
    if (origin !== null) {
      origin.inFlight--;
      this.origin = null;
    }
    this.releaseAdmission(outcome);
  }

  private refuseHead(fault: HeadFault): void {
    const refusal = problem(fault.status, fault.reason, { close: true });
    this.ctx.decider.broken({
      atMs: this.atMs,
      rule: fault.rule,
      reason: fault.reason,
      clientAddress: this.connection.peer.address,
      count: 1,
      incident: refusal.incident,
    });
    this.connection.isBroken = true;
    this.refuse(refusal, 'cut');
  }

  private refuseTooLong() {
    this.failure = 'body-too-long';
    this.controller?.abort(bodyTooLong);
    if (this.isHeadSent) return this.breakOff();
    this.refuse(problem(413, 'The body is longer than this service takes.', { close: true }));
  }

  /** The decision could not be made, and the route is closed then. */
  private undecided(): void {
    this.failure ??= 'undecided';
    const refusal = problem(503, 'The request could not be checked, so it was not passed on.', { retryAfterSeconds: 1 });
    this.fault('protocol.decision-failed', 'The decision failed; the route fails closed.', refusal.incident);
    this.refuse(refusal);
  }

  /** The route is open then: it passes, and that it did is evidence. */
  private passedUndecided(rule: string, what: string): void {
    this.fault(rule, `${what} The route fails open, so it passed.`);
  }

  private fault(rule: string, reason: string, incident?: string): void {
    const clientAddress = this.head?.clientAddress ?? this.connection.peer.address;
    this.ctx.decider.broken({ atMs: this.atMs, rule, reason, clientAddress, count: 1, ...(incident === undefined ? {} : { incident }) });
  }

  private answerServerWide(): void {
    this.isAnswered = true;
    this.status = 204;
    writeHead(this.res, 204, []);
    this.res.end();
  }

  /** @param rest what becomes of a body that is still coming: read within bounds, or not, because its framing cannot be trusted */
  private refuse(refusal: Refusal, rest: 'drain' | 'cut' = 'drain'): void {
    if (this.isOver || this.isAnswered) return;
    this.isAnswered = true;
    this.isHeadSent = true;
    this.status = refusal.status;
    // A request without a body is all there, whether or not the parser has said so already.
    const isPending = this.isReceiving && (this.head === null || this.head.hasBody);
    const body = Buffer.from(refusal.body);
    const fields: string[] = [];
    for (const field of refusal.headers)
      if (field.name !== 'content-length' && field.name !== 'connection') fields.push(field.name, field.value);
    fields.push('content-length', String(body.length));
    if ((refusal.close || isPending || this.ctx.isLeaving) && !isHttp2(this.res)) fields.push('connection', 'close');
    writeHead(this.res, refusal.status, fields);
    if (!isPending || rest === 'cut') {
      this.res.end(body);
      return;
    }
    // The client is still sending. It gets its answer now; the rest of what it sends is thrown away, within bounds, before the connection
    // closes, because closing over unread bytes resets it and the answer may be lost on the way.
    if (this.head?.method !== 'HEAD') writeChunk(this.res, body);
    this.drain();
  }

  private drain(): void {
    const { req, res } = this;
    const timer = setTimeout(() => res.end(), DRAIN_MS_MAX).unref();
    let left = DRAIN_BYTES_MAX;
    const finish = (): void => {
      clearTimeout(timer);
      res.end();
    };
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) finish();
    });
    req.once('end', finish);
    req.once('close', finish);
    req.resume();
  }

  /** The response closed: sent in full, or the client left. */
  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection.ended(this);
    if (!this.res.writableFinished && this.failure === null) this.failure = 'client-gone';
    if (!this.isAnswered || this.origin !== null) this.controller?.abort(clientGone);
    if (this.body instanceof UploadBody) this.body.destroy();
    this.settle('gone');
    if (this.ruling !== null) this.report(this.ruling);
  }

  private report(ruling: Ruling): void {
    const { head } = this;
    this.ctx.decider.done(ruling, {
      atMs: this.atMs,
      status: this.status,
      durationMs: performance.now() - this.startedMs,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      answerHeaders: this.answerFields.length === 0 || head === null ? null : fieldList(this.answerFields),
      failure: this.failure,
    });
  }
}
