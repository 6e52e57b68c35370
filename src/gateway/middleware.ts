/**
 * The guard inside an application: Express and Fastify hand their request to the same decision. The head is judged before
 * the handler runs; the body too, when the framework has parsed it already (`express.json()` before this middleware).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientPolicy } from '../engine/policy/policy.ts';
import { canonicalAddress } from './client-address.ts';
import type { Admission, Decider, Ruling } from './decider.ts';
import { problem } from './refusal.ts';
import { type Peer, readHead } from './request-head.ts';

export interface MiddlewareOptions {
  readonly decider: Decider;
  readonly client: ClientPolicy;
  readonly now?: () => number;
}

type WithBody = IncomingMessage & { readonly body?: unknown; readonly originalUrl?: string };

/** For `app.use(...)` of Express, after its body parser when bodies shall be judged. */
export function expressGuard(
  options: MiddlewareOptions,
): (request: WithBody, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    guarded(options, request, response).then((passes) => {
      if (passes) next();
    }, next);
  };
}

/** For `app.addHook('preValidation', ...)` of Fastify: after its parser, before its handler. */
export function fastifyGuard(
  options: MiddlewareOptions,
): (
  request: { readonly raw: IncomingMessage; readonly body: unknown },
  reply: { readonly raw: ServerResponse; hijack(): unknown },
) => Promise<void> {
  return async (request, reply) => {
    const passes = await guarded(options, Object.assign(Object.create(request.raw) as WithBody, { body: request.body }), reply.raw);
    if (!passes) reply.hijack();
  };
}

/** @returns false when the request was answered */
async function guarded(
  { decider, client, now = Date.now }: MiddlewareOptions,
  request: WithBody,
  response: ServerResponse,
): Promise<boolean> {
  const startedMs = now();
  const address = canonicalAddress(request.socket.remoteAddress ?? '');
  const head = readHead(
    {
      method: request.method ?? '',
      // Express cuts the mount path off `url`; what the client asked for stands in `originalUrl`.
      url: request.originalUrl ?? request.url ?? '/',
      version: request.httpVersion,
      raw: request.rawHeaders,
      authority: null,
      isOpen: false,
    },
    { address, scheme: 'encrypted' in request.socket ? 'https' : 'http', tlsVersion: null, certificate: null } satisfies Peer,
    client,
  );
  if ('rule' in head) {
    decider.broken({ atMs: startedMs, rule: head.rule, reason: head.reason, clientAddress: address, count: 1 });
    answer(response, problem(head.status, head.reason));
    return false;
  }
  let ruling: Ruling | null = null;
  let bytes: Buffer | null = null;
  let admission: Admission | null = null;
  try {
    ruling = await decider.head(head);
    bytes = ruling.refusal === null && ruling.bodyBytes > 0 ? bodyBytes(request.body, request.headers['content-type'] ?? '') : null;
    if (bytes !== null)
      ruling = decider.body(ruling, { bytes: bytes.subarray(0, ruling.bodyBytes), isWhole: bytes.length <= ruling.bodyBytes });
    admission = ruling.refusal === null ? await decider.admit(ruling, '') : null;
  } catch {
    const { clientAddress } = head;
    if (ruling?.failMode !== 'open') {
      const refused = problem(503, 'The request could not be checked, so it was not passed on.');
      const reason = 'The decision failed; the route fails closed.';
      decider.broken({ atMs: startedMs, rule: 'protocol.decision-failed', reason, clientAddress, count: 1, incident: refused.incident });
      answer(response, refused);
      return false;
    }
    const reason = 'The request could not be judged. The route fails open, so it passed.';
    decider.broken({ atMs: startedMs, rule: 'protocol.fail-open', reason, clientAddress, count: 1 });
  }
  const refusal = ruling.refusal ?? admission?.refusal ?? null;
  const end = (failure: string | null): void => {
    decider.done(ruling, {
      atMs: startedMs,
      status: response.statusCode,
      durationMs: now() - startedMs,
      requestBytes: bytes?.length ?? 0,
      responseBytes: Number(response.getHeader('content-length') ?? 0),
      answerHeaders: Object.entries(response.getHeaders()).map(([name, value]) => ({ name, value: String(value) })),
      failure,
    });
  };
  if (refusal !== null) {
    answer(response, refusal);
    end(ruling.refusal === null ? 'overload' : null);
    return false;
  }
  for (const field of ruling.answerHeaders) response.setHeader(field.name, field.value);
  for (const field of ruling.upstreamHeaders) {
    if (field.value === '') delete request.headers[field.name];
    else request.headers[field.name] = field.value;
  }
  response.once('close', () => {
    admission?.release(response.writableFinished ? 'answered' : 'gone', now() - startedMs);
    end(response.writableFinished ? null : 'client-gone');
  });
  return true;
}

/** The parser of the application has read it; what it made of it is written out again in the form that was declared. */
function bodyBytes(body: unknown, mediaType: string): Buffer | null {
  if (body === undefined || body === null) return null;
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (!mediaType.startsWith('application/x-www-form-urlencoded') || typeof body !== 'object') return Buffer.from(JSON.stringify(body));
  const fields = Object.entries(body).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Buffer.from(new URLSearchParams(fields).toString());
}

function answer(
  response: ServerResponse,
  refusal: {
    readonly status: number;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly body: string;
  },
): void {
  for (const { name, value } of refusal.headers) response.setHeader(name, value);
  response.statusCode = refusal.status;
  response.end(refusal.body);
}
