import { describe, expect, it } from 'vitest';
import { controlOf } from './catalogue.ts';
import type { Facts, UnitResult } from './control.ts';
import { dayMs, hourMs } from './date.ts';
import { factsWith, nowMs, operationWith, sourceWith, trafficWith } from './facts.fixture.ts';
import { decidedCalls, guardSettings, guardWith, jwtWith, limitWith } from './guard-facts.fixture.ts';
import type { GuardedOperation, GuardFacts } from './guard-facts.ts';

type Guarded = Partial<GuardedOperation>;
type Row = readonly [control: string, expected: UnitResult['state'], what: string, guarded: Guarded, parts?: Partial<GuardFacts>];

const orders = operationWith('op_orders', {
  method: 'POST',
  auth: { declared: null, seen: { jwt: 9 }, judged: 0, okWithout: 0, okJudged: 0 },
});
const login = operationWith('op_login', { method: 'POST', template: '/v1/login' });
const asks = { asksForCaller: true, providers: [jwtWith()] };

function unitOf(control: string, facts: Facts, unit: string): UnitResult {
  const answer = controlOf(control).test?.(facts) ?? [];
  const found = 'notApplicable' in answer ? undefined : answer.find((one) => one.unit === unit);
  if (found === undefined) throw new Error(`${control} says nothing of ${unit}`);
  return found;
}

function judge(control: string, guarded: Guarded, parts: Partial<GuardFacts> = {}): UnitResult {
  const operation = control === 'TEC-26' ? login : orders;
  const facts = factsWith({ operations: [operation], guard: guardWith({ [operation.id]: guarded }, parts) });
  return unitOf(control, facts, operation.id);
}

const rows: readonly Row[] = [
  ['TEC-18', 'met', 'the guard asks for a credential and blocks', { settings: guardSettings(asks) }],
  ['TEC-18', 'part', 'the guard asks and only logs', { settings: guardSettings(asks, { authentication: 'log' }) }],
  ['TEC-18', 'part', 'calls pass when the guard cannot decide', { settings: guardSettings({ ...asks, failMode: 'open' }) }],
  ['TEC-18', 'unknown', 'authentication is off', { settings: guardSettings(asks, { authentication: 'off' }) }],
  ['TEC-18', 'unknown', 'the guard asks for nothing', { settings: guardSettings() }],
  ['TEC-18', 'unknown', 'the policy of the guard is not kept', { settings: null }],
  ['TEC-18', 'unknown', 'no call passed the guard for two days', { settings: guardSettings(asks), seenMs: nowMs - 2 * dayMs }],
  ['TEC-18', 'unknown', 'no worker is alive', { settings: guardSettings(asks) }, { alive: 0 }],

  ['TEC-21', 'met', 'tokens are checked by issuer and audience', { settings: guardSettings(asks) }],
  ['TEC-21', 'part', 'an expired token is taken for ten minutes', { settings: guardSettings({ ...asks, providers: [jwtWith(600)] }) }],
  ['TEC-21', 'part', 'wrong tokens are only logged', { settings: guardSettings(asks, { authentication: 'log' }) }],
  ['TEC-21', 'part', 'tokens pass unchecked when keys cannot be had', { settings: guardSettings({ ...asks, failMode: 'open' }) }],

  ['TEC-25', 'met', 'a limit by caller blocks', { settings: guardSettings({ limits: [limitWith()] }) }],
  ['TEC-25', 'part', 'a limit by caller only logs', { settings: guardSettings({ limits: [limitWith({ mode: 'log' })] }) }],
  ['TEC-25', 'part', 'limits as a whole only log', { settings: guardSettings({ limits: [limitWith()] }, { limits: 'log' }) }],
  ['TEC-25', 'part', 'one bucket serves all callers', { settings: guardSettings({ limits: [limitWith({ by: 'route' })] }) }],
  ['TEC-25', 'unknown', 'the guard has no limit here', { settings: guardSettings() }],
  ['TEC-25', 'unknown', 'limits are off', { settings: guardSettings({ limits: [limitWith()] }, { limits: 'off' }) }],

  ['TEC-26', 'met', 'tries are limited by account', { settings: guardSettings({ limits: [limitWith({ by: 'account' })] }) }],
  ['TEC-26', 'part', 'guessing by one client is stopped, sprays are not counted', { settings: guardSettings() }],
  ['TEC-26', 'unknown', 'guessing is not watched and nothing is limited', { settings: guardSettings({ guessing: 'off' }) }],

  ['TEC-27', 'met', 'long bodies are refused in the path', { settings: guardSettings() }],
  [
    'TEC-27',
    'unknown',
    'the guard is only asked beside another gateway',
    { settings: guardSettings() },
    { doors: ['forward-auth 127.0.0.1:7790'] },
  ],
  ['TEC-27', 'unknown', 'bodies have no bound', { settings: guardSettings({ bodyBytesMax: null }) }],

  ['TEC-31', 'met', 'attacks are blocked, and were', { settings: guardSettings(), decided: [decidedCalls('attacks.sqli')] }],
  ['TEC-31', 'part', 'attacks are blocked, and none was met', { settings: guardSettings() }],
  [
    'TEC-31',
    'part',
    'attacks are only logged',
    { settings: guardSettings({}, { attacks: 'log' }), decided: [decidedCalls('attacks.sqli', { outcome: 'would-block' })] },
  ],
  [
    'TEC-31',
    'part',
    'one kind of attack passes',
    { settings: guardSettings({ weakCategories: ['xss'] }), decided: [decidedCalls('attacks.sqli')] },
  ],
];

describe('what a guard proves of an operation', () => {
  for (const [control, expected, what, guarded, parts] of rows) {
    it(`${control} is ${expected} when ${what}`, () => {
      expect(judge(control, guarded, parts).state).toBe(expected);
    });
  }

  it('counts as observed once it refused something for that very reason, and as configured before', () => {
    const settings = guardSettings({ limits: [limitWith()] });
    expect(judge('TEC-25', { settings }).grade).toBe('configured');
    expect(judge('TEC-25', { settings, decided: [decidedCalls('limits.other')] }).grade).toBe('configured');
    expect(judge('TEC-25', { settings, decided: [decidedCalls('limits.callers', { lastMs: nowMs - 3 * dayMs })] }).grade).toBe(
      'configured',
    );
    expect(judge('TEC-25', { settings, decided: [decidedCalls('limits.callers')] })).toMatchObject({
      grade: 'observed',
      evidence: expect.arrayContaining(['decision:S-000000000001']),
    });
  });

  it('does not outweigh calls that were answered without a credential', () => {
    const open = { ...orders, auth: { declared: null, seen: {}, judged: 80, okWithout: 3, okJudged: 80 } };
    const facts = factsWith({ operations: [open], guard: guardWith({ [open.id]: { settings: guardSettings(asks) } }) });
    expect(unitOf('TEC-18', facts, open.id).state).toBe('failing');
  });

  it('does not outweigh a burst that nobody slowed', () => {
    const hit = { ...orders, traffic: trafficWith({ peakPerCallerMinute: 5_000 }) };
    const facts = factsWith({ operations: [hit], guard: guardWith({ [hit.id]: { settings: guardSettings({ limits: [limitWith()] }) } }) });
    expect(unitOf('TEC-25', facts, hit.id).state).toBe('failing');
  });

  it('says nothing of the operations that do not pass it', () => {
    const other = operationWith('op_other', { method: 'POST' });
    const facts = factsWith({
      operations: [orders, other],
      guard: guardWith({ [orders.id]: { settings: guardSettings(), decided: [decidedCalls('attacks.sqli')] } }),
    });
    expect(unitOf('TEC-31', facts, orders.id).state).toBe('met');
    expect(unitOf('TEC-31', facts, other.id).state).toBe('unknown');
    // What share of attacks is refused takes a set of them.
    expect(unitOf('TEC-31', facts, 'organisation:attack-set').state).toBe('unknown');
  });
});

describe('throttling of good callers', () => {
  const fair = (throttled: GuardFacts['throttled'], parts: Partial<GuardFacts> = {}) =>
    unitOf('TEC-28', factsWith({ guard: guardWith({}, { throttled, ...parts }) }), 'organisation:throttled-callers').state;

  it('is fair when even all refusals together are below one in a thousand', () => {
    expect(fair({ requests: 100_000, refused: 20, refusedProven: 20 })).toBe('met');
  });
  it('is not known from some hundred calls', () => {
    expect(fair({ requests: 400, refused: 0, refusedProven: 0 })).toBe('unknown');
  });
  it('is fair in part when proven callers were refused more often', () => {
    expect(fair({ requests: 100_000, refused: 900, refusedProven: 500 })).toBe('part');
  });
  it('is not known when those refused may all have been hostile', () => {
    expect(fair({ requests: 100_000, refused: 9_000, refusedProven: 10 })).toBe('unknown');
  });
});

describe('the guard as a sensor', () => {
  const health = (parts: Partial<GuardFacts>) =>
    controlOf('TEC-36').test?.(factsWith({ sources: [sourceWith('s1')], guard: guardWith({}, parts) })) as readonly UnitResult[];
  const stateOf = (parts: Partial<GuardFacts>) => health(parts).find(({ unit }) => unit === 'organisation:guard')?.state ?? 'unsaid';

  it('is healthy while workers are heard and lose nothing', () => expect(stateOf({})).toBe('met'));
  it('is healthy in part when it loses more than one in a hundred', () => expect(stateOf({ lost: 200 })).toBe('part'));
  it('fails when no worker is heard', () => expect(stateOf({ alive: 0, heardMs: nowMs - hourMs })).toBe('failing'));
  it('is forgotten a week after it was taken out', () => expect(stateOf({ alive: 0, heardMs: nowMs - 8 * dayMs })).toBe('unsaid'));
});

describe('waiting at the guard', () => {
  const patience = (policy: GuardFacts['policy'], doors?: readonly string[]) => {
    const parts = doors === undefined ? { policy } : { policy, doors };
    const units = controlOf('TEC-27').test?.(factsWith({ operations: [orders], guard: guardWith({}, parts) })) as readonly UnitResult[];
    return units.find(({ unit }) => unit === 'organisation:patience')?.state ?? 'unsaid';
  };
  it('is bounded when overload and slow connections are refused', () => expect(patience({ overload: 'block', slow: 'block' })).toBe('met'));
  it('is bounded in part when one of them is only logged', () => expect(patience({ overload: 'block', slow: 'log' })).toBe('part'));
  it('is not bounded when both are off', () => expect(patience({ overload: 'off', slow: 'off' })).toBe('failing'));
  it('is not told by a guard that connections do not pass', () =>
    expect(patience({ overload: 'block', slow: 'block' }, ['SPOE 127.0.0.1:7792'])).toBe('unsaid'));
});
