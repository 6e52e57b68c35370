/**
 * What it costs to know who calls and whether they may: microseconds of CPU per decision, with the caller remembered and not.
 * `node bench/authenticate.ts [seconds per row]`. CPU time, so that neighbours on the machine matter less than with wall time.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorize, compileAccess } from '../src/engine/access/authorize.ts';
import type { CallerOutcome } from '../src/engine/access/caller.ts';
import type { RequestHead } from '../src/engine/http/request.ts';
import { Authenticator } from '../src/gateway/authenticate.ts';
import { CedarRules } from '../src/gateway/cedar.ts';
import { apiKeyFileText, newApiKey } from '../src/gateway/credentials/api-key-file.ts';

const milliseconds = Number(process.argv[2] ?? 1) * 1_000;
const dir = mkdtempSync(join(tmpdir(), 'stance-bench-'));
const now = Date.now;

const head = (name: string, value: string): RequestHead => ({
  method: 'GET',
  scheme: 'https',
  host: 'api.example.com',
  path: '/orders/42',
  query: 'page=2',
  headers: [
    { name: 'host', value: 'api.example.com' },
    { name: 'user-agent', value: 'bench/1' },
    { name: 'accept', value: 'application/json' },
    { name, value },
  ],
  clientAddress: '192.0.2.1',
  certificate: null,
  httpVersion: '1.1',
  tlsVersion: null,
  clientShape: null,
});

const pairs: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};

function token(algorithm: string, id: number): string {
  const seconds = Math.floor(now() / 1_000);
  const claims = {
    iss: 'i',
    aud: 'a',
    sub: `user-${id}`,
    iat: seconds,
    exp: seconds + 3_600,
    scope: 'orders:read orders:write',
    account: '42',
    id,
  };
  const input = [{ alg: algorithm, kid: algorithm, typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = pairs[algorithm]?.privateKey;
  if (key === undefined) throw new Error(algorithm);
  const signature = sign(
    algorithm === 'EdDSA' ? null : 'sha256',
    Buffer.from(input),
    algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
  );
  return `${input}.${signature.toString('base64url')}`;
}

/** Runs `step` for a while and prints the microseconds of CPU of one. */
function measure(what: string, step: (at: number) => unknown): void {
  for (let at = 0; at < 200; at++) step(at);
  const started = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let count = 0;
  while (performance.now() < until) for (let at = 0; at < 100; at++) step(count++);
  const used = process.cpuUsage(started);
  console.log(`${what.padEnd(58)} ${((used.user + used.system) / count).toFixed(2).padStart(9)} µs`);
}

function sure(outcome: CallerOutcome | Promise<CallerOutcome>): CallerOutcome {
  if (outcome instanceof Promise || outcome.kind !== 'proven') throw new Error('the caller was not proven at once');
  return outcome;
}

try {
  const keys = Object.entries(pairs).map(([alg, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid: alg, alg }));
  writeFileSync(join(dir, 'jwks.json'), JSON.stringify({ keys }));
  const apiKeys = Array.from({ length: 10_000 }, (_, at) => ({ at, ...newApiKey() }));
  const entries = apiKeys.map(({ at, prefix, sha256 }) => ({
    ...{ id: `k${at}`, prefix, sha256, subject: `s${at}`, tenant: null, scopes: [], roles: [] },
    ...{ createdMs: 0, expiresMs: null, revokedMs: null, replaces: null },
  }));
  writeFileSync(join(dir, 'keys.json'), apiKeyFileText({ schema: 'stance.api-keys/1', keys: entries }));
  const claims = { subject: 'sub', tenant: null, scopes: 'scope', roles: null };
  const by = new Authenticator(
    {
      providers: [
        {
          name: 'jwt',
          kind: 'jwt',
          issuer: 'i',
          audiences: ['a'],
          algorithms: Object.keys(pairs),
          jwks: 'jwks.json',
          clockSkewSeconds: 30,
          claims,
        },
        { name: 'keys', kind: 'api-key', in: 'header', field: 'X-Api-Key', file: 'keys.json' },
      ],
      leakedCredentials: Array.from({ length: 1_000 }, (_, at) => createHash('sha256').update(`leaked ${at}`).digest('hex')),
    },
    { dir, env: {}, now },
  );
  const jwt = ['jwt'];
  const one = head('authorization', `Bearer ${token('RS256', 0)}`);
  const caller = sure(by.authenticate(one, jwt));
  measure('JWT remembered', () => sure(by.authenticate(one, jwt)));
  const busy = Array.from({ length: 5_000 }, (_, at) => head('authorization', `Bearer ${token('EdDSA', at)}`));
  for (const each of busy) sure(by.authenticate(each, jwt));
  measure('JWT remembered, 5,000 callers in turn', (at) => sure(by.authenticate(busy[at % busy.length] ?? one, jwt)));
  for (const algorithm of Object.keys(pairs)) {
    // More tokens than are remembered, so that each is looked at anew.
    const tokens = Array.from({ length: 300 }, (_, at) => token(algorithm, at));
    const fresh = () =>
      new Authenticator(
        {
          providers: [
            {
              name: 'jwt',
              kind: 'jwt',
              issuer: 'i',
              audiences: ['a'],
              algorithms: [algorithm],
              jwks: 'jwks.json',
              clockSkewSeconds: 30,
              claims,
            },
          ],
          leakedCredentials: [],
        },
        { dir, env: {}, now },
      );
    let authenticator = fresh();
    measure(`JWT ${algorithm} not remembered`, (at) => {
      if (at % tokens.length === 0) authenticator = fresh();
      return sure(authenticator.authenticate(head('authorization', `Bearer ${tokens[at % tokens.length]}`), jwt));
    });
  }
  const forged = head('authorization', `Bearer ${token('RS256', 0).replace(/\.[^.]*$/, `.${'A'.repeat(342)}`)}`);
  measure('JWT RS256 with a forged signature', () => by.authenticate(forged, jwt));
  measure('API key among 10,000', (at) => sure(by.authenticate(head('x-api-key', apiKeys[at % 10_000]?.key ?? ''), ['keys'])));
  const simple = compileAccess({ authentication: jwt, scopes: ['orders:read'], rules: ['params.account == token.account'] });
  const input = { head: one, params: { account: '42' }, caller, body: null };
  if (authorize(simple, input).length > 0) throw new Error('the call was not allowed');
  measure('scopes and one object rule', () => authorize(simple, input));
  const rich = compileAccess({
    authentication: jwt,
    rules: [
      "params.account == token.account and (token.sub != 'x' or 'a' in caller.roles)",
      "query.page < 10 and method in ['GET', 'PUT']",
      'not has token.suspended',
    ],
  });
  measure('three rules of ten parts', () => authorize(rich, input));
  const writing = compileAccess({ write: { '$.role': ['admin'], '$.items[].price': [] } });
  const json = { items: Array.from({ length: 50 }, (_, at) => ({ id: at, name: 'x', quantity: 1 })) };
  const body = {
    kind: 'json',
    mediaType: 'application/json',
    json,
    form: null,
    parts: null,
    text: null,
    isWhole: true,
    bytes: 2_000,
    malformed: null,
  } as const;
  measure('two write rules over a body of 50 items', () => authorize(writing, { ...input, body }));
  const cedar = CedarRules.load(
    'permit (principal, action == Action::"GET", resource) when { principal.claims.account == context.params.account };',
  );
  const asked = { head: one, caller, params: input.params, template: '/orders/{account}', routeId: 'orders' };
  if (cedar.objections(asked).length > 0) throw new Error('Cedar did not permit');
  measure('one Cedar policy', () => cedar.objections(asked));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
