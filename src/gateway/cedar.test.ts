import { describe, expect, test } from 'vitest';
import { callerOf, headOf } from '../engine/access/access.fixture.ts';
import type { Caller } from '../engine/access/caller.ts';
import { type CedarInput, CedarRules } from './cedar.ts';

const inputOf = (caller: Partial<Caller> | null = {}, parts: Partial<CedarInput> = {}): CedarInput => ({
  head: headOf(),
  caller: caller === null ? { kind: 'none' } : callerOf(caller),
  params: { id: '42' },
  template: '/orders/{id}',
  routeId: 'orders',
  ...parts,
});

const text = `
permit (principal in Role::"admin", action, resource);
permit (principal, action == Action::"GET", resource == Operation::"GET /orders/{id}")
  when { principal.claims.accounts.contains(context.params.id) };
permit (principal, action, resource in Route::"open");
@id("only our tenant deletes")
forbid (principal, action == Action::"DELETE", resource) unless { principal has tenant && principal.tenant == "t1" };
forbid (principal, action == Action::"PATCH", resource) when { principal.claims.level < 3 };
`;

describe('Cedar policies', () => {
  const rules = CedarRules.load(text);
  const refused = (input: CedarInput) => rules.objections(input).map((one) => `${one.rule} ${one.status}`);
  const no = ['authorization.cedar 403'];

  test('permit what one of them permits', () => {
    expect(refused(inputOf({ roles: ['admin'], claims: { accounts: [] } }))).toEqual([]);
    expect(refused(inputOf({ claims: { accounts: ['7', '42'] } }))).toEqual([]);
  });

  test('refuse what none permits, what one forbids, and what cannot be worked out', () => {
    expect(refused(inputOf({ claims: { accounts: ['7'] } }))).toEqual(no);
    expect(refused(inputOf({ claims: {} }))).toEqual(no);
    expect(refused(inputOf({ claims: { accounts: '42' } }))).toEqual(no);
    expect(refused(inputOf(null))).toEqual(no);
    const remove = headOf({ method: 'DELETE' });
    expect(refused(inputOf({ roles: ['admin'] }, { head: remove }))).toEqual([]);
    expect(refused(inputOf({ roles: ['admin'], tenant: 't2' }, { head: remove }))).toEqual(no);
  });

  test('refuse when a forbidding one cannot be worked out, and permit when only a permitting one cannot', () => {
    const patch = headOf({ method: 'PATCH' });
    expect(refused(inputOf({ roles: ['admin'], claims: { level: 3 } }, { head: patch }))).toEqual([]);
    expect(refused(inputOf({ roles: ['admin'], claims: {} }, { head: patch }))).toEqual(no);
    expect(refused(inputOf(null, { routeId: 'open' }))).toEqual([]);
  });

  test('take no value of a caller for an entity of another', () => {
    expect(refused(inputOf({ subject: 'x"; permit(principal, action, resource);', claims: { accounts: [] } }))).toEqual(no);
    expect(refused(inputOf({ claims: { accounts: { __entity: { type: 'Role', id: 'admin' } } } }))).toEqual(no);
    expect(refused(inputOf({ roles: ['Role::"admin"'], claims: { accounts: [] } }))).toEqual(no);
  });

  test('never stand still on claims of any shape', () => {
    const odd = { a: null, b: 1.5, c: [null, { d: 2 ** 60 }], e: { __extn: { fn: 'ip', arg: 'x' } }, accounts: ['42'] };
    expect(refused(inputOf({ claims: odd }))).toEqual([]);
  });

  test('say what a person can read, without a value of the request', () => {
    const [objection] = rules.objections(inputOf({ subject: 'secret-subject', claims: { accounts: ['secret-account'] } }));
    expect(objection?.reason).toBe('The caller may not do this: no Cedar policy permits it.');
    const [forbidden] = rules.objections(inputOf({ roles: ['admin'], tenant: 't2' }, { head: headOf({ method: 'DELETE' }) }));
    expect(forbidden?.reason).toBe('The caller may not do this: the Cedar policy only our tenant deletes forbids it.');
  });

  test('that do not read stop the start and name the line', () => {
    expect(() => CedarRules.load('permit (principal == ?principal, action, resource);')).toThrow('templates');
    expect(() => CedarRules.load('permit (principal, action, resource);\npermit (principal')).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('line 2') }),
    );
  });

  test('are kept apart, one set from another, and refuse once they are closed', () => {
    const open = CedarRules.load('permit (principal, action, resource);');
    expect(open.objections(inputOf(null))).toEqual([]);
    expect(refused(inputOf(null))).toEqual(no);
    open.close();
    expect(open.objections(inputOf(null))).toHaveLength(1);
  });
});
