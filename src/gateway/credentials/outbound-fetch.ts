/**
 * Questions to identity providers. Only addresses that the policy names are ever asked, never one that stands in a token or
 * a request; no redirect is followed, and time and size are bounded, so that a caller cannot steer or stall the guard.
 */
import { StanceError } from '../../errors.ts';

/** Why an answer could not be had; safe to show. */
export class OutboundFailure extends Error {}

export interface OutboundQuestion {
  readonly fetch: typeof fetch;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bytesMax: number;
  readonly timeoutMs: number;
  /** Ends the question early, when the guard closes. */
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly json: unknown;
  /** `max-age` of the answer; null = none was stated. */
  readonly maxAgeSeconds: number | null;
}

/** @throws OutboundFailure when there is no whole answer 200 that reads as JSON */
export async function fetchJson(address: URL, question: OutboundQuestion): Promise<OutboundAnswer> {
  const timeout = AbortSignal.timeout(question.timeoutMs);
  const signal = question.signal === undefined ? timeout : AbortSignal.any([timeout, question.signal]);
  try {
    const answer = await question.fetch(address, {
      method: question.method ?? 'GET',
      headers: { accept: 'application/json', ...question.headers },
      ...(question.body === undefined ? {} : { body: question.body }),
      redirect: 'manual',
      signal,
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new OutboundFailure(`${address.host} answered ${answer.status}`);
    }
    const text = await boundedText(answer, question.bytesMax, address.host);
    return { json: JSON.parse(text) as unknown, maxAgeSeconds: maxAgeOf(answer.headers.get('cache-control')) };
  } catch (error) {
    if (error instanceof OutboundFailure) throw error;
    if (error instanceof SyntaxError) throw new OutboundFailure(`${address.host} answered with something that is not JSON`);
    throw new OutboundFailure(
      timeout.aborted ? `${address.host} did not answer within ${question.timeoutMs} ms` : `${address.host} cannot be reached`,
    );
  }
}

async function boundedText(answer: Response, bytesMax: number, host: string): Promise<string> {
  if (answer.body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw new OutboundFailure(`${host} answered with more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function maxAgeOf(field: string | null): number | null {
  const found = /(?:^|[,\s])max-age=(\d{1,9})\b/i.exec(field ?? '')?.[1];
  return found === undefined ? null : Number(found);
}

/**
 * An address of the policy. Plain `http` only on this machine: keys that come over it could be anybody's.
 * @throws StanceError `config-invalid`
 */
export function outboundAddress(text: string, setting: string): URL {
  const address = URL.parse(text);
  const isLocal = address !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname);
  if (
    address === null ||
    !(address.protocol === 'https:' || (address.protocol === 'http:' && isLocal)) ||
    address.username !== '' ||
    address.password !== '' ||
    address.hash !== ''
  ) {
    throw new StanceError('config-invalid', {
      message: `${setting} is not an address that can be asked safely.`,
      unchanged: 'The policy in force was kept.',
      next: 'Name an https address without user, password or fragment; http only for this machine itself.',
    });
  }
  return address;
}
