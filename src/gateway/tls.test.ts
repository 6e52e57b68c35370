import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StanceError } from '../errors.ts';
import { listeningDecider, upstreamPolicy } from './decider.fixture.ts';
import { closeAll, closeLater, front, origin } from './front.fixture.ts';
import type { TlsFiles } from './tls.ts';

let folder = '';

/** Certificates are made with the system's openssl; where there is none these tests cannot run. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Makes an authority and certificates signed by it with the system's openssl. */
beforeAll(() => {
  if (!hasOpenssl) return;
  folder = mkdtempSync(join(tmpdir(), 'stance-tls-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2');
  for (const [name, subject, alt] of [
    ['one', '/CN=one', 'DNS:localhost'],
    ['two', '/CN=two', 'DNS:localhost'],
    ['client', '/O=Acme/CN=billing', 'URI:spiffe://acme.test/billing'],
  ] as const) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alt}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  }
});
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});
afterEach(closeAll);

const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const files = (change: Partial<TlsFiles> = {}): TlsFiles => ({
  certFile: at('one.pem'),
  keyFile: at('one.key'),
  clientCaFile: null,
  clientCertificate: 'ask',
  ...change,
});

function hello(port: number, options: object = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get(
      { host: '127.0.0.1', servername: 'localhost', port, ca: read('ca.pem'), agent: new Agent({ keepAlive: false }), ...options },
      (res) => {
        let text = '';
        res.on('data', (chunk) => {
          text += chunk;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }));
      },
    ).on('error', reject);
  });
}

const subjectOf = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: read('ca.pem') }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });

describe.skipIf(!hasOpenssl)('TLS in front (needs openssl)', () => {
  it('serves HTTP/1.1 and, by ALPN, HTTP/2 on one port', async () => {
    const up = await origin((req, res) => res.end(String(req.headers['x-forwarded-proto'])));
    const { decider, told } = listeningDecider();
    const started = await front({ upstreams: [upstreamPolicy([up.url])], tls: files(), decider });
    expect(await hello(started.port)).toEqual({ status: 200, text: 'https' });
    const client = connectHttp2(`https://localhost:${started.port}`, { ca: read('ca.pem'), host: '127.0.0.1' });
    closeLater(() => client.destroy());
    const status = await new Promise((resolve, reject) => {
      client.on('error', reject);
      client.request({ ':path': '/' }).on('response', (headers) => resolve(headers[':status']));
    });
    expect(status).toBe(200);
    expect(told.heads.map((head) => [head.httpVersion, head.scheme, head.tlsVersion])).toEqual([
      ['1.1', 'https', 'TLSv1.3'],
      ['2', 'https', 'TLSv1.3'],
    ]);
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const { decider, told } = listeningDecider();
    const started = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], tls: files(), decider });
    await expect(hello(started.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
    expect(told.faults.map((fault) => fault.rule)).toEqual(['protocol.tls']);
  });

  it('hands a verified client certificate to the decision, and none that is not', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    const { decider, told } = listeningDecider();
    const started = await front({ upstreams: [upstreamPolicy([up.url])], tls: files({ clientCaFile: at('ca.pem') }), decider });
    await hello(started.port, { cert: read('client.pem'), key: read('client.key') });
    await hello(started.port);
    expect(told.heads[0]?.certificate).toMatchObject({
      subject: 'CN=billing,O=Acme',
      issuer: 'CN=Test authority',
      names: ['spiffe://acme.test/billing'],
    });
    expect(told.heads[0]?.certificate?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(told.heads[0]?.certificate?.notAfterMs).toBeGreaterThan(Date.now());
    expect(told.heads[1]?.certificate).toBeNull();
  });

  it('ends a handshake without a certificate where one is demanded, and counts it', async () => {
    const { decider, told } = listeningDecider();
    const tls = files({ clientCaFile: at('ca.pem'), clientCertificate: 'demand' });
    const started = await front({ upstreams: [upstreamPolicy(['http://127.0.0.1:1'])], tls, decider });
    await expect(hello(started.port)).rejects.toThrow();
    expect(told.faults.map((fault) => fault.rule)).toEqual(['protocol.tls-certificate']);
  });

  it('takes up a renewed certificate without losing a connection, and keeps the old one when the new does not fit', async () => {
    const up = await origin((_req, res) => res.end('ok'));
    for (const part of ['pem', 'key']) cpSync(at(`one.${part}`), at(`live.${part}`));
    const reloads: (StanceError | null)[] = [];
    const tls = files({ certFile: at('live.pem'), keyFile: at('live.key') });
    const started = await front({ upstreams: [upstreamPolicy([up.url])], tls, onCertificate: (error) => void reloads.push(error) });
    const reloaded = async (count: number): Promise<void> => {
      for (let tries = 0; reloads.length < count && tries < 200; tries++) await new Promise((next) => setTimeout(next, 20));
    };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closeLater(() => agent.destroy());
    expect((await hello(started.port, { agent })).status).toBe(200);
    expect(await subjectOf(started.port)).toBe('one');

    for (const part of ['pem', 'key']) {
      cpSync(at(`two.${part}`), at(`next.${part}`));
      renameSync(at(`next.${part}`), at(`live.${part}`));
    }
    await reloaded(1);
    expect(await subjectOf(started.port)).toBe('two');
    expect((await hello(started.port, { agent })).status).toBe(200);
    expect(started.connections.size).toBeGreaterThanOrEqual(1);

    cpSync(at('one.key'), at('live.key'));
    await reloaded(2);
    expect(reloads.map((error) => error?.code ?? null)).toEqual([null, 'config-invalid']);
    expect(await subjectOf(started.port)).toBe('two');
  });

  it('does not start with a key that is not the certificate’s', async () => {
    await expect(front({ upstreams: [], tls: files({ keyFile: at('two.key') }) })).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
