/** Labelled requests from disk, and each as a door would hand it to the engine. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RequestBody, RequestHead } from '../../src/engine/http/request.ts';

export interface LabelledRequest {
  readonly id: string;
  readonly source: string;
  readonly label: 'attack' | 'benign';
  readonly category: string;
  /** Where the payload sits and how it is encoded. */
  readonly ctx: string;
  readonly method: string;
  /** Path and query, one character a byte. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body: string;
}

/** @param at a folder of `*.jsonl` or `*.jsonl.gz`, or one such file */
export function readRequests(at: string, isWanted: (request: LabelledRequest) => boolean): LabelledRequest[] {
  const files = statSync(at).isDirectory() ? readdirSync(at).sort() : [path.basename(at)];
  const folder = statSync(at).isDirectory() ? at : path.dirname(at);
  const found: LabelledRequest[] = [];
  for (const file of files.filter((name) => /\.jsonl(\.gz)?$/.test(name))) {
    const bytes = readFileSync(path.join(folder, file));
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const request = JSON.parse(line) as LabelledRequest;
      if (isWanted(request)) found.push(request);
    }
  }
  return found;
}

/** `a` or `b`, by the payload's own digest in the id, so that variants of one payload share a half. */
export function halfOf(request: LabelledRequest): 'a' | 'b' {
  const group = request.id.split(':')[1] ?? request.id;
  return (createHash('sha256').update(group).digest()[0] ?? 0) % 2 === 0 ? 'a' : 'b';
}

/** The request as HTTP/1.1 delivers it. */
export function requestOf(request: LabelledRequest): { head: RequestHead; body: RequestBody } {
  const bytes = new Uint8Array(Buffer.from(request.body, 'base64'));
  const question = request.path.indexOf('?');
  const headers = request.headers.map(([name, value]) => ({ name: name.toLowerCase(), value }));
  const host = headers.find((field) => field.name === 'host')?.value ?? null;
  if (host === null) headers.push({ name: 'host', value: 'api.example.test' });
  if (bytes.length > 0 || /^(POST|PUT|PATCH)$/.test(request.method)) headers.push({ name: 'content-length', value: String(bytes.length) });
  const head: RequestHead = {
    method: request.method,
    scheme: 'http',
    host: host ?? 'api.example.test',
    path: question < 0 ? request.path : request.path.slice(0, question),
    query: question < 0 ? null : request.path.slice(question + 1),
    headers,
    clientAddress: '192.0.2.1',
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
  };
  return { head, body: { bytes, isWhole: true } };
}

/** The bytes a client would send. */
export function wireOf(request: LabelledRequest): Buffer {
  const body = Buffer.from(request.body, 'base64');
  let head = `${request.method} ${request.path} HTTP/1.1\r\n`;
  for (const [name, value] of request.headers) head += `${name}: ${value}\r\n`;
  if (!request.headers.some(([name]) => name.toLowerCase() === 'host')) head += 'Host: api.example.test\r\n';
  if (body.length > 0 || /^(POST|PUT|PATCH)$/.test(request.method)) head += `Content-Length: ${body.length}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]);
}
