/** Answers that a door gives itself: problem+json (RFC 9457) with an incident number, and never a word about what was matched. */
import { randomFillSync } from 'node:crypto';
import type { Refusal } from './decider.ts';

/** Letters and digits that people do not confuse when they read them out. */
const incidentAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const pool = Buffer.alloc(12 * 256);
let poolAt = pool.length;

/** `S-` and twelve characters, 60 bits: shown to the caller and kept in evidence, so that both can speak of the same refusal. */
export function newIncident(): string {
  if (poolAt >= pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  let text = 'S-';
  for (const end = poolAt + 12; poolAt < end; poolAt++) text += incidentAlphabet[(pool[poolAt] ?? 0) & 31];
  return text;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  413: 'Content too large',
  414: 'Target too long',
  417: 'Expectation failed',
  429: 'Too many requests',
  431: 'Header fields too large',
  500: 'Internal error',
  501: 'Not supported',
  502: 'Bad gateway',
  503: 'Service unavailable',
  504: 'Gateway timeout',
  505: 'HTTP version not supported',
};

/** The title of a status, for problem documents. */
export function statusTitle(status: number): string {
  return titles[status] ?? (status >= 500 ? 'Server error' : 'Refused');
}

/**
 * A refusal of the door's own making.
 * @param detail one sentence, safe to show to anybody
 */
export function problem(
  status: number,
  detail: string,
  options: { close?: boolean; incident?: string; retryAfterSeconds?: number } = {},
): Refusal {
  const incident = options.incident ?? newIncident();
  const headers = [
    { name: 'content-type', value: 'application/problem+json' },
    { name: 'cache-control', value: 'no-store' },
  ];
  if (options.retryAfterSeconds !== undefined) headers.push({ name: 'retry-after', value: String(options.retryAfterSeconds) });
  const body = JSON.stringify({ type: 'about:blank', title: statusTitle(status), status, detail, incident });
  return { status, headers, body, incident, close: options.close ?? false };
}

/** The same as raw bytes, for a connection on which no parser speaks any more. Always closes. */
export function rawRefusal(refusal: Refusal): string {
  const lines = [`HTTP/1.1 ${refusal.status} ${statusTitle(refusal.status)}`];
  for (const field of refusal.headers) lines.push(`${field.name}: ${field.value}`);
  lines.push(`content-length: ${Buffer.byteLength(refusal.body)}`, 'connection: close', '', refusal.body);
  return lines.join('\r\n');
}
