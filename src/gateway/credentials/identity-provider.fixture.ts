/** An identity provider on loopback for the tests: keys, discovery and introspection, with a count of what was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { headOf } from '../../engine/access/access.fixture.ts';
import type { HeaderList } from '../../engine/http/headers.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';

export const START_MS = 1_780_000_000_000;
export const AUDIENCE = 'https://api.example.com';

/** A clock that stands until it is moved. */
export class Clock {
  ms = START_MS;
  readonly now = () => this.ms;
}

export interface TestKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function testKey(kid: string, algorithm = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } };
}

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

export class IdentityProvider {
  readonly asked = new Map<string, number>();
  /** Answers by path. A path that is not here is 404. */
  readonly answers = new Map<string, Answer>();
  readonly #server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const path = request.url ?? '';
      this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
      const answer = this.answers.get(path);
      if (answer === undefined) response.writeHead(404).end();
      else answer(request, body, response);
    });
  });

  static async start(keys: readonly TestKey[] = []): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    provider.publish(keys);
    provider.json('/.well-known/openid-configuration', () => ({ issuer: provider.origin, jwks_uri: `${provider.origin}/jwks` }));
    return provider;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  publish(keys: readonly TestKey[]): void {
    this.json('/jwks', () => ({ keys: keys.map((key) => key.publicJwk) }));
  }

  json(path: string, value: (body: string, request: IncomingMessage) => unknown): void {
    this.answers.set(path, (request, body, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value(body, request)));
    });
  }

  fail(path: string): void {
    this.answers.set(path, (_request, _body, response) => response.writeHead(500).end());
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function claimsOf(issuer: string, parts: JWTPayload = {}): JWTPayload {
  const seconds = START_MS / 1_000;
  return { iss: issuer, aud: AUDIENCE, sub: 'ann', iat: seconds, exp: seconds + 300, ...parts };
}

export function signed(key: TestKey, claims: JWTPayload, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, kid: key.kid, ...header }).sign(key.privateKey);
}

/** A token put together by hand, for those that no library would make. */
export function handmade(header: unknown, payload: unknown, signature = ''): string {
  const text = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${text(header)}.${text(payload)}.${signature}`;
}

export function bearer(token: string, parts: Partial<RequestHead> = {}): RequestHead {
  return headOf({ headers: [{ name: 'authorization', value: `Bearer ${token}` }], ...parts });
}

export function withHeaders(headers: Readonly<Record<string, string>>, parts: Partial<RequestHead> = {}): RequestHead {
  const list: HeaderList = Object.entries(headers).map(([name, value]) => ({ name, value }));
  return headOf({ headers: list, ...parts });
}

export function jwtPolicy(
  issuer: string,
  parts: Partial<Extract<ProviderPolicy, { kind: 'jwt' }>> = {},
): Extract<ProviderPolicy, { kind: 'jwt' }> {
  return {
    name: 'main',
    kind: 'jwt',
    issuer,
    audiences: [AUDIENCE],
    algorithms: ['ES256', 'RS256'],
    jwks: `${issuer}/jwks`,
    clockSkewSeconds: 30,
    claims: { subject: 'sub', tenant: 'tenant', scopes: 'scope', roles: 'realm_access.roles' },
    ...parts,
  };
}
