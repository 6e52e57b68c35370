import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { headOf } from '../../engine/access/access.fixture.ts';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { ClientCertificate, RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { Authenticator } from '../authenticate.ts';
import { type ApiKeyEntry, apiKeyFileText, newApiKey } from './api-key-file.ts';
import { CHECKS_MAX } from './basic.ts';
import { Clock, START_MS, withHeaders } from './identity-provider.fixture.ts';
import { hashPassword } from './password-hash.ts';
import { RecentMap } from './recent-map.ts';
import { digestOf } from './verifier.ts';

const dir = mkdtempSync(join(tmpdir(), 'stance-credentials-'));
afterAll(() => rmSync(dir, { recursive: true }));
let clock: Clock;
beforeEach(() => {
  clock = new Clock();
});

const make = (providers: readonly ProviderPolicy[], leakedCredentials: readonly string[] = []) =>
  new Authenticator({ providers, leakedCredentials }, { dir, env: {}, now: clock.now });
const ruleOf = (outcome: CallerOutcome) => (outcome.kind === 'refused' ? outcome.rule.replace('authentication.', '') : outcome.kind);
const ask = async (by: Authenticator, head: RequestHead, wanted: readonly string[]) => ruleOf(await by.authenticate(head, wanted));

describe('an API key', () => {
  const keys: ProviderPolicy = { name: 'keys', kind: 'api-key', in: 'header', field: 'X-Api-Key', file: 'keys.json' };
  const entryOf = (key: { prefix: string; sha256: string }, parts: Partial<ApiKeyEntry> = {}): ApiKeyEntry => ({
    id: 'k1',
    subject: 'shop',
    tenant: 't1',
    scopes: ['orders:read'],
    roles: [],
    createdMs: START_MS,
    expiresMs: null,
    revokedMs: null,
    replaces: null,
    ...parts,
    prefix: key.prefix,
    sha256: key.sha256,
  });
  const write = (...entries: readonly ApiKeyEntry[]) =>
    writeFileSync(join(dir, 'keys.json'), apiKeyFileText({ schema: 'stance.api-keys/1', keys: entries }));
  const good = newApiKey();

  test('proves its holder at once, by header or by query', () => {
    write(entryOf(good));
    const caller = { kind: 'api-key', subject: 'shop', tenant: 't1', scopes: ['orders:read'] };
    expect(make([keys]).authenticate(withHeaders({ 'x-api-key': good.key }), ['keys'])).toMatchObject({ kind: 'proven', caller });
    const byQuery = make([{ ...keys, in: 'query', field: 'key' }]);
    expect(byQuery.authenticate(headOf({ query: `a=1&key=${good.key}` }), ['keys'])).toMatchObject({ kind: 'proven', caller });
  });

  test('is refused when it is unknown, cut, longer, in other case, doubled or only its hash or prefix', async () => {
    write(entryOf(good));
    const by = make([keys]);
    const wrong = [
      good.prefix,
      good.sha256,
      `${good.prefix}_`,
      good.key.slice(0, -1),
      `${good.key}A`,
      good.key.toUpperCase(),
      newApiKey().key,
      '',
    ];
    for (const key of wrong) expect(await ask(by, withHeaders({ 'x-api-key': key }), ['keys'])).toBe('api-key-unknown');
    const twice = headOf({ headers: [1, 2].map(() => ({ name: 'x-api-key', value: good.key })) });
    expect(await ask(by, twice, ['keys'])).toBe('ambiguous');
    const byQuery = make([{ ...keys, in: 'query', field: 'key' }]);
    expect(await ask(byQuery, headOf({ query: `key=${good.key}&k%65y=x` }), ['keys'])).toBe('ambiguous');
  });

  test('is told from another one with the same prefix', async () => {
    const twin = newApiKey();
    const key = `${good.prefix}${twin.key.slice(good.prefix.length)}`;
    write(entryOf(good), entryOf({ prefix: good.prefix, sha256: digestOf(key) }, { id: 'k2', subject: 'twin' }));
    const by = make([keys]);
    const subjectOf = (outcome: unknown) => (outcome as { caller: { subject: string } }).caller.subject;
    expect(subjectOf(by.authenticate(withHeaders({ 'x-api-key': good.key }), ['keys']))).toBe('shop');
    expect(subjectOf(by.authenticate(withHeaders({ 'x-api-key': key }), ['keys']))).toBe('twin');
    const third = `${good.prefix}${newApiKey().key.slice(good.prefix.length)}`;
    expect(await ask(by, withHeaders({ 'x-api-key': third }), ['keys'])).toBe('api-key-unknown');
  });

  test('ends when it says so, and counts no more a second after it was withdrawn', async () => {
    write(entryOf(good, { expiresMs: START_MS + 5_000 }));
    const by = make([keys]);
    const head = withHeaders({ 'x-api-key': good.key });
    expect(await ask(by, head, ['keys'])).toBe('proven');
    clock.ms += 5_000;
    expect(await ask(by, head, ['keys'])).toBe('api-key-expired');
    write(entryOf(good, { revokedMs: START_MS }));
    clock.ms += 1_001;
    expect(await ask(by, head, ['keys'])).toBe('api-key-revoked');
  });

  test('goes on counting when the file is broken later, and stops the start when it is broken before', async () => {
    write(entryOf(good));
    const by = make([keys]);
    writeFileSync(join(dir, 'keys.json'), '{"keys":');
    clock.ms += 1_001;
    expect(await ask(by, withHeaders({ 'x-api-key': good.key }), ['keys'])).toBe('proven');
    expect(by.problems()).toEqual([{ provider: 'keys', problem: expect.stringContaining('it is not a list of keys') }]);
    for (const text of ['{"keys":', '{}', '[]', '{"schema":"stance.api-keys/1","keys":[{}]}']) writeFileSync(join(dir, 'keys.json'), text);
    expect(() => make([keys])).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });

  test('does not excuse another credential of the route that does not hold', async () => {
    write(entryOf(good));
    writeFileSync(join(dir, 'users'), `ann:sha256:${createHash('sha256').update('long random password').digest('hex')}\n`);
    const by = make([keys, { name: 'basic', kind: 'basic', realm: 'r', file: 'users' }]);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    const both = ['keys', 'basic'];
    expect(await ask(by, withHeaders({ 'x-api-key': good.key, authorization: basic('ann:wrong') }), both)).toBe('basic-wrong');
    expect(await ask(by, withHeaders({ 'x-api-key': good.key, authorization: basic('ann:long random password') }), both)).toBe('proven');
    expect(await ask(by, withHeaders({ 'x-api-key': 'stk_aaaaaaaa_x', authorization: basic('ann:long random password') }), both)).toBe(
      'api-key-unknown',
    );
    // What the route does not take is not looked at.
    expect(await ask(by, withHeaders({ 'x-api-key': good.key, authorization: basic('ann:wrong') }), ['keys'])).toBe('proven');
  });

  test('that leaked is refused by its SHA-256', async () => {
    write(entryOf(good));
    expect(await ask(make([keys], [good.sha256]), withHeaders({ 'x-api-key': good.key }), ['keys'])).toBe('leaked');
    expect(await ask(make([keys], [good.sha256]), withHeaders({ 'x-api-key': good.key }), [])).toBe('leaked');
  });
});

describe('nothing that the route takes', () => {
  test('is answered with a challenge for each way in, and an unknown provider is an error, not an open door', () => {
    writeFileSync(join(dir, 'users'), '');
    const by = make([
      { name: 'b', kind: 'basic', realm: 'The "shop"', file: 'users' },
      { name: 'm', kind: 'mtls', subjectFrom: 'dns', allow: [] },
    ]);
    expect(by.authenticate(headOf(), ['b', 'm'])).toEqual({
      kind: 'none',
      challenge: 'Basic realm="The shop", charset="UTF-8", Certificate realm="m"',
    });
    expect(by.authenticate(withHeaders({ authorization: 'Bearer x' }), ['b'])).toMatchObject({ kind: 'none' });
    expect(by.authenticate(headOf(), [])).toEqual({ kind: 'none' });
    expect(() => by.authenticate(headOf(), ['typo'])).toThrow('which the policy does not have');
  });
});

describe('user and password', () => {
  const basic: ProviderPolicy = { name: 'b', kind: 'basic', realm: 'shop', file: 'users' };
  const head = (pair: string) => withHeaders({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

  test('prove their user when the Argon2id hash fits, and the second time without the work', async () => {
    writeFileSync(join(dir, 'users'), `# people\nann:${await hashPassword('pässword: with colon')}\n\n`);
    const by = make([basic]);
    expect(await ask(by, head('ann:pässword: with colon'), ['b'])).toBe('proven');
    expect(by.authenticate(head('ann:pässword: with colon'), ['b'])).toMatchObject({
      kind: 'proven',
      caller: { subject: 'ann', kind: 'basic' },
    });
    for (const pair of ['ann:', 'ann:passwort', 'Ann:pässword: with colon', 'bob:pässword: with colon']) {
      expect(await ask(by, head(pair), ['b'])).toBe('basic-wrong');
    }
    for (const value of ['Basic', 'Basic !!!', 'Basic YW5u', 'Basic /////w==', `Basic ${Buffer.from(':x').toString('base64')}`]) {
      expect(await ask(by, withHeaders({ authorization: value }), ['b'])).toBe('basic-malformed');
    }
  });

  test('count no more a second after the file lost them, though they were remembered', async () => {
    writeFileSync(join(dir, 'users'), `ann:sha256:${digestOf('p')}`);
    const by = make([basic]);
    expect(await ask(by, head('ann:p'), ['b'])).toBe('proven');
    writeFileSync(join(dir, 'users'), `bob:sha256:${digestOf('p')}\n`);
    clock.ms += 1_001;
    expect(await ask(by, head('ann:p'), ['b'])).toBe('basic-wrong');
  });

  test('cannot be tried more than a few at once', async () => {
    writeFileSync(join(dir, 'users'), `ann:${await hashPassword('x')}`);
    const by = make([basic]);
    const rules = await Promise.all(Array.from({ length: CHECKS_MAX + 5 }, (_, at) => ask(by, head(`ann:${at}`), ['b'])));
    expect(rules.filter((rule) => rule === 'unavailable')).toHaveLength(5);
    expect(rules.filter((rule) => rule === 'basic-wrong')).toHaveLength(CHECKS_MAX);
  });

  test('that leaked are refused by the hash of the password alone', async () => {
    writeFileSync(join(dir, 'users'), `ann:sha256:${digestOf('p')}`);
    expect(await ask(make([basic], [digestOf('p')]), head('ann:p'), ['b'])).toBe('leaked');
  });

  test('in plain text or a weak hash stop the start', () => {
    for (const line of [
      'ann:secret',
      'ann:{SHA}abc',
      'ann',
      'ann:$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
      `ann:sha256:${digestOf('p')}\nann:sha256:${digestOf('q')}`,
    ]) {
      writeFileSync(join(dir, 'users'), line);
      expect(() => make([basic])).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    }
  });
});

describe('a client certificate', () => {
  const certificate: ClientCertificate = {
    subject: 'CN=shop,O=Example',
    issuer: 'CN=ca',
    sha256: 'a'.repeat(64),
    names: ['Shop.svc.example', 'spiffe://example/ns/shop/sa/web', 'ops@example.com'],
    notAfterMs: START_MS + 1_000,
  };
  const by = (subjectFrom: 'subject' | 'dns' | 'uri', allow: readonly string[]) => make([{ name: 'm', kind: 'mtls', subjectFrom, allow }]);
  const rows: readonly (readonly ['subject' | 'dns' | 'uri', readonly string[], string])[] = [
    ['subject', ['CN=shop,O=Example'], 'proven'],
    ['subject', ['CN=shop'], 'certificate-not-allowed'],
    ['dns', ['shop.svc.example'], 'proven'],
    ['dns', ['*.svc.example'], 'proven'],
    ['dns', ['*.example'], 'certificate-not-allowed'],
    ['dns', ['*'], 'certificate-not-allowed'],
    ['dns', ['svc.example'], 'certificate-not-allowed'],
    ['uri', ['spiffe://example/ns/shop/*'], 'proven'],
    ['uri', ['spiffe://example/ns/sho/*'], 'certificate-not-allowed'],
    ['uri', ['shop.svc.example'], 'certificate-not-allowed'],
    ['dns', [], 'proven'],
  ];
  test.each(rows)('by %s against %s: %s', async (subjectFrom, allow, rule) => {
    expect(await ask(by(subjectFrom, allow), headOf({ certificate }), ['m'])).toBe(rule);
  });

  test('that has ended, walks out of its folder or is not there proves nobody', async () => {
    expect(await ask(by('dns', []), headOf({ certificate: { ...certificate, notAfterMs: START_MS } }), ['m'])).toBe('certificate-expired');
    const walking = { ...certificate, names: ['spiffe://example/ns/shop/../admin'] };
    expect(await ask(by('uri', ['spiffe://example/ns/shop/*']), headOf({ certificate: walking }), ['m'])).toBe('certificate-not-allowed');
    expect(await ask(by('dns', []), headOf({ certificate: { ...certificate, names: [] } }), ['m'])).toBe('certificate-not-allowed');
    expect(await ask(by('dns', []), headOf(), ['m'])).toBe('none');
    expect(await ask(make([], [certificate.sha256]), headOf({ certificate }), [])).toBe('leaked');
  });
});

test('a bounded memory keeps the latest and stays bounded', () => {
  const map = new RecentMap<number>(100);
  for (let at = 0; at < 10_000; at++) {
    map.set(`k${at}`, at);
    map.get('k0');
    expect(map.size).toBeLessThanOrEqual(100);
  }
  expect(map.get('k0')).toBe(0);
  for (let at = 9_960; at < 10_000; at++) expect(map.get(`k${at}`)).toBe(at);
});
