import { describe, expect, test } from 'vitest';
import { compileGuard, decide, decideHead, defaultPolicy } from '../decide.ts';
import type { RequestHead } from '../http/request.ts';
import type { Policy } from './policy.ts';
import { callerOf, headOf } from './request.fixture.ts';

const entry = (id: string, paths: readonly string[]) => ({ id, match: { paths }, because: 'test', untilMs: null });
// Attack patterns are off: what is a route's to refuse must not hang on a recogniser.
const policy: Policy = {
  ...defaultPolicy,
  modes: { ...defaultPolicy.modes, attacks: 'off' },
  lists: { allow: [entry('monitor', ['/monitor/**'])], deny: [entry('internal', ['/internal/**'])] },
  routes: [
    { id: 'public', match: { paths: ['/public/**'] }, public: true },
    { id: 'accounts', match: { paths: ['/accounts/{accountId}/**'] }, rules: ['params.accountId == caller.subject'] },
    { id: 'admin', match: { paths: ['/admin/**'] }, authentication: ['keys'] },
    { id: 'reports', match: { paths: ['/reports/**'], methods: ['GET', 'DELETE'] }, authentication: ['keys'] },
    { id: 'write', match: { paths: ['/write'] }, write: { '$.role': [] } },
  ],
};
const compiled = compileGuard(policy, []);
const state = { limiter: null, watch: null };
const alice = callerOf('alice');

function rules(line: string, parts: Partial<RequestHead> = {}, caller: ReturnType<typeof callerOf> | { kind: 'none' } = { kind: 'none' }) {
  const { decision } = decide({ head: headOf(line, parts), caller, body: null, nowMs: 0 }, compiled, state);
  return decision.outcome === 'block' ? decision.objections.map(({ rule }) => rule) : decision.outcome;
}

describe('a path that servers read in more than one way', () => {
  test.each([
    '/accounts\\eve',
    '/accounts%5ceve',
    '/accounts%2Feve',
    '/accounts/alice%2f..%2feve',
    '/accounts/alice/x%5c..%5c..%5ceve',
    '/accounts/eve/..;/alice',
    '/accounts/eve/..%3b/alice',
    '/admin/..;/public/x',
    '/public/..%2fadmin',
    '/public/..%5cadmin',
    '/admin//../public/x',
    '/internal//../monitor/x',
    '/internal/..;/monitor/x',
    '/monitor/..%2finternal/x',
  ])('is refused: %s', (path) => {
    expect(rules(`GET ${path}`, {}, alice)).toContain('protocol.path-ambiguous');
  });

  test('is refused when it is padded beyond what is read of a path', () => {
    for (const path of [`${'/'.repeat(5000)}admin`, `/${'./'.repeat(2500)}admin`])
      expect(rules(`GET ${path}`)).toContain('protocol.path-ambiguous');
  });

  test('is refused by the list that holds under the other reading', () => {
    expect(rules('GET /internal%2fx')).toEqual(['list.internal']);
    expect(rules('GET /internal%5cx')).toEqual(['list.internal']);
  });

  test('is let through where the policy asks for the same either way', () => {
    for (const path of ['/repos/group%2Fproject', '/users/DOMAIN%5Cname', '/files//report.v2.pdf', '/a;v=1/b.c', '/public/a%2fb'])
      expect([path, rules(`GET ${path}`)]).toEqual([path, 'allow']);
    expect(rules('GET /accounts/alice/a%2fb', {}, alice)).toBe('allow');
  });
});

test('parent segments beyond the depth that is read take away what they belong to', () => {
  const up = `${'/x'.repeat(45)}${'/..'.repeat(45)}`;
  expect(rules(`GET ${up}/admin`)).toEqual(['authentication.missing']);
});

test('a method named in a field or in the query counts where a route is about it', () => {
  const named = (name: string, value: string) => ({ headers: [{ name, value }] });
  expect(rules('POST /reports/1')).toBe('allow');
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
    expect(rules('POST /reports/1', named(name, ' delete'))).toEqual(['protocol.path-ambiguous']);
  expect(rules('POST /reports/1?a=1&_method=DELETE')).toEqual(['protocol.path-ambiguous']);
  expect(rules('POST /other', named('x-http-method-override', 'PATCH'))).toBe('allow');
});

test('what a route asks of GET it asks of HEAD', () => {
  expect(rules('HEAD /reports/1')).toEqual(['authentication.missing']);
});

test('a body that only the framing tells of is asked for, whatever the method', () => {
  for (const method of ['GET', 'DELETE', 'HEAD']) {
    const wanted = (hasBody: boolean) => {
      const head = headOf(`${method} /write`, { httpVersion: '2', hasBody });
      return decideHead({ head, route: compiled.resolve(head), caller: { kind: 'none' }, nowMs: 0 }, compiled, state).bodyBytes;
    };
    expect([method, wanted(true) > 0, wanted(false)]).toEqual([method, true, 0]);
  }
  const head = headOf('GET /write', { httpVersion: '2', hasBody: true, headers: [{ name: 'content-type', value: 'application/json' }] });
  const body = { bytes: new TextEncoder().encode('{"role":"admin"}'), isWhole: true };
  const { decision } = decide({ head, caller: { kind: 'none' }, body, nowMs: 0 }, compiled, state);
  expect(decision.objections.map(({ rule }) => rule)).toEqual(['authorization.field']);
});
