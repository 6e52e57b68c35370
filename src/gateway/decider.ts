/**
 * The one thing every door asks: reverse proxy, forward-auth, ext_authz, SPOE and middleware differ only in how a request
 * comes in and how the answer goes out. Order of calls: `head`, `body` when `bodyBytes` is above 0, `admit`, `answer`, `done`.
 */
import type { CallerOutcome } from '../engine/access/caller.ts';
import type { Decision } from '../engine/evidence/decision.ts';
import type { HeaderList } from '../engine/http/headers.ts';
import type { RequestBody, RequestHead } from '../engine/http/request.ts';

export interface Ruling {
  readonly head: RequestHead;
  readonly decision: Decision;
  readonly caller: CallerOutcome;
  /** Bytes of the body to read before asking `body`; 0 = pass it on unread. Doors that see no body never ask. */
  readonly bodyBytes: number;
  /** A body longer than this is refused with 413 while it streams. */
  readonly bodyBytesMax: number;
  /** Bytes of the response to hold for `answer`; 0 = stream it through. */
  readonly answerBytes: number;
  /** What becomes of this request when the decision cannot be made. */
  readonly failMode: 'open' | 'closed';
  /** Set when the decision is `block`. */
  readonly refusal: Refusal | null;
  /** Fields to add to the answer of the upstream: `RateLimit`, `RateLimit-Policy`. */
  readonly answerHeaders: HeaderList;
  /** Fields that the upstream is given in place of any the client sent: `x-stance-subject`; an empty value only takes them away. */
  readonly upstreamHeaders: HeaderList;
}

/** What the caller is told: problem+json with the incident number, never which pattern matched. */
export interface Refusal {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  readonly incident: string;
  /** Close the connection after it: what follows cannot be trusted. */
  readonly close: boolean;
}

/** `go` may be called once the upstream answered or failed, so that the concurrency limit learns. */
export interface Admission {
  readonly refusal: Refusal | null;
  readonly release: (outcome: 'answered' | 'failed' | 'gone', tookMs: number) => void;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
}

export interface AnswerPlan {
  /** Replacement of the held bytes (masked fields); null = as they are. */
  readonly bytes: Uint8Array | null;
  readonly refusal: Refusal | null;
}

/** How an exchange ended, for evidence. */
export interface ExchangeEnd {
  readonly atMs: number;
  readonly status: number | null;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly answerHeaders: HeaderList | null;
  /** Why no answer of the upstream came: `upstream-refused`, `upstream-timeout`, `client-gone`; null = one came or none was wanted. */
  readonly failure: string | null;
}

export interface Decider {
  head(head: RequestHead): Ruling | Promise<Ruling>;
  /** `ruling` goes on with what the body shows; never less strict than before. */
  body(ruling: Ruling, body: RequestBody): Ruling;
  /** @param upstream name of the upstream it is for; '' at a door that does not know */
  admit(ruling: Ruling, upstream: string): Admission | Promise<Admission>;
  answer(ruling: Ruling, head: AnswerHead, bytes: Uint8Array, isWhole: boolean): AnswerPlan;
  done(ruling: Ruling, end: ExchangeEnd): void;
  /** A request that never became one: malformed head, smuggling attempt, slow client cut off. Counted and kept as evidence. */
  broken(fault: ConnectionFault): void;
}

export interface ConnectionFault {
  readonly atMs: number;
  readonly rule: string;
  readonly reason: string;
  readonly clientAddress: string | null;
  /** Connections or requests it stands for. */
  readonly count: number;
  /** Set when it was left alone, because the policy only logs. */
  readonly mode?: 'log';
  /** Set when the caller was told of a refusal. */
  readonly incident?: string;
}
