/** Calls the server that runs on the same data folder, with the secret that folder holds. */
import { type ErrorCode, errorCodes, StanceError } from '../errors.ts';
import type { ServerFile } from './server-file.ts';

/** Milliseconds until a server that says nothing counts as gone; an import may take its time. */
const answerMsMax = 15_000;

export interface CallOptions {
  readonly body?: ReadableStream<Uint8Array>;
  /** Sent as JSON. */
  readonly json?: object;
  readonly signal?: AbortSignal;
}

/** The JSON answer. @throws StanceError as the server says it, or `server-unreachable` */
export async function askServer(
  server: ServerFile,
  method: string,
  path: string,
  { body, json, signal }: CallOptions = {},
): Promise<unknown> {
  const headers: Record<string, string> = { authorization: `Bearer ${server.secret}` };
  if (body !== undefined) headers['content-type'] = 'application/octet-stream';
  else if (json !== undefined) headers['content-type'] = 'application/json';
  const limits = [...(body === undefined ? [AbortSignal.timeout(answerMsMax)] : []), ...(signal === undefined ? [] : [signal])];
  let response: Response;
  try {
    response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers,
      redirect: 'error',
      ...(limits.length === 0 ? {} : { signal: AbortSignal.any(limits) }),
      // Node's fetch needs the mode named for a body that is a stream.
      ...(body === undefined ? (json === undefined ? {} : { body: JSON.stringify(json) }) : { body, duplex: 'half' }),
    } as RequestInit);
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new StanceError('server-unreachable', {
      message: `The server at ${server.url} does not answer.`,
      next: 'Look at its terminal, or start it anew with `stance up`.',
      cause,
    });
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { code, detail, unchanged, next } = (answer ?? {}) as Record<string, unknown>;
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'server-unreachable';
  throw new StanceError(known, {
    message: typeof detail === 'string' ? detail : `The server answered ${response.status}.`,
    unchanged: typeof unchanged === 'string' ? unchanged : 'What the server acknowledged is kept.',
    next: typeof next === 'string' ? next : '',
  });
}
