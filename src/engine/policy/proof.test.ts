import { expect, test } from 'vitest';
import { defaultPolicy } from './default-policy.ts';
import type { LimitPolicy, Policy } from './policy.ts';
import { judgeProof, proofDemandDefault } from './proof.ts';
import { type ReplayedRequest, ReplayTally } from './replay-report.ts';
import { stricterIn } from './stricter.ts';

const login: LimitPolicy = {
  ...{ name: 'login', by: 'address', requests: 10, windowSeconds: 60, burst: null, window: 'rolling', concurrency: null },
  ...{ accountField: null, plans: {}, planClaim: null, mode: 'block' },
};
const entry = (id: string) => ({ id, match: { paths: ['/a'] }, because: 'b', untilMs: null });

function levels(present: Partial<Policy> | null, candidate: Partial<Policy>): string[] {
  return stricterIn(present === null ? null : { ...defaultPolicy, ...present }, { ...defaultPolicy, ...candidate }).map(
    ({ level, change }) => `${level}: ${change}`,
  );
}

test('every way to refuse more is named', () => {
  const rule = { ...entry('r'), mode: 'block', status: 403 } as const;
  const { categories, threshold } = defaultPolicy.attacks;
  const cases: readonly (readonly [Partial<Policy>, Partial<Policy>, string])[] = [
    [{ mode: 'log' }, {}, 'modes.attacks: log to block'],
    [{ modes: { attacks: 'log' } }, {}, 'modes.attacks: log to block'],
    [{ defaults: { modes: { limits: 'off' } }, limits: [login] }, { limits: [login] }, 'modes.limits: off to block'],
    [{ attacks: { categories: { sqli: 'log' }, threshold } }, {}, 'attacks.categories.sqli: log to block'],
    [{}, { attacks: { categories, threshold: 0.4 } }, 'attacks.threshold: 0.5 to 0.4'],
    [{}, { validation: { ...defaultPolicy.validation, undeclared: 'block' } }, 'validation.undeclared: log to block'],
    [
      { validation: { ...defaultPolicy.validation, harmlessFaults: 'log' } },
      { validation: { ...defaultPolicy.validation, harmlessFaults: 'block' } },
      'validation.harmlessFaults: log to block',
    ],
    [
      {},
      { validation: { ...defaultPolicy.validation, learned: 'block' } },
      `validation.learned: ${defaultPolicy.validation.learned ?? 'off'} to block`,
    ],
    [{ behaviour: { ...defaultPolicy.behaviour, slow: 'log' } }, {}, 'behaviour.slow: log to block'],
    [{}, { limits: [login] }, 'limits.login: new'],
    [{ limits: [{ ...login, mode: 'log' }] }, { limits: [login] }, 'limits.login: log to block'],
    [{ limits: [login] }, { limits: [{ ...login, requests: 5 }] }, 'limits.login: 10 in 60 s to 5 in 60 s'],
    [{ limits: [login] }, { limits: [{ ...login, concurrency: 2 }] }, 'limits.login: fewer at once'],
    [{}, { lists: { allow: [], deny: [entry('d')] } }, 'lists.deny.d: new'],
    [{ lists: { allow: [entry('a')], deny: [] } }, {}, 'lists.allow.a: less or gone'],
    [{}, { rules: [rule] }, 'rules.r: new'],
    [{ rules: [{ ...rule, mode: 'log' }] }, { rules: [rule] }, 'rules.r: log to block, or more'],
    [{ rules: [{ ...rule, except: ['attacks.sqli'] }] }, {}, 'rules.r: an exception less'],
    [{}, { defaults: { authentication: ['idp'] } }, 'defaults.authentication: asks who calls, or accepts fewer'],
    [{}, { routes: [{ id: 'x', match: { paths: ['/x'] }, scopes: ['s'] }] }, 'routes.x.scopes: asks for more'],
    [
      { routes: [{ id: 'x', match: { paths: ['/x'] }, mode: 'log' }] },
      { routes: [{ id: 'x', match: { paths: ['/x'] } }] },
      'routes.x.modes.attacks: log to block',
    ],
    [{ routes: [{ id: 'x', match: { paths: ['/x'] }, public: true }] }, {}, 'routes.x.public: no longer public, with the route gone'],
  ];
  for (const [present, candidate, wanted] of cases) expect(levels(present, candidate)).toContain(wanted);
  expect(levels(null, {})).toContain('modes.attacks: off to block');
});

test('what only loosens, or only logs, asks for no proof', () => {
  expect(levels({}, {})).toEqual([]);
  expect(levels({}, { mode: 'log', limits: [login], lists: { allow: [], deny: [entry('d')] } })).toEqual([]);
  expect(levels(null, { mode: 'log' })).toEqual([]);
  expect(levels({}, { modes: { attacks: 'log' } })).toEqual([]);
  expect(levels({ limits: [login] }, { limits: [{ ...login, requests: 20 }] })).toEqual([]);
  expect(levels({ limits: [login] }, {})).toEqual([]);
  expect(levels({}, { limits: [{ ...login, mode: 'log' }] })).toEqual([]);
  expect(
    levels({ routes: [{ id: 'x', match: { paths: ['/x'] }, scopes: ['s'] }] }, { routes: [{ id: 'x', match: { paths: ['/x'] } }] }),
  ).toEqual([]);
  expect(levels({ modes: { limits: 'log' } }, { modes: { limits: 'log' }, limits: [login] })).toEqual([]);
});

function report(count: number, refusedGood: number, parts: Partial<ReplayedRequest> = {}) {
  const tally = new ReplayTally('masked', 'd-1');
  const base = { client: 'c', service: 's', method: 'GET', template: '/a', isGood: true, unknown: [] };
  for (let at = 0; at < count; at++)
    tally.add({
      ...base,
      atMs: at * 1000,
      objections: at < refusedGood ? [{ rule: 'limits.login', section: 'limits', mode: 'block' }] : [],
      ...parts,
    });
  return tally.report();
}

test('a proof needs enough traffic that could be judged, and few good requests refused', () => {
  const raise = [{ section: 'limits', level: 'limits.login', change: 'new' }] as const;
  const judge = (one: ReturnType<typeof report>) => judgeProof(raise, one, proofDemandDefault);
  expect(judge(report(5000, 5))).toMatchObject({ isEnough: true, refusedShare: 0.001 });
  expect(judge(report(5000, 6)).gaps).toEqual(['0.12 % of the good requests would be refused; at most 0.1 % may be.']);
  expect(judge(report(100, 0)).gaps).toEqual(['For limits, 100 requests could be judged of the 500 asked for.']);
  expect(judge(report(5000, 0, { unknown: [{ check: 'limits', because: 'keys were not kept' }] })).gaps).toEqual([
    'For limits, 0 requests could be judged of the 500 asked for (keys were not kept).',
  ]);
  expect(judge(report(5000, 0, { unknown: [{ check: 'attacks', because: 'no values' }] })).isEnough).toBe(true);
  expect(judge(report(0, 0)).gaps.length).toBe(3);
  expect(judge(report(5000, 0, { isGood: false })).isEnough).toBe(false);
  expect(judgeProof(raise, report(5000, 0), { ...proofDemandDefault, daysMin: 7 }).gaps).toEqual([
    'The traffic replayed covers 1 of the 7 days asked for.',
  ]);
  expect(judgeProof([], report(0, 0), proofDemandDefault).isEnough).toBe(true);
});
