import { expect, test } from 'vitest';
import { compileGuard, defaultPolicy } from '../engine/decide.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { headOf } from '../engine/policy/request.fixture.ts';
import { GuardDecider, type GuardParts } from './guard-decider.ts';
import { verdictOf } from './verdict.ts';

const print = (purpose: string, value: string) => `${purpose}-${value}`;
const fails = (): never => {
  throw new Error('broken on purpose');
};

/** `/open` fails open, everything else closed. */
function guard(change: Partial<GuardParts>) {
  const rules: string[] = [];
  const policy = { ...defaultPolicy, routes: [{ id: 'open', match: { paths: ['/open'] }, failMode: 'open' as const }] };
  const decider = new GuardDecider({
    ...{ compiled: compileGuard(policy, []), state: { limiter: null, watch: null }, admission: null, onLimits: null, onScopes: null },
    callers: { authenticate: () => ({ kind: 'none' }), bodyObjections: () => [] },
    evidence: { exchange: () => undefined, decision: ({ rule }) => rules.push(rule), fault: ({ rule }) => rules.push(rule) },
    ...{ fingerprint: print, segment: pathSegmenter(print), now: () => 1, chance: () => 1 },
    ...change,
  });
  return { decider, rules };
}

const noCaller = { bodyObjections: () => [] };
const posted = (path: string) => headOf(`POST ${path}`, { headers: [{ name: 'content-length', value: '2' }] });
const body = new TextEncoder().encode('{}');

test.each([
  ['at once', fails],
  ['later', () => Promise.reject(new Error('broken on purpose'))],
])(
  'a decision that throws %s refuses where a route fails closed and passes where it fails open, each told',
  async (_when, authenticate) => {
    const { decider, rules } = guard({ callers: { ...noCaller, authenticate } });
    const closed = await verdictOf(decider, headOf('GET /other'), null, true, 1);
    const open = await verdictOf(decider, headOf('GET /open'), null, true, 1);
    expect([closed.refusal?.status, open.refusal]).toEqual([503, null]);
    expect(rules).toEqual(['protocol.decision-failed', 'protocol.fail-open']);
    // What the client says of itself is taken away even then.
    expect(open.upstreamHeaders).toContainEqual({ name: 'x-stance-subject', value: '' });
  },
);

test('a body that cannot be judged is told the same way', async () => {
  const { decider, rules } = guard({ callers: { authenticate: () => ({ kind: 'none' }), bodyObjections: fails } });
  expect((await verdictOf(decider, posted('/other'), body, true, 1)).refusal?.status).toBe(503);
  expect((await verdictOf(decider, posted('/open'), body, true, 1)).refusal).toBeNull();
  expect(rules).toEqual(['protocol.decision-failed', 'validation.fail-open']);
});

test('admission that throws, at once or later, lets only an open route pass', async () => {
  for (const admit of [fails, () => Promise.reject(new Error('broken on purpose'))]) {
    const { decider, rules } = guard({ admission: { admit } });
    const admitted = async (path: string) => decider.admit(await decider.head(headOf(`GET ${path}`)), '');
    await expect(admitted('/other')).rejects.toThrow('broken on purpose');
    expect((await admitted('/open')).refusal).toBeNull();
    expect(rules).toEqual(['overload.fail-open']);
  }
});
