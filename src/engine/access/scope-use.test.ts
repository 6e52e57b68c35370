import { describe, expect, test } from 'vitest';
import { CALLS_MIN, CLIENTS_MAX, SCOPES_MAX, type ScopedCall, ScopeUse, SPAN_MS_MIN, scopesNeeded } from './scope-use.ts';

const call = (parts: Partial<ScopedCall> = {}): ScopedCall => ({
  client: 'a',
  granted: ['read', 'admin'],
  needed: ['read'],
  atMs: 0,
  ...parts,
});

/** Calls of one kind, spread evenly over more than the shortest time. */
function many(use: ScopeUse, count: number, parts: Partial<ScopedCall> = {}, spanMs = SPAN_MS_MIN): ScopeUse {
  for (let at = 0; at < count; at++) use.note(call({ atMs: count === 1 ? 0 : (spanMs * at) / (count - 1), ...parts }));
  return use;
}
const rulesOf = (use: ScopeUse) => use.findings().map((finding) => `${finding.rule} ${finding.subject}`);

describe('a scope that is carried and never needed', () => {
  test('is a finding after enough calls over enough time, with the callers as prints', () => {
    const use = many(many(new ScopeUse(), CALLS_MIN), CALLS_MIN, { client: 'b' });
    expect(rulesOf(use)).toEqual(['access.scope-unused admin']);
    expect(use.findings()[0]).toMatchObject({ severity: 'medium', evidence: ['a', 'b'], controls: ['TEC-22'] });
    expect(use.findings()[0]?.detail).toContain('2 callers carried the scope admin in 600 calls');
  });

  const silent: readonly (readonly [string, () => ScopeUse])[] = [
    ['after one call too few', () => many(new ScopeUse(), CALLS_MIN - 1)],
    ['after too short a time', () => many(new ScopeUse(), CALLS_MIN * 3, {}, SPAN_MS_MIN - 1)],
    ['that one call needed', () => many(many(new ScopeUse(), CALLS_MIN), 1, { needed: ['admin'] })],
    ['that may be needed where nothing says so', () => many(many(new ScopeUse(), CALLS_MIN), 20, { needed: null })],
    ['that opens the sign-in only', () => many(new ScopeUse(), CALLS_MIN, { granted: ['openid', 'offline_access', 'read'] })],
    ['that was granted a moment ago', () => many(many(new ScopeUse(), CALLS_MIN, { granted: ['read'] }), CALLS_MIN, { atMs: SPAN_MS_MIN })],
  ];
  test.each(silent)('is none %s', (_why, use) => expect(rulesOf(use())).toEqual([]));

  test('is a finding still when a few calls go where nothing says what is needed', () => {
    expect(rulesOf(many(many(new ScopeUse(), CALLS_MIN), 10, { needed: null }))).toEqual(['access.scope-unused admin']);
  });
});

test('counts of several processes come to the same as those of one', () => {
  const [left, right, both] = [new ScopeUse(), new ScopeUse(), new ScopeUse()];
  many(left, CALLS_MIN / 2);
  many(right, CALLS_MIN / 2, { needed: [] });
  many(both, CALLS_MIN / 2);
  many(both, CALLS_MIN / 2, { needed: [] });
  const joined = new ScopeUse();
  for (const row of [...left.rows(), ...right.rows()]) joined.add(row);
  expect(joined.rows()).toEqual(both.rows());
  expect(joined.findings()).toEqual(both.findings());
});

test('memory stays within its bounds, and what did not fit is counted', () => {
  const use = new ScopeUse();
  for (let at = 0; at < CLIENTS_MAX + 10; at++) {
    use.note(call({ client: `c${at}`, granted: ['read'] }));
    use.note(call({ client: 'busy', granted: ['read'] }));
  }
  expect(use.rows()).toHaveLength(CLIENTS_MAX);
  expect(use.rows().some((row) => row.client === 'busy')).toBe(true);
  expect(use.dropped).toBe(11);
  use.note(call({ granted: Array.from({ length: SCOPES_MAX + 5 }, (_, at) => `s${at}`) }));
  expect(use.rows().find((row) => row.client === 'a')?.scopes).toHaveLength(SCOPES_MAX);
});

test('what an operation needs is told by scopes of the policy or the specification, and else unknown', () => {
  const scheme = (kind: string, scopes: readonly string[]) => ({ schemes: [{ name: 's', kind, scopes }] });
  expect(scopesNeeded(null, [])).toBeNull();
  expect(scopesNeeded(null, ['a'])).toEqual(['a']);
  expect(scopesNeeded([], [])).toEqual([]);
  expect(scopesNeeded([scheme('bearer', [])], [])).toBeNull();
  expect(scopesNeeded([scheme('oauth2', [])], [])).toEqual([]);
  expect(scopesNeeded([scheme('oauth2', ['a']), scheme('api-key-header', [])], ['b'])).toEqual(['b', 'a']);
});
