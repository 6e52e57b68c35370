/**
 * An upstream that is weak on purpose, so that real attack tools have something to win: SQL built from text, files by name,
 * a login without limit, text echoed into a page. Loopback only; it holds nothing but what it makes up itself.
 *
 *   node bench/guard-tools/weak-upstream.ts PORT     at SIGTERM it prints how many requests reached it
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const bodyBytesMax = 65_536;
const port = Number(process.argv[2] ?? 19080);
const files = mkdtempSync(join(tmpdir(), 'weak-upstream-'));
writeFileSync(join(files, 'readme.txt'), 'Welcome.');

const database = new DatabaseSync(':memory:');
database.exec(`CREATE TABLE items (id INTEGER, name TEXT); CREATE TABLE secrets (id INTEGER, token TEXT);
  INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO secrets VALUES (1, 'made-up-token-1'), (2, 'made-up-token-2');`);
const passwords = new Map([
  ['admin', 'P@ssw0rd'],
  ['alice', 'dragon'],
]);
/** What a content discovery tool may find. */
const hidden = new Set(['/admin', '/backup.zip', '/.git/config', '/server-status', '/config', '/test', '/old', '/console', '/debug']);

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const json = (status: number, value: unknown): Answer => ({ status, type: 'application/json', text: JSON.stringify(value) });

function answer(method: string, url: URL, body: string): Answer {
  const { pathname, searchParams } = url;
  if (pathname === '/api/v1/items') {
    try {
      return json(200, database.prepare(`SELECT id, name FROM items WHERE id = ${searchParams.get('id') ?? '1'}`).all());
    } catch (error) {
      return json(500, { error: `SQLite: ${(error as Error).message}` });
    }
  }
  if (pathname === '/api/v1/search') return { status: 200, type: 'text/html', text: `<p>Results for ${searchParams.get('q') ?? ''}</p>` };
  if (pathname === '/api/v1/files') {
    try {
      return {
        status: 200,
        type: 'text/plain',
        text: readFileSync(join(files, searchParams.get('name') ?? 'readme.txt'), 'utf8').slice(0, 4096),
      };
    } catch {
      return json(404, { error: 'no such file' });
    }
  }
  if (pathname === '/login' && method === 'POST') {
    const fields = body.startsWith('{') ? new Map(Object.entries(jsonOf(body))) : new Map(new URLSearchParams(body));
    const known = passwords.get(String(fields.get('username')));
    return known !== undefined && known === fields.get('password') ? json(200, { ok: true, result: 'ok' }) : json(403, { error: 'wrong' });
  }
  if (pathname === '/' || pathname === '/small' || hidden.has(pathname)) return json(200, { ok: true });
  return json(404, { error: 'not found' });
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

let reached = 0;
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ reached })}\n`, () => process.exit(0));
});

http
  .createServer((request, response) => {
    reached++;
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
    });
    request.on('end', () => {
      const url = URL.parse(request.url ?? '/', 'http://weak.test') ?? new URL('http://weak.test/');
      const { status, type, text } = answer(request.method ?? 'GET', url, Buffer.concat(chunks).toString('latin1'));
      response.writeHead(status, { 'content-type': type, 'x-stance-upstream': '1', 'content-length': Buffer.byteLength(text) });
      response.end(request.method === 'HEAD' ? undefined : text);
    });
  })
  .listen(port, '127.0.0.1', () => process.stdout.write(`weak upstream on 127.0.0.1:${port}\n`));
