import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { Authenticator } from '../authenticate.ts';
import { bearer, Clock, IdentityProvider, jwtPolicy, START_MS, signed, testKey } from './identity-provider.fixture.ts';
import { FAILURE_PAUSE_MS, QUESTIONS_MAX } from './introspection.ts';

let idp: IdentityProvider;
let clock: Clock;
let by: Authenticator;

beforeEach(async () => {
  idp = await IdentityProvider.start();
  clock = new Clock();
  by = make([policyOf()]);
});
afterEach(async () => {
  by.close();
  await idp.stop();
});

function policyOf(): ProviderPolicy {
  return {
    name: 'opaque',
    kind: 'introspection',
    address: `${idp.origin}/introspect`,
    clientId: 'guard:1',
    clientSecretEnv: 'SECRET',
    cacheSeconds: 60,
    claims: { subject: 'sub', tenant: null, scopes: 'scope', roles: null },
  };
}

function make(providers: readonly ProviderPolicy[], env: Readonly<Record<string, string>> = { SECRET: 's e/c' }): Authenticator {
  return new Authenticator({ providers, leakedCredentials: [] }, { dir: '.', env, now: clock.now });
}

const ruleOf = (outcome: CallerOutcome) => (outcome.kind === 'refused' ? outcome.rule.replace('authentication.', '') : outcome.kind);
const ask = async (token: string, wanted: readonly string[] = ['opaque']) => ruleOf(await by.authenticate(bearer(token), wanted));

describe('a token that only its issuer can read', () => {
  test('is asked about once, with our own credential, and then remembered for the time of the policy', async () => {
    const seen: string[] = [];
    idp.json('/introspect', (body, request) => {
      seen.push(`${request.headers.authorization} ${body}`);
      return { active: true, sub: 'ann', scope: 'a b' };
    });
    const outcomes = await Promise.all([by.authenticate(bearer('t.1+/='), ['opaque']), by.authenticate(bearer('t.1+/='), ['opaque'])]);
    expect(outcomes[0]).toMatchObject({ kind: 'proven', caller: { kind: 'opaque-token', subject: 'ann', scopes: ['a', 'b'] } });
    expect(seen).toEqual([
      `Basic ${Buffer.from('guard%3A1:s%20e%2Fc').toString('base64')} token=t.1%2B%2F%3D&token_type_hint=access_token`,
    ]);
    expect(by.authenticate(bearer('t.1+/='), ['opaque'])).toEqual(outcomes[1]);
    clock.ms += 60_001;
    await ask('t.1+/=');
    expect(seen).toHaveLength(2);
  });

  test('that is bound to a certificate counts with that one only', async () => {
    const certificate = { subject: 'CN=a', issuer: 'CN=ca', sha256: 'ab'.repeat(32), names: [], notAfterMs: START_MS + 1 };
    idp.json('/introspect', () => ({
      active: true,
      sub: 'ann',
      cnf: { 'x5t#S256': Buffer.from(certificate.sha256, 'hex').toString('base64url') },
    }));
    const heads = [bearer('t'), bearer('t', { certificate }), bearer('t')];
    const at = async () => (await Promise.all(heads.map((head) => by.authenticate(head, ['opaque'])))).map(ruleOf);
    expect(await at()).toEqual(['token-bound', 'proven', 'token-bound']);
    expect(await at()).toEqual(['token-bound', 'proven', 'token-bound']);
  });

  test('is not remembered beyond its own end', async () => {
    idp.json('/introspect', () => ({ active: true, sub: 'ann', exp: START_MS / 1_000 + 10 }));
    expect(await ask('t')).toBe('proven');
    clock.ms += 10_001;
    expect(await ask('t')).toBe('token-inactive');
  });

  test('is refused when it is not active, whatever else the answer says, and counts again when it is', async () => {
    for (const [at, answer] of [{ active: true }, { active: true, sub: '' }, { active: false, sub: 'ann' }].entries()) {
      idp.json('/introspect', () => answer);
      expect(await ask(`t${at}`)).toBe('token-inactive');
    }
    idp.json('/introspect', () => ({ active: true, sub: 'ann' }));
    expect(await ask('t2')).toBe('token-inactive');
    clock.ms += 10_001;
    expect(await ask('t2')).toBe('proven');
  });

  test('makes the provider unavailable when the answer is no answer', async () => {
    for (const answer of [{ active: 'true', sub: 'ann' }, { sub: 'ann' }, [], null, 'x']) {
      idp.json('/introspect', () => answer);
      expect(await ask('t')).toBe('unavailable');
      clock.ms += FAILURE_PAUSE_MS + 1;
    }
    idp.answers.set('/introspect', (_request, _body, response) => response.writeHead(401).end());
    expect(await ask('t')).toBe('unavailable');
  });

  test('is not asked about while the provider fails, more than once a second', async () => {
    idp.fail('/introspect');
    for (let at = 0; at < 50; at++) expect(await ask(`t${at}`)).toBe('unavailable');
    expect(idp.asked.get('/introspect')).toBe(1);
  });

  test('does not hold more questions open than the bound, however many tokens are made up', async () => {
    const held: (() => void)[] = [];
    idp.answers.set('/introspect', (_request, _body, response) => {
      held.push(() => response.writeHead(200).end('{"active":false}'));
    });
    const answers = Array.from({ length: QUESTIONS_MAX + 40 }, (_, at) => ask(`t${at}`));
    const release = setInterval(() => {
      for (const one of held.splice(0)) one();
    }, 20);
    const rules = await Promise.all(answers);
    clearInterval(release);
    expect(rules.filter((rule) => rule === 'unavailable')).toHaveLength(40);
    expect(idp.asked.get('/introspect')).toBe(QUESTIONS_MAX);
  });

  test('that does not even read is never sent on', async () => {
    expect(await ask('a b')).toBe('token-malformed');
    expect(await ask('a"b')).toBe('token-malformed');
    expect(idp.asked.get('/introspect')).toBeUndefined();
  });

  test('goes beside signed tokens: each is judged by the provider it is for', async () => {
    const key = await testKey('k');
    idp.publish([key]);
    idp.json('/introspect', (body) => ({ active: body.startsWith('token=opaque'), sub: 'ann' }));
    by.close();
    by = make([jwtPolicy(idp.origin), policyOf()]);
    const both = ['main', 'opaque'];
    expect(await ask('opaque-1', both)).toBe('proven');
    const claims = { iss: idp.origin, aud: 'https://api.example.com', sub: 'ann', exp: START_MS / 1_000 + 60 };
    expect(await ask(await signed(key, claims), both)).toBe('proven');
    expect(idp.asked.get('/introspect')).toBe(1);
    expect(await ask(await signed(key, { ...claims, exp: 1 }), both)).toBe('jwt-expired');
    idp.fail('/introspect');
    expect(await ask('opaque-2', both)).toBe('unavailable');
  });

  test('needs its secret in the environment, else the guard does not start', () => {
    expect(() => make([policyOf()], {})).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
