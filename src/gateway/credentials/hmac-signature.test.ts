import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import { Authenticator } from '../authenticate.ts';
import { Clock, START_MS, withHeaders } from './identity-provider.fixture.ts';
import { LocalReplays } from './replay-memory.ts';

const dir = mkdtempSync(join(tmpdir(), 'stance-hmac-'));
afterAll(() => rmSync(dir, { recursive: true }));
const secret = 'a shared secret of forty characters or so';
const created = START_MS / 1_000;
const policy: ProviderPolicy = { name: 'signed', kind: 'hmac', file: 'hmac.json', clockSkewSeconds: 60, covered: ['x-tenant'] };
let clock: Clock;
let by: Authenticator;

function make(env: Readonly<Record<string, string>> = { KEY_1: secret }): Authenticator {
  writeFileSync(join(dir, 'hmac.json'), JSON.stringify({ keys: [{ id: 'k1', secretEnv: 'KEY_1', subject: 'partner', scopes: ['pay'] }] }));
  return new Authenticator({ providers: [policy], leakedCredentials: [] }, { dir, env, now: clock.now });
}
beforeEach(() => {
  clock = new Clock();
  by = make();
});

interface Parts {
  readonly components?: readonly string[];
  readonly parameters?: string;
  readonly key?: string;
  readonly body?: string;
  readonly head?: Partial<RequestHead>;
}

const usual = ['@method', '@authority', '@path', '@query', 'x-tenant', 'content-digest'];
const body = '{"amount":1}';
const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;

/** Signs as a client would, written from the RFC and not from our reader. */
function request({ components = usual, parameters, key = secret, body: sent = body, head = {} }: Parts = {}): RequestHead {
  const at = { method: 'POST', host: 'api.example.com', path: '/pay', query: 'a=1' as string | null, ...head };
  const fields: Record<string, string> = { 'x-tenant': 't1', 'content-length': String(sent.length), 'content-digest': digest(sent) };
  const parts: Record<string, string> = {
    '@method': at.method ?? '',
    '@authority': at.host ?? '',
    '@path': at.path ?? '',
    '@query': `?${at.query ?? ''}`,
    '@target-uri': `https://${at.host}${at.path}${at.query === null ? '' : `?${at.query}`}`,
    ...fields,
  };
  const list = `(${components.map((name) => `"${name}"`).join(' ')})`;
  const input = `${list}${parameters ?? `;created=${created};keyid="k1";alg="hmac-sha256";nonce="nonce-0001"`}`;
  const base = [...components.map((name) => `"${name}": ${parts[name]}`), `"@signature-params": ${input}`].join('\n');
  const signature = createHmac('sha256', key).update(base).digest('base64');
  return withHeaders({ ...fields, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` }, at);
}

const ruleOf = (outcome: CallerOutcome) => (outcome.kind === 'refused' ? outcome.rule.replace('authentication.', '') : outcome.kind);
const ask = async (head: RequestHead) => ruleOf(await by.authenticate(head, ['signed']));
const changed = (head: RequestHead, name: string, value: string): RequestHead => ({
  ...head,
  headers: head.headers.map((field) => (field.name === name ? { name, value } : field)),
});

describe('a signed request', () => {
  test('proves its caller, once', async () => {
    expect(by.authenticate(request(), ['signed'])).toMatchObject({
      kind: 'proven',
      caller: { kind: 'hmac', subject: 'partner', scopes: ['pay'] },
    });
    expect(await ask(request())).toBe('hmac-replayed');
    clock.ms += 60_000;
    expect(await ask(request())).toBe('hmac-replayed');
    clock.ms += 1_000;
    expect(await ask(request())).toBe('hmac-expired');
  });

  test('may name its target as one', async () => {
    expect(await ask(request({ components: ['@method', '@target-uri', 'x-tenant', 'content-digest'] }))).toBe('proven');
  });

  test('as the example B.2.5 of RFC 9421 has it is checked with its very bytes', async () => {
    const key = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
    const { signatureBase, readSignatureInput } = await import('./signature-input.ts');
    const head = withHeaders(
      {
        date: 'Tue, 20 Apr 2021 02:07:55 GMT',
        'content-type': 'application/json',
        'signature-input': 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
        signature: 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
      },
      { host: 'example.com' },
    );
    const input = readSignatureInput(head);
    if (input === null || typeof input === 'string') throw new Error('did not read');
    const base = signatureBase(head, input) ?? '';
    expect(createHmac('sha256', Buffer.from(key, 'base64')).update(base).digest('base64')).toBe(input.signature.toString('base64'));
  });

  const refusals: readonly (readonly [string, string, () => RequestHead])[] = [
    ['with another secret', 'hmac-signature', () => request({ key: 'x'.repeat(40) })],
    ['for another path', 'hmac-signature', () => ({ ...request(), path: '/refund' })],
    ['for another query', 'hmac-signature', () => ({ ...request(), query: 'a=2' })],
    ['for another host', 'hmac-signature', () => ({ ...request(), host: 'other.example.com' })],
    ['with another method', 'hmac-signature', () => ({ ...request(), method: 'PUT' })],
    ['with another tenant', 'hmac-signature', () => changed(request(), 'x-tenant', 't2')],
    [
      'with a second tenant',
      'hmac-signature',
      () => ({ ...request(), headers: [...request().headers, { name: 'x-tenant', value: 't2' }] }),
    ],
    ['with another digest', 'hmac-signature', () => changed(request(), 'content-digest', digest('{"amount":9}'))],
    ['that leaves the body out', 'hmac-uncovered', () => request({ components: usual.slice(0, 5) })],
    ['that leaves the query out', 'hmac-uncovered', () => request({ components: usual.filter((name) => name !== '@query') })],
    ['that leaves the method out', 'hmac-uncovered', () => request({ components: usual.slice(1) })],
    ['that leaves the host out', 'hmac-uncovered', () => request({ components: usual.filter((name) => name !== '@authority') })],
    ['that leaves out what the policy names', 'hmac-uncovered', () => request({ components: usual.filter((name) => name !== 'x-tenant') })],
    ['that covers nothing', 'hmac-uncovered', () => request({ components: [] })],
    ['that is too old', 'hmac-expired', () => request({ parameters: `;created=${created - 61};keyid="k1";nonce="nonce-0001"` })],
    ['from the future', 'hmac-not-yet', () => request({ parameters: `;created=${created + 61};keyid="k1";nonce="nonce-0001"` })],
    [
      'that has ended by itself',
      'hmac-expired',
      () => request({ parameters: `;created=${created};expires=${created};keyid="k1";nonce="nonce-0001"` }),
    ],
    ['without a time', 'hmac-malformed', () => request({ parameters: ';keyid="k1";nonce="nonce-0001"' })],
    ['without a nonce', 'hmac-no-nonce', () => request({ parameters: `;created=${created};keyid="k1"` })],
    [
      'with a time stated twice',
      'hmac-malformed',
      () => request({ parameters: `;created=${created};created=1;keyid="k1";nonce="nonce-0001"` }),
    ],
    ['with an unknown key', 'hmac-unknown-key', () => request({ parameters: `;created=${created};keyid="__proto__";nonce="nonce-0001"` })],
    [
      'in another algorithm',
      'hmac-malformed',
      () => request({ parameters: `;created=${created};keyid="k1";alg="none";nonce="nonce-0001"` }),
    ],
    ['with a component twice', 'hmac-malformed', () => request({ components: [...usual, '@path'] })],
    ['with a component of its own making', 'hmac-malformed', () => request({ components: [...usual, '@nothing'] })],
    ['with two signatures', 'hmac-malformed', () => changed(request(), 'signature', 'sig1=:AAAA:, sig2=:AAAA:')],
    ['with an empty signature', 'hmac-malformed', () => changed(request(), 'signature', 'sig1=::')],
    ['with a short signature', 'hmac-signature', () => changed(request(), 'signature', 'sig1=:AAAA:')],
    ['with the fields sent twice', 'hmac-malformed', () => ({ ...request(), headers: [...request().headers, ...request().headers] })],
  ];
  test.each(refusals)('is refused %s', async (_what, rule, head) => expect(await ask(head())).toBe(rule));
  test('in 28 rows', () => expect(refusals).toHaveLength(28));

  test('counts once among all who share a memory, and not at all when that memory is full or away', async () => {
    const shared = new LocalReplays();
    const sharing = () =>
      new Authenticator({ providers: [policy], leakedCredentials: [] }, { dir, env: { KEY_1: secret }, now: clock.now, replays: shared });
    const first = sharing();
    by = sharing();
    expect(ruleOf(await first.authenticate(request(), ['signed']))).toBe('proven');
    expect(await ask(request())).toBe('hmac-replayed');
    const remote = { take: async () => 'full' as const };
    by = new Authenticator(
      { providers: [policy], leakedCredentials: [] },
      { dir, env: { KEY_1: secret }, now: clock.now, replays: remote },
    );
    expect(await ask(request())).toBe('unavailable');
  });

  test('is not used up by a forged copy of it', async () => {
    expect(await ask(request({ key: 'x'.repeat(40) }))).toBe('hmac-signature');
    expect(await ask(request())).toBe('proven');
  });

  test('holds for the body that was signed and for no other', () => {
    const head = request();
    const outcome = by.authenticate(head, ['signed']) as CallerOutcome;
    const judge = (text: string, isWhole = true) =>
      by.bodyObjections(head, outcome, { bytes: Buffer.from(text), isWhole }).map((one) => one.status);
    expect(judge(body)).toEqual([]);
    expect(judge('{"amount":9}')).toEqual([401]);
    expect(judge(body, false)).toEqual([401]);
    const bare = { ...head, headers: head.headers.filter((field) => field.name !== 'content-digest') };
    expect(by.bodyObjections(bare, outcome, { bytes: Buffer.from(body), isWhole: true })).toHaveLength(1);
  });

  test('needs a secret that is long and set, else the guard does not start', () => {
    expect(() => make({})).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    expect(() => make({ KEY_1: 'short' })).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
