/** Writing an answer to the client, in either version of HTTP, and naming why there was none. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { HeaderList } from '../engine/http/headers.ts';
import { isNamed } from './upstream-fields.ts';

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;
/** Fields or trailers of an answer as undici hands them over, names in lower case. */
export type AnswerFields = Readonly<Record<string, string | string[] | undefined>>;

/** Fields of an answer that end here (RFC 9110 section 7.6.1). */
const hopFields = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'http2-settings',
]);
/** Digests over a body that was changed are wrong, and so is its length. */
const bodyFields = new Set(['content-md5', 'digest', 'content-digest', 'repr-digest', 'content-length']);
/** Fields that would change how an answer is read after it was read (RFC 9110 section 6.5.1). */
const trailerForbidden = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'content-encoding',
  'content-type',
  'connection',
  'set-cookie',
]);
/** Up to here a body is cheaper to write as one string with its head than as a second buffer. */
const ONE_WRITE_BYTES_MAX = 8 * 1024;

/** Names and values alternating: the upstream's fields without what ends here, `added` in place of any of the same name. */
export function answerFields(fields: AnswerFields, added: HeaderList): string[] {
  const flat: string[] = [];
  for (const name in fields) {
    const value = fields[name];
    // A length beside chunks, or one that is no number, would tell the client another end than the one we read (RFC 9112 section 6.3).
    if (name === 'content-length' && answerLength(fields) < 0) continue;
    if (value === undefined || hopFields.has(name) || (added.length > 0 && isNamed(name, added))) continue;
    if (typeof value === 'string') flat.push(name, value);
    else for (const one of value) flat.push(name, one);
  }
  for (const field of added) flat.push(field.name, field.value);
  return flat;
}

/** Octets announced by an answer; -1 = none, none that counts, or not a number. */
export function answerLength(fields: AnswerFields): number {
  if (fields['transfer-encoding'] !== undefined) return -1;
  const value = fields['content-length'];
  return typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : -1;
}

/** The same fields for a body that was changed; `length` null = not known beforehand. */
export function withoutBodyFields(flat: readonly string[], length: number | null): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] ?? '';
    if (!bodyFields.has(name)) kept.push(name, flat[at + 1] ?? '');
  }
  if (length !== null) kept.push('content-length', String(length));
  return kept;
}

/** Alternating names and values as a list of fields. */
export function fieldList(flat: readonly string[]): HeaderList {
  const list: { readonly name: string; readonly value: string }[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) list.push({ name: flat[at] ?? '', value: flat[at + 1] ?? '' });
  return list;
}

export function isHttp2(res: Outgoing): res is Http2ServerResponse {
  return 'stream' in res;
}

export function writeHead(res: Outgoing, status: number, fields: string[]): void {
  if (isHttp2(res)) res.writeHead(status, byName(fields));
  else {
    // The upstream's own date stands, if it sent one.
    res.sendDate = false;
    res.writeHead(status, fields);
  }
}

/** HTTP/2 takes an object; fields sent more than once become a list. */
function byName(fields: readonly string[]): Record<string, string | string[]> {
  const list: Record<string, string | string[]> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? '';
    const value = fields[at + 1] ?? '';
    const known = list[name];
    list[name] = known === undefined ? value : typeof known === 'string' ? [known, value] : [...known, value];
  }
  return list;
}

/** @returns false when the client reads more slowly than it is written to: wait for `drain` */
export function writeChunk(res: Outgoing, chunk: Buffer): boolean {
  return isHttp2(res) ? res.write(chunk) : res.write(chunk);
}

/** Ends with the last chunk. @param isWhole whether it is also the first, so that nothing was written yet */
export function endWith(res: Outgoing, chunk: Buffer, isWhole: boolean): void {
  if (isHttp2(res)) res.end(chunk);
  else if (isWhole && chunk.length <= ONE_WRITE_BYTES_MAX) res.end(chunk.toString('latin1'), 'latin1');
  else res.end(chunk);
}

/** An event stream sends its head long before its first event, and the client waits for it. */
export function flushHead(res: Outgoing): void {
  if (!isHttp2(res)) res.flushHeaders();
}

export function addTrailers(res: Outgoing, trailers: AnswerFields): void {
  for (const name in trailers) {
    const value = trailers[name];
    if (value === undefined || trailerForbidden.has(name)) continue;
    if (isHttp2(res)) res.addTrailers({ [name]: value });
    else res.addTrailers([[name, String(value)]]);
  }
}

/** Failure words of `ExchangeEnd`, from what undici and the socket say. */
export function failureOf(error: Error): 'upstream-timeout' | 'upstream-refused' | 'upstream-reset' | 'upstream-broken' {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'upstream-timeout';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENOTFOUND')
    return 'upstream-refused';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'upstream-reset';
  return 'upstream-broken';
}
