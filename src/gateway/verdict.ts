/** Asking the decider from a door that stands beside another gateway: one question, one verdict, and evidence of it. */
import type { HeaderList } from '../engine/http/headers.ts';
import type { RequestHead } from '../engine/http/request.ts';
import type { Decider, Refusal, Ruling } from './decider.ts';
import { problem } from './refusal.ts';

export interface Verdict {
  readonly refusal: Refusal | null;
  /** Fields the gateway should hand to the upstream; an empty value takes the client's own away. */
  readonly upstreamHeaders: HeaderList;
  /** Fields for the answer to the client. */
  readonly answerHeaders: HeaderList;
}

/**
 * Head, then as much of the body as the gateway gave. The status of the upstream is never seen here, so limits on what
 * runs at once are released at once, and evidence says that the answer is unknown.
 * @param bodyIsWhole false when the gateway cut it off at its own cap
 */
export async function verdictOf(
  decider: Decider,
  head: RequestHead,
  body: Uint8Array | null,
  bodyIsWhole: boolean,
  nowMs: number,
): Promise<Verdict> {
  let ruling: Ruling | null = null;
  try {
    ruling = await decider.head(body !== null && body.length > 0 ? { ...head, hasBody: true } : head);
    if (ruling.refusal === null && ruling.bodyBytes > 0 && body !== null && body.length > 0) {
      const bytes = body.subarray(0, ruling.bodyBytes);
      ruling = decider.body(ruling, { bytes, isWhole: bodyIsWhole && bytes.length === body.length });
    }
  } catch {
    const { clientAddress } = head;
    if (ruling?.failMode !== 'open') {
      const refusal = problem(503, 'The request could not be judged.');
      const reason = 'The decision failed; the route fails closed.';
      decider.broken({ atMs: nowMs, rule: 'protocol.decision-failed', reason, clientAddress, count: 1, incident: refusal.incident });
      return { refusal, upstreamHeaders: [], answerHeaders: [] };
    }
    const reason = 'The body could not be judged. The route fails open, so it passed.';
    decider.broken({ atMs: nowMs, rule: 'validation.fail-open', reason, clientAddress, count: 1 });
  }
  decider.done(ruling, {
    atMs: nowMs,
    status: ruling.refusal?.status ?? null,
    durationMs: 0,
    requestBytes: body?.length ?? 0,
    responseBytes: 0,
    answerHeaders: null,
    failure: null,
  });
  return { refusal: ruling.refusal, upstreamHeaders: ruling.upstreamHeaders, answerHeaders: ruling.answerHeaders };
}
