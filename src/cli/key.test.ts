import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Authenticator } from '../gateway/authenticate.ts';
import { withHeaders } from '../gateway/credentials/identity-provider.fixture.ts';
import { type Ran, stance } from './cli.fixture.ts';

let dir: string;
const made: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-key-'));
  made.push(dir);
});
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true });
});

const run = (...args: readonly string[]): Promise<Ran> => stance(['key', ...args], { cwd: dir });
const json = async (...args: readonly string[]) =>
  JSON.parse((await run(...args, '--json')).stdout) as { key: string; id: string; prefix: string };
const outcomeOf = (key: string, now = Date.now()) => {
  const provider = { name: 'keys', kind: 'api-key', in: 'header', field: 'X-Api-Key', file: 'stance-keys.json' } as const;
  const by = new Authenticator({ providers: [provider], leakedCredentials: [] }, { dir, env: {}, now: () => now });
  const outcome = by.authenticate(withHeaders({ 'x-api-key': key }), ['keys']);
  if (outcome instanceof Promise) throw new Error('keys are looked up at once');
  return outcome.kind === 'refused' ? outcome.rule : outcome.kind;
};

describe('stance key', () => {
  test('makes a key that the guard takes, shows it once and keeps no trace of it', async () => {
    const created = await run('create', '--subject', 'shop', '--scope', 'orders:read', 'orders:write', '--until', '2099-01-01');
    expect(created.code).toBe(0);
    const key = /stk_[a-z2-9]{8}_[\w-]{43}/.exec(created.stdout)?.[0] ?? '';
    expect(outcomeOf(key)).toBe('proven');
    expect(outcomeOf(key, Date.UTC(2099, 0, 2))).toBe('authentication.api-key-expired');
    const text = readFileSync(join(dir, 'stance-keys.json'), 'utf8');
    expect(text).not.toContain(key.slice(13));
    expect(statSync(join(dir, 'stance-keys.json')).mode & 0o777).toBe(0o600);
    const list = await run('list');
    expect(list.stdout).toContain('orders:read orders:write');
    expect(list.stdout).not.toContain(key.slice(13));
    expect((await run('list', '--json')).stdout).not.toContain('sha256');
  });

  test('rotates with an overlap, in which both keys count, and then only the new one', async () => {
    const old = await json('create', '--subject', 'shop');
    const next = await json('rotate', old.id, '--overlap', '2');
    expect([outcomeOf(old.key), outcomeOf(next.key)]).toEqual(['proven', 'proven']);
    const later = Date.now() + 2 * 86_400_000 + 1_000;
    expect([outcomeOf(old.key, later), outcomeOf(next.key, later)]).toEqual(['authentication.api-key-expired', 'proven']);
    expect((await run('list')).stdout).toMatch(new RegExp(`${old.id}.*ending`));
  });

  test('withdraws a key at once, by id, prefix or the key, and a withdrawn one is not rotated', async () => {
    for (const name of ['id', 'prefix', 'key'] as const) {
      const created = await json('create', '--subject', 'shop');
      expect((await run('revoke', created[name])).code).toBe(0);
      expect(outcomeOf(created.key)).toBe('authentication.api-key-revoked');
      expect((await run('rotate', created.id)).code).not.toBe(0);
    }
  });

  test('tells what is wrong and changes nothing', async () => {
    expect((await run('list')).code).toBe(2);
    expect((await run('create')).code).toBe(2);
    expect((await run('create', '--subject', 'a', '--until', '2001-01-01')).code).toBe(2);
    expect((await run('create', '--subject', '')).code).toBe(2);
    await run('create', '--subject', 'a');
    const before = readFileSync(join(dir, 'stance-keys.json'), 'utf8');
    expect((await run('revoke', 'nothing')).code).toBe(2);
    expect((await run('rotate', JSON.parse(before).keys[0].id, '--overlap', 'x')).code).toBe(2);
    writeFileSync(join(dir, 'stance-keys.json.lock'), '');
    expect((await run('create', '--subject', 'b')).code).toBe(5);
    expect(readFileSync(join(dir, 'stance-keys.json'), 'utf8')).toBe(before);
  });

  test('makes the line of a user that the guard takes', async () => {
    const { stdout, code } = await stance(['key', 'password', 'ann'], { cwd: dir, stdin: 'a good password\n' });
    expect(code).toBe(0);
    writeFileSync(join(dir, 'users'), stdout);
    const provider = { name: 'b', kind: 'basic', realm: 'r', file: 'users' } as const;
    const by = new Authenticator({ providers: [provider], leakedCredentials: [] }, { dir, env: {}, now: Date.now });
    const head = withHeaders({ authorization: `Basic ${Buffer.from('ann:a good password').toString('base64')}` });
    expect(await by.authenticate(head, ['b'])).toMatchObject({ kind: 'proven', caller: { subject: 'ann' } });
    expect((await stance(['key', 'password', 'a:b'], { cwd: dir, stdin: 'x' })).code).toBe(2);
  });
});
