/** A real server on a real socket for tests, and a client that sends exactly what it is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, buildApp } from './app.ts';
import type { ServerParts } from './server-parts.ts';
import type { WorkspaceHost } from './workspace-pool.ts';

export const commandSecret = 'a-secret-of-the-data-folder';

/** No workspace yet: what a fresh data folder has. */
export const noWorkspaces: WorkspaceHost = {
  list: async () => [],
  open: async () => {
    throw new Error('no workspace can be opened here');
  },
  delete: async () => {},
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface TestServer {
  readonly app: App;
  readonly port: number;
  readonly dir: string;
  /** Sends `path` as it stands: no normalisation, no cookie. */
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** Opens a one-time link and calls the API as the page does. */
  signIn(): Promise<{ readonly cookie: string; readonly csrf: string; call(path: string, ask?: Ask): Promise<Answer> }>;
  close(): Promise<void>;
}

export async function startTestServer(parts: Partial<ServerParts> = {}): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'stance-server-'));
  const app = await buildApp({
    host: noWorkspaces,
    catalogue: [],
    openUpload: async () => {
      throw new Error('nothing can be uploaded here');
    },
    uploadDir: join(dir, 'tmp'),
    uploadBytesMax: 10_000_000,
    webDir: null,
    version: '0.0.0-test',
    actor: 'tester',
    commandSecret,
    hostNames: [],
    now: Date.now,
    checkAnswers: true,
    // A fault of ours in a test is wanted in full.
    log: { level: 'error', write: (line) => process.stderr.write(line) },
    ...parts,
  });
  await app.fastify.listen({ host: '127.0.0.1', port: 0 });
  const bound = app.fastify.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  app.listensOn(port, `http://127.0.0.1:${port}`);
  const ask = (path: string, given: Ask = {}) => send(port, path, given);
  return {
    app,
    port,
    dir,
    ask,
    async signIn() {
      const opened = await ask(app.link().url.replace(/^http:\/\/[^/]+/, ''));
      const cookie = (opened.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
      const session = (await ask('/api/v1/session', { headers: { cookie } })).json as { csrf: string };
      const call = (path: string, given: Ask = {}) => {
        const isText = typeof given.body === 'string';
        const headers = {
          cookie,
          'x-stance-csrf': session.csrf,
          'sec-fetch-site': 'same-origin',
          ...(isText ? { 'content-type': 'application/json' } : {}),
          ...given.headers,
        };
        return ask(`/api/v1${path}`, { ...given, headers });
      };
      return { cookie, csrf: session.csrf, call };
    },
    async close() {
      await app.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function send(port: number, path: string, { method = 'GET', headers = {}, body }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers }, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        const isJson = /json/.test(response.headers['content-type'] ?? '');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : null });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
