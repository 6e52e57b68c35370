/** Runs the real command as its own process, the way a script or a CI job does. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const main = resolve(import.meta.dirname, 'main.ts');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Standard output is a pipe, so the answer is what a program reads. */
export function stance(args: readonly string[], { cwd, env = {}, stdin }: RunOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
    // A command that does not read its input may be gone before it is written.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin ?? '');
  });
}

/** A day of calls in JSON lines: declared, undeclared, with noise. */
export function accessLog(lines = 200): string {
  const text: string[] = [];
  for (let at = 0; at < lines; at++) {
    const time = new Date(Date.UTC(2026, 0, 5, 10, 0, at * 11)).toISOString();
    const call =
      at % 5 === 0
        ? { method: 'POST', uri: '/v1/orders', status: 201 }
        : at % 7 === 0
          ? { method: 'DELETE', uri: `/v1/orders/${1000 + at}`, status: 204 }
          : { method: 'GET', uri: `/v1/orders/${1000 + at}`, status: 200 };
    text.push(
      JSON.stringify({ time, ...call, remote_addr: `192.0.2.${at % 9}`, host: 'api.acme.example', request_time: 0.02, bytes_sent: 120 }),
    );
  }
  return `${text.join('\n')}\n`;
}

export const ordersSpec = `openapi: 3.1.0
info: { title: Orders, version: '1' }
servers: [{ url: https://api.acme.example }]
security: [{ key: [] }]
paths:
  /v1/orders:
    get: { responses: { '200': { description: ok } } }
    post: { responses: { '201': { description: made } } }
  /v1/orders/{orderId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: integer } }]
    get: { responses: { '200': { description: ok } } }
components: { securitySchemes: { key: { type: apiKey, in: header, name: x-api-key } } }
`;
