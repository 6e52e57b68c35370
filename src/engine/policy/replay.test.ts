import { expect, test } from 'vitest';
import type { DecisionRecord } from '../evidence/decision.ts';
import { compilePolicy } from './compile.ts';
import type { RoutedContract } from './declared-operation.ts';
import { defaultPolicy } from './default-policy.ts';
import type { LimitPolicy, Policy, ProviderPolicy } from './policy.ts';
import { MaskedReplay, type ReplayRow } from './replay.ts';
import { refusedShare } from './replay-report.ts';

const fingerprint = (domain: string, value: string) => `${domain}:${value}`;

const idp: ProviderPolicy = {
  ...{ name: 'idp', kind: 'jwt', issuer: 'i', audiences: ['a'], algorithms: ['RS256'], jwks: null, clockSkewSeconds: 30 },
  claims: { subject: 'sub', tenant: null, scopes: 'scope', roles: null },
};
const perAddress: LimitPolicy = {
  ...{ name: 'per-address', by: 'address', requests: 10, windowSeconds: 60, burst: 4, window: 'rolling', concurrency: null },
  ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
};

/** Nothing that a masked record could not answer. */
const plain: Policy = { ...defaultPolicy, modes: { protocol: 'off', attacks: 'off', behaviour: 'off', response: 'off' } };

function row(line: string, parts: Partial<ReplayRow> = {}): ReplayRow {
  const [method = '', path = ''] = line.split(' ');
  return {
    ...{ atMs: 0, service: 'shop', method, segments: path.split('/').filter((part) => part !== ''), status: 200 },
    ...{ client: 'client:203.0.113.7', principal: null, auth: 'none', agent: 'curl', watched: [] },
    ...parts,
  };
}

function replay(
  policy: Partial<Policy>,
  rows: readonly ReplayRow[],
  contracts: readonly RoutedContract[] = [],
  records: readonly DecisionRecord[] = [],
) {
  const masked = new MaskedReplay(compilePolicy({ ...plain, ...policy }, contracts), fingerprint);
  for (const one of rows) masked.add(one);
  for (const one of records) masked.addRecord(one);
  return masked.report();
}

function record(rule: string, parts: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    ...{ atMs: 0, incident: 'S-1', outcome: 'would-block', section: 'attacks', rule, reason: 'r', place: 'query.q', alsoRules: [] },
    ...{
      method: 'GET',
      template: '/orders/{orderId}',
      service: 'shop',
      host: null,
      status: 200,
      client: 'client:203.0.113.7',
      network: null,
    },
    ...{ principal: null, agent: null, policyVersion: 'p1', allowedBy: null, count: 1 },
    ...parts,
  };
}

test('a route that asks who calls would have refused those who sent nothing, and leaves the rest open', () => {
  const policy: Partial<Policy> = {
    providers: [idp],
    routes: [{ id: 'orders', match: { paths: ['/orders/**'] }, authentication: ['idp'] }],
  };
  const report = replay(policy, [
    row('GET /orders/{int}'),
    row('GET /orders/{int}', { client: 'client:2', status: 500 }),
    row('GET /orders/{int}', { auth: 'jwt' }),
    row('GET /orders/{int}', { auth: 'basic' }),
    row('GET /orders/{int}', { auth: 'unknown' }),
    row('GET /health'),
  ]);
  expect(report).toMatchObject({ requests: 6, good: 5, refused: { requests: 3, good: 2, clients: 2 }, wholly: 4, days: 1 });
  expect(report.rules).toMatchObject([
    { rule: 'authentication.missing', mode: 'block', requests: 3, operations: [{ operation: 'GET /orders/{int}', requests: 3 }] },
  ]);
  expect(report.unknown).toEqual([
    { check: 'authentication', requests: 1, because: 'credentials are not kept, so none can be verified' },
    { check: 'authentication', requests: 1, because: 'the source does not show credentials' },
  ]);
  expect(refusedShare(report)).toBe(2 / 5);
});

test('what needs values is unknown, never passed', () => {
  const report = replay({ modes: {} }, [row('GET /orders/{int}')]);
  expect(report).toMatchObject({ refused: { requests: 0 }, wholly: 0 });
  expect(report.unknown.map(({ check }) => check)).toEqual(['attacks', 'behaviour', 'protocol', 'response']);
});

test('what a guard looked at is told by its records: with them refused, without them passed', () => {
  const watched = ['protocol', 'attacks', 'behaviour', 'response'] as const;
  const rows = [row('GET /orders/{int}', { watched }), row('GET /orders/{int}', { watched })];
  const sqli = record('attacks.sqli.union-select');
  const report = replay({ modes: {} }, rows, [], [sqli]);
  expect(report).toMatchObject({ requests: 2, wholly: 2, refused: { requests: 1, good: 1, clients: 1 }, unknown: [] });
  expect(report.operations).toMatchObject([{ template: '/orders/{orderId}', refused: 1, refusedGood: 1 }]);
  expect(replay({ modes: {}, attacks: { categories: { sqli: 'log' }, threshold: 0.5 } }, rows, [], [sqli])).toMatchObject({
    refused: { requests: 0 },
    logged: { requests: 1 },
  });
  const except = {
    id: 'e',
    match: { paths: ['/orders/*'] },
    because: 'b',
    untilMs: null,
    mode: 'block',
    status: 403,
    except: ['attacks.sqli'],
  } as const;
  expect(replay({ modes: {}, rules: [except] }, rows, [], [sqli])).toMatchObject({ refused: { requests: 0 }, logged: { requests: 0 } });
});

test('lists know single addresses and callers by their prints, and say so where they cannot know', () => {
  const entry = (id: string, match: Policy['lists']['deny'][number]['match']) => ({ id, match, because: 'b', untilMs: 100 });
  const deny = [
    entry('one', { addresses: ['203.0.113.7'] }),
    entry('who', { subjects: ['mallory'] }),
    entry('net', { addresses: ['198.51.100.0/24'] }),
  ];
  const report = replay({ lists: { allow: [], deny } }, [
    row('GET /a'),
    row('GET /a', { atMs: 100 }),
    row('GET /a', { client: 'client:198.51.100.9' }),
    row('GET /a', { client: 'client:198.51.100.9', auth: 'jwt', principal: 'principal:mallory' }),
  ]);
  expect(report.rules.map(({ rule, requests }) => [rule, requests])).toEqual([
    ['list.one', 1],
    ['list.who', 1],
  ]);
  expect(report.unknown).toMatchObject([{ check: 'list', requests: 3 }]);
});

test('an allow-list entry lets through what lists and limits would refuse', () => {
  const entry = (id: string, match: Policy['lists']['deny'][number]['match']) => ({ id, match, because: 'b', untilMs: null });
  const lists = { allow: [entry('ok', { paths: ['/a'] })], deny: [entry('all', { methods: ['GET'] })] };
  expect(replay({ lists }, [row('GET /a'), row('GET /b')]).refused.requests).toBe(1);
});

test('limits count each caller over time as they would have', () => {
  const policy: Partial<Policy> = { limits: [perAddress], defaults: { limits: ['per-address'] } };
  const rows = Array.from({ length: 20 }, (_, at) =>
    row('GET /a', { atMs: at * 100, client: at % 2 === 0 ? 'client:even' : 'client:odd' }),
  );
  const report = replay(policy, [...rows, row('GET /a', { atMs: 200_000, client: 'client:even' })]);
  expect(report.rules).toMatchObject([{ rule: 'limits.per-address', requests: 10, clients: 2 }]);
  const byTenant = replay({ limits: [{ ...perAddress, by: 'tenant' }], defaults: { limits: ['per-address'] } }, rows);
  expect(byTenant).toMatchObject({ refused: { requests: 0 }, unknown: [{ check: 'limits', requests: 20 }] });
});

test('undeclared operations are told where a specification speaks, unless a mask hides a word of it', () => {
  const shop = {
    ...{ service: 'shop', hosts: [], basePaths: [] },
    operations: [
      { method: 'GET', template: '/orders/{orderId}' },
      { method: 'GET', template: '/reports/weekly' },
    ],
  };
  const validation = { ...defaultPolicy.validation, undeclared: 'block' } as const;
  const watched = ['validation'] as const;
  const rows = [
    row('GET /orders/{int}', { watched }),
    row('PUT /orders/{int}', { watched }),
    row('GET /admin', { watched }),
    row('GET /reports/{word}', { watched }),
  ];
  const report = replay({ validation }, [...rows, row('GET /x', { service: 'other', watched })], [{ ...shop, basePaths: ['/v1'] }]);
  expect(report.rules.map(({ rule, requests }) => [rule, requests]).sort()).toEqual([
    ['validation.method', 1],
    ['validation.undeclared-operation', 1],
  ]);
  expect(report.unknown).toMatchObject([{ check: 'validation', requests: 1 }]);
});

test('a masked part of a path leaves open which route holds', () => {
  const routes = [{ id: 'admin', match: { paths: ['/users/admin'] }, mode: 'log' as const }];
  const report = replay({ routes }, [row('GET /users/{word}'), row('GET /users/me')]);
  expect(report.unknown).toMatchObject([{ check: 'route', requests: 1 }]);
  expect(report.wholly).toBe(1);
});
