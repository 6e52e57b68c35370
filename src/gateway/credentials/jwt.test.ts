import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { Authenticator } from '../authenticate.ts';
import {
  AUDIENCE,
  bearer,
  Clock,
  claimsOf,
  handmade,
  IdentityProvider,
  jwtPolicy,
  START_MS,
  signed,
  type TestKey,
  testKey,
  withHeaders,
} from './identity-provider.fixture.ts';
import { readKeySet, signatureHolds } from './jwk.ts';
import { STALE_MS_MAX, UNKNOWN_KEY_PAUSE_MS } from './jwks.ts';

let ec: TestKey;
let rsa: TestKey;
let stranger: TestKey;
let idp: IdentityProvider;
let clock: Clock;
const dir = mkdtempSync(join(tmpdir(), 'stance-jwt-'));
const open: Authenticator[] = [];

beforeAll(async () => {
  [ec, rsa, stranger] = await Promise.all([testKey('ec-1'), testKey('rsa-1', 'RS256'), testKey('ec-1')]);
});
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(async () => {
  clock = new Clock();
  idp = await IdentityProvider.start([ec, rsa]);
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await idp.stop();
});

function authenticator(
  policies: readonly ProviderPolicy[] = [jwtPolicy(idp.origin)],
  leakedCredentials: readonly string[] = [],
): Authenticator {
  const made = new Authenticator({ providers: policies, leakedCredentials }, { dir, env: {}, now: clock.now });
  open.push(made);
  return made;
}

const wanted = ['main'];
const ruleOf = (outcome: CallerOutcome) => (outcome.kind === 'refused' ? outcome.rule.replace('authentication.', '') : outcome.kind);
const ask = async (head: RequestHead, by: Authenticator = authenticator()) => ruleOf(await by.authenticate(head, wanted));

describe('a signed token', () => {
  test('that holds proves its caller, with tenant, scopes and roles, and the second time without waiting', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin, { tenant: 7, scope: 'a b', realm_access: { roles: ['admin'] } }));
    const first = await by.authenticate(bearer(token), wanted);
    expect(first).toMatchObject({
      kind: 'proven',
      caller: {
        provider: 'main',
        kind: 'jwt',
        subject: 'ann',
        tenant: '7',
        scopes: ['a', 'b'],
        roles: ['admin'],
        expiresMs: START_MS + 300_000,
      },
    });
    expect(by.authenticate(bearer(token), wanted)).toBe(first);
    expect(JSON.stringify(first)).not.toContain(token.split('.')[2]);
  });

  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'made by jose with %s holds',
    async (name) => {
      const key = await testKey('k', name);
      idp.publish([key]);
      const by = authenticator([jwtPolicy(idp.origin, { algorithms: [name] })]);
      expect(await ask(bearer(await signed(key, claimsOf(idp.origin))), by)).toBe('proven');
      const token = await signed(key, claimsOf(idp.origin, { sub: 'eve' }));
      const other = await signed(key, claimsOf(idp.origin));
      expect(await ask(bearer(`${token.slice(0, token.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`), by)).toBe(
        'jwt-signature',
      );
    },
  );

  test('is found through discovery when no key set is named', async () => {
    const by = authenticator([jwtPolicy(idp.origin, { jwks: null })]);
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin))), by)).toBe('proven');
    expect(idp.asked.get('/.well-known/openid-configuration')).toBe(1);
  });

  test('is told what is wrong with it as RFC 6750 has it, without a value of its own', async () => {
    const outcome = await authenticator().authenticate(bearer(await signed(ec, claimsOf(idp.origin, { aud: 'other-audience' }))), wanted);
    expect(outcome).toMatchObject({
      kind: 'refused',
      challenge: expect.stringMatching(/^Bearer realm="main", error="invalid_token", error_description="/),
    });
    expect(JSON.stringify(outcome)).not.toContain('other-audience');
  });
});

describe('a token is refused', () => {
  const rows: readonly (readonly [string, string, () => string | Promise<string>])[] = [
    ['with alg none', 'jwt-algorithm', () => handmade({ alg: 'none' }, claimsOf(idp.origin))],
    ['with alg None and a signature', 'jwt-algorithm', () => handmade({ alg: 'None', kid: 'ec-1' }, claimsOf(idp.origin), 'AAAA')],
    ['with alg as a list', 'jwt-malformed', () => handmade({ alg: ['ES256'] }, claimsOf(idp.origin), 'AAAA')],
    ['without alg', 'jwt-malformed', () => handmade({ kid: 'ec-1' }, claimsOf(idp.origin), 'AAAA')],
    ['with an algorithm outside the list', 'jwt-algorithm', () => handmade({ alg: 'ES384', kid: 'ec-1' }, claimsOf(idp.origin), 'AAAA')],
    [
      'with the wrong kind of key for its algorithm',
      'jwt-unknown-key',
      () => handmade({ alg: 'ES256', kid: 'rsa-1' }, claimsOf(idp.origin), 'AAAA'),
    ],
    ['signed by a stranger under a known name', 'jwt-signature', () => signed(stranger, claimsOf(idp.origin))],
    ['with its own key in the header', 'jwt-signature', () => signed(stranger, claimsOf(idp.origin), { jwk: stranger.publicJwk })],
    [
      'with its own key address in the header',
      'jwt-unknown-key',
      () => signed(stranger, claimsOf(idp.origin), { kid: 'x', jku: `${idp.origin}/evil` }),
    ],
    ['with a kid that is a path', 'jwt-unknown-key', () => signed(ec, claimsOf(idp.origin), { kid: '../../../../dev/null' })],
    ['with a kid that is SQL', 'jwt-unknown-key', () => signed(ec, claimsOf(idp.origin), { kid: "' UNION SELECT 'x" })],
    ['with a kid that is a number', 'jwt-malformed', () => handmade({ alg: 'ES256', kid: 1 }, claimsOf(idp.origin), 'AAAA')],
    ['with a kid that is very long', 'jwt-malformed', () => handmade({ alg: 'ES256', kid: 'k'.repeat(300) }, claimsOf(idp.origin), 'AAAA')],
    ['without a signature', 'jwt-signature', () => handmade({ alg: 'ES256', kid: 'ec-1' }, claimsOf(idp.origin))],
    ['with a signature of zeros', 'jwt-signature', () => handmade({ alg: 'ES256', kid: 'ec-1' }, claimsOf(idp.origin), 'A'.repeat(86))],
    ['that has ended', 'jwt-expired', () => signed(ec, claimsOf(idp.origin, { exp: START_MS / 1_000 - 31 }))],
    ['that has no end', 'jwt-no-end', () => handmade({ alg: 'ES256', kid: 'ec-1' }, { ...claimsOf(idp.origin), exp: undefined }, 'AAAA')],
    [
      'whose end is text',
      'jwt-no-end',
      () => handmade({ alg: 'ES256', kid: 'ec-1' }, { ...claimsOf(idp.origin), exp: '9999999999' }, 'AAAA'),
    ],
    [
      'whose end is beyond all numbers',
      'jwt-no-end',
      () =>
        handmade(
          { alg: 'ES256', kid: 'ec-1' },
          JSON.stringify({ ...claimsOf(idp.origin), exp: 0 }).replace('"exp":0', '"exp":1e999'),
          'AAAA',
        ),
    ],
    ['that does not count yet', 'jwt-not-yet', () => signed(ec, claimsOf(idp.origin, { nbf: START_MS / 1_000 + 31 }))],
    [
      'whose beginning is text',
      'jwt-not-yet',
      () => handmade({ alg: 'ES256', kid: 'ec-1' }, { ...claimsOf(idp.origin), nbf: '0' }, 'AAAA'),
    ],
    ['from the future', 'jwt-not-yet', () => signed(ec, claimsOf(idp.origin, { iat: START_MS / 1_000 + 31 }))],
    ['for another audience', 'jwt-audience', () => signed(ec, claimsOf(idp.origin, { aud: 'https://other.example.com' }))],
    [
      'for an audience that only begins like ours',
      'jwt-audience',
      () => signed(ec, claimsOf(idp.origin, { aud: [`${AUDIENCE}.evil.com`] })),
    ],
    [
      'without an audience',
      'jwt-audience',
      () => handmade({ alg: 'ES256', kid: 'ec-1' }, { ...claimsOf(idp.origin), aud: undefined }, 'AAAA'),
    ],
    ['of another issuer', 'jwt-issuer', () => signed(ec, claimsOf('https://evil.example.com'))],
    ['of an issuer that differs by a slash', 'jwt-issuer', () => signed(ec, claimsOf(`${idp.origin}/`))],
    [
      'with issuers in a list',
      'jwt-issuer',
      () => handmade({ alg: 'ES256', kid: 'ec-1' }, { ...claimsOf(idp.origin), iss: [idp.origin] }, 'AAAA'),
    ],
    ['that names nobody', 'jwt-no-subject', () => signed(ec, claimsOf(idp.origin, { sub: '' }))],
    ['with crit', 'jwt-extension', () => handmade({ alg: 'ES256', kid: 'ec-1', crit: ['b64'], b64: false }, claimsOf(idp.origin), 'AAAA')],
    ['of the type of a logout', 'jwt-type', () => signed(ec, claimsOf(idp.origin), { typ: 'logout+jwt' })],
    ['of the type of a DPoP proof', 'jwt-type', () => signed(ec, claimsOf(idp.origin), { typ: 'dpop+jwt' })],
    ['that is encrypted', 'jwt-malformed', () => 'a.b.c.d.e'],
    ['of one part', 'jwt-malformed', () => 'abc'],
    ['with padding', 'jwt-malformed', async () => `${await signed(ec, claimsOf(idp.origin))}==`],
    ['with a payload that is a list', 'jwt-malformed', () => handmade({ alg: 'ES256', kid: 'ec-1' }, [claimsOf(idp.origin)], 'AAAA')],
    ['with a payload that is not UTF-8', 'jwt-malformed', () => handmade({ alg: 'ES256' }, {}).replace(/\.[^.]*\.$/, '._w.AAAA')],
    ['that is longer than any real one', 'too-long', () => 'a'.repeat(20_000)],
    ['that is empty', 'jwt-malformed', () => ''],
  ];
  test.each(rows)('%s', async (_what, rule, token) => expect(await ask(bearer(await token()))).toBe(rule));
  test('in 39 rows', () => expect(rows).toHaveLength(39));

  test('with HS256 and the public RSA key as secret, in every spelling of that key, also where HS256 is allowed', async () => {
    const publicKey = createPublicKey({ key: rsa.publicJwk as never, format: 'jwk' });
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      Buffer.from(rsa.publicJwk.n ?? '', 'base64url'),
      JSON.stringify(rsa.publicJwk),
    ];
    const file = join(dir, 'rsa.json');
    writeFileSync(file, JSON.stringify({ keys: [rsa.publicJwk] }));
    const strict = authenticator();
    const lax = authenticator([jwtPolicy(idp.origin, { algorithms: ['RS256', 'HS256'], jwks: 'rsa.json' })]);
    for (const secret of secrets) {
      for (const kid of ['rsa-1', undefined]) {
        const unsigned = handmade({ alg: 'HS256', kid }, claimsOf(idp.origin)).slice(0, -1);
        const token = `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
        expect(await ask(bearer(token), strict)).toBe('jwt-algorithm');
        expect(await ask(bearer(token), lax)).toBe('jwt-unknown-key');
      }
    }
  });

  test('when any single character of a good one is changed', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin));
    expect(await ask(bearer(token), by)).toBe('proven');
    for (let at = 0; at < token.length; at += 3) {
      const changed = token[at] === 'A' ? 'B' : 'A';
      if (token[at] === '.') continue;
      expect(await ask(bearer(token.slice(0, at) + changed + token.slice(at + 1)), by)).not.toBe('proven');
    }
  });

  test('when its signature is spelled in another way, which would slip past a list of leaked ones', async () => {
    const token = await signed(ec, claimsOf(idp.origin));
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const respelled = token.slice(0, -1) + letters[letters.indexOf(token.at(-1) ?? '') + 1];
    expect(Buffer.from(respelled.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(token.split('.')[2] ?? '', 'base64url'));
    expect(await ask(bearer(respelled))).toBe('jwt-malformed');
  });

  test('by a key that is not for its algorithm, whoever asks that key', () => {
    const [key] = readKeySet({ keys: [{ kty: 'oct', k: 'A'.repeat(64) }] }, true) ?? [];
    if (key === undefined) throw new Error('did not read');
    const signature = createHmac('sha512', key.key).update('x').digest();
    expect(signatureHolds(key, 'HS512', 'x', signature)).toBe(false);
    expect(signatureHolds(key, 'HS256', 'x', createHmac('sha256', key.key).update('x').digest())).toBe(true);
  });

  test('when it is sent twice, in two places or in the query', async () => {
    const token = await signed(ec, claimsOf(idp.origin));
    const twice = { headers: [...bearer(token).headers, ...bearer(token).headers] };
    expect(await ask(bearer(token, twice))).toBe('ambiguous');
    expect(await ask(bearer(token, { query: `access_token=${token}` }))).toBe('token-in-query');
    expect(await ask(bearer(token, { query: `a=1&%61ccess_token=${token}` }))).toBe('token-in-query');
    expect(await ask(withHeaders({}, { query: `access_token=${token}` }))).toBe('token-in-query');
    expect(await ask(withHeaders({ authorization: `Bearer ${token}, Bearer ${token}` }))).toBe('jwt-malformed');
  });

  test('when its SHA-256 is on the list of leaked ones, whichever route it is for', async () => {
    const token = await signed(ec, claimsOf(idp.origin));
    const { digestOf } = await import('./verifier.ts');
    const by = authenticator(undefined, [digestOf(token).toUpperCase()]);
    expect(await ask(bearer(token), by)).toBe('leaked');
    expect(ruleOf(await by.authenticate(bearer(token), []))).toBe('leaked');
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin, { jti: '2' }))), by)).toBe('proven');
  });
});

describe('what is remembered', () => {
  test('ends with the token', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin));
    expect(await ask(bearer(token), by)).toBe('proven');
    clock.ms += 329_000;
    expect(await ask(bearer(token), by)).toBe('proven');
    clock.ms += 2_000;
    expect(await ask(bearer(token), by)).toBe('jwt-expired');
  });

  test('is bound to the whole token: same claims under another signature are looked at anew', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin));
    expect(await ask(bearer(token), by)).toBe('proven');
    const forged = await signed(stranger, claimsOf(idp.origin));
    expect(forged.slice(0, forged.lastIndexOf('.'))).toBe(token.slice(0, token.lastIndexOf('.')));
    expect(await ask(bearer(forged), by)).toBe('jwt-signature');
    expect(await ask(bearer(token), by)).toBe('proven');
  });

  test('is never taken from one provider for a route that asks for another', async () => {
    const by = authenticator([jwtPolicy(idp.origin), jwtPolicy(idp.origin, { name: 'strict', audiences: ['other'] })]);
    const token = await signed(ec, claimsOf(idp.origin));
    expect(await ask(bearer(token), by)).toBe('proven');
    expect(ruleOf(await by.authenticate(bearer(token), ['strict']))).toBe('jwt-audience');
    expect(ruleOf(await by.authenticate(bearer(token), ['strict', 'main']))).toBe('proven');
  });

  test('does not outlive the key that vouched', async () => {
    const by = authenticator();
    const next = await testKey('ec-2');
    const token = await signed(ec, claimsOf(idp.origin, { exp: START_MS / 1_000 + 36_000 }));
    expect(await ask(bearer(token), by)).toBe('proven');
    idp.publish([next, rsa]);
    clock.ms += UNKNOWN_KEY_PAUSE_MS + 1;
    expect(await ask(bearer(await signed(next, claimsOf(idp.origin))), by)).toBe('proven');
    expect(await ask(bearer(token), by)).toBe('jwt-unknown-key');
  });

  test('is let go when its key is withdrawn, though only remembered tokens come', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin, { exp: START_MS / 1_000 + 36_000 }));
    expect(await ask(bearer(token), by)).toBe('proven');
    idp.publish([rsa]);
    clock.ms += 601_000;
    await ask(bearer(token), by);
    await vi.waitFor(async () => expect(await ask(bearer(token), by)).toBe('jwt-unknown-key'));
  });
});

describe('a token that is bound to its holder', () => {
  const certificate = { subject: 'CN=a', issuer: 'CN=ca', sha256: 'ab'.repeat(32), names: [], notAfterMs: START_MS + 1 };
  const print = Buffer.from(certificate.sha256, 'hex').toString('base64url');

  test('counts with its certificate only, also when it was remembered', async () => {
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin, { cnf: { 'x5t#S256': print } }));
    const other = { ...certificate, sha256: 'cd'.repeat(32) };
    for (let turn = 0; turn < 2; turn++) {
      expect(await ask(bearer(token), by)).toBe('token-bound');
      expect(await ask(bearer(token, { certificate: other }), by)).toBe('token-bound');
      expect(await ask(bearer(token, { certificate }), by)).toBe('proven');
    }
  });

  test('does not count when the binding cannot be checked', async () => {
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': print, jkt: 'x' }, {}, 'x', null, { 'x5t#S256': '' }]) {
      const token = await signed(ec, claimsOf(idp.origin, { cnf }));
      expect(await ask(bearer(token, { certificate }))).toBe('token-bound');
    }
  });
});

test('whatever stands in Authorization and the query, the answer is an outcome and never proven', async () => {
  const by = authenticator();
  await ask(bearer(await signed(ec, claimsOf(idp.origin))), by);
  const piece = fc.constantFrom(
    'Bearer ',
    'Basic ',
    '.',
    'eyJhbGciOiJFUzI1NiJ9',
    'e30',
    '=',
    ',',
    '\t',
    '%',
    '&access_token=',
    '"',
    '\u0000',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 8, unit: 'binary' })), { maxLength: 8 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(text, text, async (authorization, query) => {
      expect(['none', 'refused']).toContain((await by.authenticate(withHeaders({ authorization }, { query }), wanted)).kind);
    }),
  );
});

describe('keys', () => {
  test('are fetched again once when a token names a new one, and its callers go through', async () => {
    const by = authenticator();
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin))), by)).toBe('proven');
    const next = await testKey('ec-2');
    idp.publish([ec, next]);
    clock.ms += UNKNOWN_KEY_PAUSE_MS + 1;
    const token = await signed(next, claimsOf(idp.origin));
    expect(await Promise.all([ask(bearer(token), by), ask(bearer(token), by)])).toEqual(['proven', 'proven']);
    expect(idp.asked.get('/jwks')).toBe(2);
  });

  test('are not fetched in a storm by a flood of made-up key names', async () => {
    const by = authenticator();
    const tokens = Array.from({ length: 500 }, (_, at) =>
      handmade({ alg: 'ES256', kid: `made-up-${at}` }, claimsOf(idp.origin), 'A'.repeat(86)),
    );
    const rules = await Promise.all(tokens.map((token) => ask(bearer(token), by)));
    expect(new Set(rules)).toEqual(new Set(['jwt-unknown-key']));
    expect(idp.asked.get('/jwks')).toBe(1);
    clock.ms += UNKNOWN_KEY_PAUSE_MS + 1;
    await Promise.all(tokens.map((token) => ask(bearer(token), by)));
    for (const token of tokens) await ask(bearer(token), by);
    expect(idp.asked.get('/jwks')).toBe(2);
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin))), by)).toBe('proven');
  });

  test('are never fetched for rubbish that no key could save', async () => {
    await ask(bearer(handmade({ alg: 'ES256', kid: 'x' }, { iss: 'elsewhere' }, 'AAAA')));
    expect(idp.asked.get('/jwks')).toBeUndefined();
  });

  test('that cannot be had make the provider unavailable, and are not asked for by every request', async () => {
    idp.fail('/jwks');
    const by = authenticator();
    const token = await signed(ec, claimsOf(idp.origin));
    for (let turn = 0; turn < 20; turn++) expect(await ask(bearer(token), by)).toBe('unavailable');
    expect(idp.asked.get('/jwks')).toBe(1);
    expect(by.problems()).toEqual([{ provider: 'main', problem: expect.stringContaining('answered 500') }]);
    idp.publish([ec]);
    clock.ms += 1_001;
    expect(await ask(bearer(token), by)).toBe('proven');
    expect(by.problems()).toEqual([]);
  });

  test('go on counting for a day while the provider is away, and not longer', async () => {
    const by = authenticator();
    const exp = START_MS / 1_000 + 400_000;
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin, { exp, jti: '1' }))), by)).toBe('proven');
    idp.fail('/jwks');
    clock.ms += STALE_MS_MAX - 1_000;
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin, { exp, jti: '2' }))), by)).toBe('proven');
    clock.ms += 2_000;
    expect(await ask(bearer(await signed(ec, claimsOf(idp.origin, { exp, jti: '3' }))), by)).toBe('unavailable');
  });

  test('are not thrown away for an empty set, a shared secret or a short RSA key', async () => {
    const short = await testKey('short', 'RS256');
    const weak = { ...short, publicJwk: { ...short.publicJwk, n: (short.publicJwk.n ?? '').slice(0, 171) } };
    for (const keys of [[], [{ kty: 'oct', k: 'A'.repeat(64), kid: 'ec-1' }], [weak.publicJwk], [{ ...ec.publicJwk, use: 'enc' }]]) {
      idp.json('/jwks', () => ({ keys }));
      expect(await ask(bearer(await signed(ec, claimsOf(idp.origin))))).toBe('unavailable');
    }
  });

  test('are not taken from a redirect, an endless answer or another issuer', async () => {
    idp.answers.set('/jwks', (_request, _body, response) => response.writeHead(302, { location: `${idp.origin}/elsewhere` }).end());
    idp.json('/elsewhere', () => ({ keys: [ec.publicJwk] }));
    const token = await signed(ec, claimsOf(idp.origin));
    expect(await ask(bearer(token))).toBe('unavailable');
    expect(idp.asked.get('/elsewhere')).toBeUndefined();
    idp.answers.set('/jwks', (_request, _body, response) =>
      response.writeHead(200).end(`{"keys":[${JSON.stringify(ec.publicJwk)}${' '.repeat(600_000)}]}`),
    );
    expect(await ask(bearer(token))).toBe('unavailable');
    idp.publish([ec]);
    const discovering = [jwtPolicy(idp.origin, { jwks: null })];
    idp.json('/.well-known/openid-configuration', () => ({ issuer: 'https://other.example.com', jwks_uri: `${idp.origin}/jwks` }));
    expect(await ask(bearer(token), authenticator(discovering))).toBe('unavailable');
    const elsewhere = await IdentityProvider.start([ec]);
    idp.json('/.well-known/openid-configuration', () => ({ issuer: idp.origin, jwks_uri: `${elsewhere.origin}/jwks` }));
    expect(await ask(bearer(token), authenticator(discovering))).toBe('unavailable');
    expect(elsewhere.asked.size).toBe(0);
    await elsewhere.stop();
  });

  test('in a file of ours may be shared secrets, and withdrawing one counts within a second', async () => {
    const k = 'c2VjcmV0'.repeat(8);
    const file = join(dir, 'shared.json');
    const policy = jwtPolicy('https://issuer.example.com', { algorithms: ['HS256'], jwks: 'shared.json' });
    writeFileSync(file, JSON.stringify({ keys: [{ kty: 'oct', k, kid: 's' }] }));
    const by = authenticator([policy]);
    const token = await new SignJWT(claimsOf(policy.issuer))
      .setProtectedHeader({ alg: 'HS256', kid: 's' })
      .sign(Buffer.from(k, 'base64url'));
    expect(await ask(bearer(token), by)).toBe('proven');
    writeFileSync(file, JSON.stringify({ keys: [{ kty: 'oct', k: 'b3RoZXIh'.repeat(9), kid: 's' }] }));
    clock.ms += 1_001;
    expect(await ask(bearer(token), by)).toBe('jwt-signature');
    const again = await new SignJWT(claimsOf(policy.issuer, { jti: '2' }))
      .setProtectedHeader({ alg: 'HS256', kid: 's' })
      .sign(Buffer.from(k, 'base64url'));
    expect(await ask(bearer(again), by)).toBe('jwt-signature');
  });
});

describe('a provider that cannot be right stops the start', () => {
  const rows: readonly (readonly [string, Parameters<typeof jwtPolicy>[1]])[] = [
    ['without an audience', { audiences: [] }],
    ['without an issuer', { issuer: '' }],
    ['without an algorithm', { algorithms: [] }],
    ['with the algorithm none', { algorithms: ['RS256', 'none'] }],
    ['with HS256 and a published key set', { algorithms: ['HS256'] }],
    ['with keys over plain http from elsewhere', { jwks: 'http://keys.example.com/jwks' }],
    ['with a password in the address', { jwks: 'https://a:b@keys.example.com/jwks' }],
    ['with a key file that is not there', { jwks: 'missing.json' }],
  ];
  test.each(rows)('%s', (_what, parts) => {
    expect(() => authenticator([jwtPolicy('https://issuer.example.com', parts)])).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
  });
});
