import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { checkPolicy, readPolicy } from './policy-file.ts';
import { policyJsonSchema } from './policy-schema.ts';

const source = { file: 'policy.yaml', base: defaultPolicy };

function problems(text: string): string[] {
  return checkPolicy(text, source).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const full = `mode: log
modes: { attacks: block }
client: { trusted-hops: 1 }
upstreams:
  shop: { urls: [http://127.0.0.1:8080/], hosts: [Shop.example.com], health: { path: /health, every: 5s }, answer-timeout: 10s }
providers:
  idp:
    kind: jwt
    issuer: https://idp.example.com/
    audiences: [shop]
    algorithms: [RS256, ES256]
    claims: { tenant: org }
  keys: { kind: api-key, file: keys.json, field: X-Key }
leaked-credentials: [${'AB'.repeat(32)}]
lists:
  allow: [{ id: probe, match: { addresses: [10.0.0.0/8] }, because: health checks, until: 2026-12-31 }]
  deny: [{ id: net, match: { addresses: ["2001:db8::/32"] }, because: abuse, until: "2026-12-31T08:00:00Z" }]
limits:
  per-caller: { by: identity, requests: 600, window: 1m, burst: 50 }
  login: { by: account, requests: 10, window: hour, account-field: $.user, mode: log }
overload: { wait: 250ms, concurrency-max: 64 }
attacks: { categories: { xss: log }, threshold: 0.7 }
validation: { undeclared: block, mask-fields: ["$.ssn"], learned: block }
behaviour: { slow: log }
rules:
  - { id: old, match: { agents: [curl] }, because: too old, status: 410 }
  - { id: notes, match: { paths: [/notes] }, because: code is allowed here, except: ["attacks.sqli@body.$.text"] }
defaults: { authentication: [idp], body-max: 1MB, inspect-max: 64KiB }
routes:
  - { id: health, match: { paths: [/health] }, public: true }
  - { match: { paths: ["/admin/**"], methods: [POST] }, scopes: [admin], fail-mode: closed, modes: { limits: off }, write: { $.role: [] } }
canary: { share: 0.1, refused-max: 0.001, for: 1h }
`;

test('a policy reads into plain data, in milliseconds, bytes and instants', () => {
  const policy = readPolicy(full, source);
  expect(policy.mode).toBe('log');
  expect(policy.upstreams[0]).toMatchObject({
    urls: ['http://127.0.0.1:8080'],
    hosts: ['shop.example.com'],
    health: { everyMs: 5000, unhealthyAfter: 3 },
    answerTimeoutMs: 10_000,
    connectTimeoutMs: 5000,
  });
  expect(policy.providers).toMatchObject([
    { name: 'idp', kind: 'jwt', jwks: null, clockSkewSeconds: 30, claims: { subject: 'sub', tenant: 'org', scopes: 'scope', roles: null } },
    { name: 'keys', kind: 'api-key', in: 'header', field: 'x-key' },
  ]);
  expect(policy.leakedCredentials).toEqual(['ab'.repeat(32)]);
  expect(policy.lists.allow[0]?.untilMs).toBe(Date.UTC(2027, 0, 1));
  expect(policy.lists.deny[0]?.untilMs).toBe(Date.UTC(2026, 11, 31, 8));
  expect(policy.limits).toMatchObject([
    { name: 'per-caller', window: 'rolling', windowSeconds: 60, burst: 50, mode: 'block' },
    { name: 'login', window: 'hour', windowSeconds: 3600, accountField: '$.user', mode: 'log' },
  ]);
  // `learned` is said, `harmless-faults` is not and stays as it stands in the base.
  expect(policy.validation).toMatchObject({ undeclared: 'block', learned: 'block', harmlessFaults: 'log', maskFields: ['$.ssn'] });
  expect(policy.rules).toMatchObject([
    { id: 'old', mode: 'log', status: 410 },
    { id: 'notes', except: ['attacks.sqli@body.$.text'] },
  ]);
  expect(policy.defaults).toMatchObject({ authentication: ['idp'], bodyBytesMax: 1_000_000, inspectBytesMax: 65_536, failMode: 'closed' });
  expect(policy.routes[1]).toEqual({
    id: 'route-2',
    match: { paths: ['/admin/**'], methods: ['POST'] },
    scopes: ['admin'],
    failMode: 'closed',
    modes: { limits: 'off' },
    write: { '$.role': [] },
  });
  expect(policy.canary).toEqual({ share: 0.1, refusedShareMax: 0.001, forSeconds: 3600 });
});

test('what a file does not say stays as it stands in the base, and an empty file is the base', () => {
  expect(readPolicy('', source)).toEqual({ ...defaultPolicy, version: expect.stringMatching(/^d-[0-9a-f]{12}$/) });
  expect(readPolicy('attacks: { threshold: 0.9 }', source).attacks).toEqual({ categories: {}, threshold: 0.9 });
});

test('a policy is named by what it says, not by its comments', () => {
  const version = (text: string) => readPolicy(text, source).version;
  expect(version('mode: log # first\n')).toBe(version('# second\nmode:   log\n'));
  expect(version('mode: log\n')).not.toBe(version('mode: block\n'));
});

test('a security setting that is missing is refused, never guessed', () => {
  const jwt = (rest: string) => problems(`providers:\n  idp: { kind: jwt, ${rest} }\n`);
  expect(jwt('issuer: https://i.example, algorithms: [RS256]')).toEqual(['2:3 providers.idp.audiences: expected a list, found nothing']);
  expect(jwt('issuer: https://i.example, algorithms: [RS256], audiences: []')).toEqual([
    expect.stringContaining('providers.idp.audiences: expected it not to be empty'),
  ]);
  expect(jwt('audiences: [a], algorithms: [RS256]')).toEqual(['2:3 providers.idp.issuer: expected text, found nothing']);
  expect(jwt('issuer: https://i.example, audiences: [a]')).toEqual(['2:3 providers.idp.algorithms: expected a list, found nothing']);
  expect(jwt('issuer: https://i.example, audiences: [a], algorithms: [none]')[0]).toContain('expected one of RS256');
  expect(jwt('issuer: https://i.example, audiences: [a], algorithms: [RS256, HS256]')[0]).toContain('algorithms of one kind');
  expect(jwt('issuer: i, audiences: [a], algorithms: [RS256]')[0]).toContain('providers.idp.issuer: expected an https:// address');
  expect(jwt('issuer: i, audiences: [a], algorithms: [RS256], jwks: "http://keys.example/jwks"')[0]).toContain('providers.idp.jwks');
  expect(jwt('issuer: i, audiences: [a], algorithms: [RS256], jwks: "http://127.0.0.1:9/jwks"')).toEqual([]);
  expect(problems('providers: { k: { kind: introspection, address: "https://i.example/x", client-id: a } }')).toEqual([
    '1:14 providers.k.client-secret-env: expected text, found nothing',
  ]);
});

test('a name of nothing is refused with the nearest one', () => {
  expect(problems('mod: log\n')).toEqual(['1:1 mod: there is no such key; did you mean `mode`?']);
  expect(problems('routes:\n  - match: { paths: [/a] }\n    authentification: [idp]\n')).toEqual([
    '3:5 routes.0.authentification: there is no such key; did you mean `authentication`?',
  ]);
  expect(problems('limits: { login: { by: address, requests: 1, window: 1m } }\ndefaults: { limits: [logn] }\n')).toEqual([
    '2:13 defaults.limits: there is no limit logn; did you mean `login`?',
  ]);
  expect(problems('defaults: { authentication: [idp] }\n')).toEqual([
    '1:13 defaults.authentication: there is no provider idp, nor any other',
  ]);
  expect(problems('rules: [{ id: a, match: { paths: [/a] }, because: b, except: [atacks.xss] }]')[0]).toContain('did you mean `attacks`?');
});

test('an entry that would fit every request is refused', () => {
  expect(problems('lists: { allow: [{ id: a, match: {}, because: b }] }')[0]).toContain('it would fit every request');
  expect(problems('rules: [{ id: a, match: {}, because: b }]')[0]).toContain('it would fit every request');
  expect(problems('routes: [{ match: {}, public: true }]')[0]).toContain('what holds for every request is `defaults`');
});

test('demands that nobody could meet, and openness with demands, are refused', () => {
  expect(problems('defaults: { scopes: [a] }')[0]).toContain('without one nobody can prove to have them');
  const keys = 'providers: { k: { kind: api-key, file: f } }\n';
  expect(problems(`${keys}routes: [{ match: { paths: [/a] }, public: true, authentication: [k] }]`)[0]).toContain(
    'expected either this or `authentication`',
  );
});

test('values are refused with what was expected', () => {
  expect(problems('limits:\n  a: { by: address, requests: 1, window: 60 }\n')).toEqual([
    '2:34 limits.a.window: expected a duration such as 1m, or hour, day or month (calendar, UTC), found number 60',
  ]);
  expect(problems('defaults: { body-max: 1 meg }')[0]).toContain('expected a size such as 64KB, 1MB or 128KiB');
  expect(problems('lists: { deny: [{ id: a, match: { addresses: [10.0.0.1/8] }, because: b }] }')[0]).toContain(
    'without bits set behind its prefix',
  );
  expect(problems('routes: [{ match: { paths: [admin] } }]')[0]).toContain('expected a path such as /orders/{id}');
  expect(problems('routes: [{ match: { subjects: [a] } }]')[0]).toContain('there is no such key');
  expect(problems('limits: { "a b": { by: address, requests: 1, window: 1m } }')[0]).toContain(
    'a name of letters, digits, dots and dashes',
  );
  expect(problems('limits: { a: { by: account, requests: 1, window: 1m } }')[0]).toContain('expected `account-field`');
});

test('never throws when asked what is wrong with any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.array(fc.constantFrom(...full.split('\n'))).map((lines) => lines.join('\n')),
      ),
      (text) => {
        const checked = checkPolicy(text, source);
        expect((checked.policy === null) === checked.problems.length > 0).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('the published JSON Schema is the one that validates', () => {
  const published = readFileSync(new URL('../../docs/policy.schema.json', import.meta.url), 'utf8');
  expect(published).toBe(policyJsonSchema());
});
