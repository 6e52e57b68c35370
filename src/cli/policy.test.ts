import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessLog, stance } from './cli.fixture.ts';

const policy = `providers:
  idp: { kind: jwt, issuer: https://idp.example.com/, audiences: [shop], algorithms: [RS256], claims: { tenant: org } }
limits:
  per-caller: { by: identity, requests: 60, window: 1m, burst: 4 }
defaults: { authentication: [idp], limits: [per-caller] }
routes:
  - { id: health, match: { paths: [/health] }, public: true, limits: [] }
  - { id: admin, match: { paths: ["/admin/**"] }, scopes: [admin], modes: { authorization: log } }
  - { id: accounts, match: { paths: ["/accounts/{accountId}/**"] }, rules: ["params.accountId == token.account"] }
`;

const table = `policy: policy.yaml
specs: [openapi.yaml]
tests:
  - { request: GET /health, expect: would-block, rule: validation.undeclared-operation }
  - { request: GET /v1/orders/7, expect: block, rule: authentication.missing, status: 401 }
  - { name: only logged, request: GET /admin/users, caller: { subject: bob }, expect: would-block, rule: authorization.scope }
  - { name: own, request: GET /accounts/a1/orders, caller: { subject: bob, claims: { account: a1 } }, expect: would-block }
  - { name: not own, request: GET /accounts/a1/orders, caller: { subject: bob, claims: { account: a2 } }, expect: block, rule: authorization }
  - { name: too fast, request: GET /v1/orders/7, caller: { subject: bob }, times: 10, after: 5m, expect: block, rule: limits.per-caller }
  - { name: rested, request: GET /v1/orders/7, caller: { subject: bob }, after: 5m, expect: allow }
  - { name: script, request: "POST /v1/orders", caller: { subject: carol }, body: { note: "1' or 1=1--" }, expect: block, rule: attacks.sqli }
`;

const spec = `openapi: 3.1.0
info: { title: Orders, version: '1' }
paths:
  /v1/orders:
    post: { responses: { '201': { description: made } } }
  /v1/orders/{orderId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: integer } }]
    get: { responses: { '200': { description: ok } } }
`;

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-policy-'));
  writeFileSync(join(dir, 'policy.yaml'), policy);
  writeFileSync(join(dir, 'openapi.yaml'), spec);
  writeFileSync(join(dir, 'policy-tests.yaml'), table);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a table of decisions that hold passes, and says so line by line', async () => {
  const { code, stdout, stderr } = await stance(['policy', 'test'], { cwd: dir });
  expect([stderr, stdout]).toEqual(['', expect.stringMatching(/\n8 passed, 0 failed\n$/)]);
  expect(code).toBe(0);
});

test('a decision that differs fails the run, with the place in the table and what came instead', async () => {
  writeFileSync(
    join(dir, 'wrong.yaml'),
    'policy: policy.yaml\ntests:\n  - { request: GET /health, expect: block }\n  - { request: GET /x, expect: block, rule: limits }\n',
  );
  const { code, stdout } = await stance(['policy', 'test', 'wrong.yaml', '--json'], { cwd: dir });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    passed: 0,
    failed: 2,
    results: [
      { line: 3, difference: 'expected block, came to allow' },
      { difference: expect.stringContaining('expected the rule limits, it was authentication.missing') },
    ],
  });
});

test('a table or a policy that does not read stops with the place and exit code 2', async () => {
  writeFileSync(join(dir, 'odd.yaml'), 'tests:\n  - { request: GET x, expect: maybe }\n');
  const odd = await stance(['policy', 'test', 'odd.yaml'], { cwd: dir });
  expect(odd.code).toBe(2);
  expect(odd.stderr).toContain('odd.yaml:2:7  tests.0.request: expected a method and a path');
  expect(odd.stderr).toContain('expected one of allow, block, would-block');
  writeFileSync(join(dir, 'bad.yaml'), 'routes:\n  - { match: { paths: [/a] }, scope: [x] }\n');
  const bad = await stance(['policy', 'check', 'bad.yaml'], { cwd: dir });
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain('bad.yaml:2:31  routes.0.scope: there is no such key; did you mean `scopes`?');
  writeFileSync(join(dir, 'rule.yaml'), 'routes: [{ match: { paths: [/a] }, rules: ["params.a ==="] }]\n');
  expect((await stance(['policy', 'check', 'rule.yaml'], { cwd: dir })).code).toBe(2);
});

test('check sums a policy up and remarks what does nothing', async () => {
  writeFileSync(
    join(dir, 'idle.yaml'),
    'limits: { a: { by: address, requests: 1, window: 1m } }\nlists: { deny: [{ id: old, match: { methods: [GET] }, because: b, until: 2020-01-01 }] }\n',
  );
  const { code, stdout } = await stance(['policy', 'check', 'idle.yaml', '--json'], { cwd: dir });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    limits: 1,
    deny: 1,
    remarks: ['old has ended and does nothing.', 'The limit a is named by no route and by no defaults, so it does nothing.'],
  });
});

test('explain names the route, where each mode comes from, and what each check says, also behind a refusal', async () => {
  const args = ['policy', 'explain', 'GET', "/admin/x?q=1'%20or%201=1--", '--policy', 'policy.yaml', '--json'];
  const { code, stdout } = await stance([...args, '--claims', '{"sub":"bob"}'], { cwd: dir });
  expect(code).toBe(0);
  const explained = JSON.parse(stdout);
  expect(explained).toMatchObject({ routes: ['admin'], decision: { outcome: 'block' } });
  const check = (section: string) => explained.checks.find((one: { section: string }) => one.section === section);
  expect(check('authorization')).toMatchObject({ mode: 'log', decidedBy: 'route admin.modes', result: 'objects' });
  expect(check('attacks')).toMatchObject({ mode: 'block', result: 'objects' });
  expect(check('limits')).toMatchObject({ result: 'clear' });
  const without = JSON.parse((await stance(args, { cwd: dir })).stdout);
  const result = (section: string) => without.checks.find((one: { section: string }) => one.section === section)?.result;
  expect([result('authentication'), result('attacks')]).toEqual(['objects', 'after-refusal']);
});

test('a policy is replayed, refused without proof, applied with it, listed, shown and rolled back', async () => {
  const at = (...args: string[]) => stance([...args, '--data', join(dir, 'data')], { cwd: dir });
  writeFileSync(join(dir, 'access.log'), accessLog(1200));
  writeFileSync(join(dir, 'log.yaml'), 'mode: log\n');
  const quiet = 'modes: { attacks: log, validation: log, behaviour: log, protocol: log, response: log, overload: log }\n';
  const limited = (requests: number) =>
    `${quiet}limits: { each: { by: address, requests: ${requests}, window: 1h } }\ndefaults: { limits: [each] }\n`;
  writeFileSync(join(dir, 'tight.yaml'), limited(2));
  writeFileSync(join(dir, 'wide.yaml'), limited(5000));
  expect((await at('import', 'access.log')).code).toBe(0);

  const replayed = await at('policy', 'replay', 'tight.yaml', '--json');
  expect(JSON.parse(replayed.stdout)).toMatchObject({
    requests: 1200,
    basis: 'masked',
    rules: [{ rule: 'limits.each', mode: 'block', clients: 9 }],
  });
  expect((await at('policy', 'apply', 'log.yaml')).code).toBe(0);
  const refused = await at('policy', 'apply', 'tight.yaml');
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('of the good requests would be refused; at most 0.1 % may be');
  const dry = await at('policy', 'apply', 'wide.yaml', '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({
    applied: null,
    proof: { isEnough: true },
    stricter: [{ level: 'modes.limits' }, { level: 'limits.each' }, { level: 'defaults.limits' }],
  });
  const applied = await at('policy', 'apply', 'wide.yaml');
  expect(applied.code).toBe(0);
  expect(applied.stderr).toBe('In force: p2. Take it back with: stance policy rollback\n');
  const listed = async () =>
    JSON.parse((await at('policy', 'list', '--json')).stdout).map(({ number, state }: { number: number; state: string }) => [
      number,
      state,
    ]);
  expect(await listed()).toEqual([
    [2, 'in force'],
    [1, ''],
  ]);
  expect((await at('policy', 'show', 'p2')).stdout).toBe(limited(5000));
  expect((await at('policy', 'rollback', '--because', 'test')).stdout).toBe('In force: p1\n');
  expect(await listed()).toEqual([
    [2, ''],
    [1, 'in force'],
  ]);
  expect((await at('policy', 'rollback')).code).toBe(0);
  expect((await at('policy', 'rollback')).code).toBe(3);
}, 60_000);
