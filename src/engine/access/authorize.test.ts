import { describe, expect, test } from 'vitest';
import type { RouteSettings } from '../policy/policy.ts';
import { bodyOf, callerOf, formOf, headOf, inputOf } from './access.fixture.ts';
import type { AccessInput } from './access-input.ts';
import { authorize, compileAccess } from './authorize.ts';

const rulesOf = (settings: RouteSettings, parts: Partial<AccessInput> = {}) =>
  authorize(compileAccess(settings), inputOf(parts)).map((objection) => objection.rule);
const protectedRoute: RouteSettings = { authentication: ['main'] };

describe('who calls', () => {
  test('nobody is refused with 401 and the challenge of the providers', () => {
    const [objection] = authorize(compileAccess(protectedRoute), inputOf({ caller: { kind: 'none', challenge: 'Bearer realm="x"' } }));
    expect(objection).toMatchObject({
      rule: 'authentication.missing',
      status: 401,
      challenge: 'Bearer realm="x"',
      section: 'authentication',
    });
  });

  test('an operation that is declared public takes anyone, also with a stale credential', () => {
    const stale = { kind: 'refused', rule: 'authentication.jwt-expired', reason: 'The token has ended.', challenge: null } as const;
    expect(rulesOf({ ...protectedRoute, public: true }, { caller: { kind: 'none' } })).toEqual([]);
    expect(rulesOf({ ...protectedRoute, public: true, scopes: ['a'] }, { caller: stale })).toEqual([]);
    expect(rulesOf(protectedRoute, { caller: stale })).toEqual(['authentication.jwt-expired']);
  });

  test('a leaked credential is refused on public operations too', () => {
    const leaked = { kind: 'refused', rule: 'authentication.leaked', reason: 'Known to have leaked.', challenge: null } as const;
    expect(rulesOf({ public: true }, { caller: leaked })).toEqual(['authentication.leaked']);
  });

  test('scopes or roles without a provider still ask for a caller', () => {
    expect(rulesOf({ scopes: ['a'] }, { caller: { kind: 'none' } })).toEqual(['authentication.missing', 'authorization.scope']);
    expect(rulesOf({ roles: ['a'] }, { caller: { kind: 'none' } })).toEqual(['authentication.missing', 'authorization.role']);
    expect(rulesOf({}, { caller: { kind: 'none' } })).toEqual([]);
  });

  test('nobody passes the rules behind a missing credential, for whoever only logs that one', () => {
    const settings = { ...protectedRoute, rules: ['params.id == token.sub', "method == 'GET'"] };
    expect(rulesOf(settings, { caller: { kind: 'none' }, params: { id: 'ann' } })).toEqual([
      'authentication.missing',
      'authorization.rule',
    ]);
  });

  test('a provider that cannot be asked is 503, puts aside what only it knows, and leaves the rest, for the fail mode to decide', () => {
    const caller = { kind: 'unavailable', provider: 'main', reason: 'no answer' } as const;
    const settings = { ...protectedRoute, scopes: ['a'], rules: ['params.id == token.sub'] };
    const objections = authorize(compileAccess(settings), inputOf({ caller }));
    expect(objections.map((objection) => [objection.rule, objection.status])).toEqual([['authentication.unavailable', 503]]);
    expect(rulesOf({ ...settings, rules: ["method == 'PUT'"] }, { caller })).toEqual(['authentication.unavailable', 'authorization.rule']);
    expect(rulesOf({ public: true }, { caller })).toEqual([]);
    expect(rulesOf({ public: true, rules: ['has token.sub'] }, { caller })).toEqual(['authorization.rule']);
  });
});

describe('what the caller may', () => {
  test('all scopes are needed, and a token is told which', () => {
    const settings = { ...protectedRoute, scopes: ['orders:read', 'orders:write'] };
    const [objection] = authorize(compileAccess(settings), inputOf({ caller: callerOf({ scopes: ['orders:read'] }) }));
    expect(objection).toMatchObject({
      rule: 'authorization.scope',
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="orders:read orders:write"',
    });
    expect(rulesOf(settings, { caller: callerOf({ scopes: ['orders:write', 'orders:read'] }) })).toEqual([]);
    expect(rulesOf(settings, { caller: callerOf({ scopes: ['orders:read orders:write'] }) })).toEqual(['authorization.scope']);
  });

  test('any role is enough, none is not', () => {
    expect(rulesOf({ roles: ['admin', 'clerk'] }, { caller: callerOf({ roles: ['clerk'] }) })).toEqual([]);
    expect(rulesOf({ roles: ['admin', 'clerk'] }, { caller: callerOf({ roles: ['Admin'] }) })).toEqual(['authorization.role']);
  });

  test('every rule must hold, and each that does not is named', () => {
    const rules = ['params.id == token.sub', "method == 'GET'", "method == 'PUT'"];
    expect(rulesOf({ rules }, { params: { id: 'ann' } })).toEqual(['authorization.rule']);
    expect(rulesOf({ rules }, { params: { id: 'eve' } })).toEqual(['authorization.rule', 'authorization.rule']);
  });

  test('rules of a public operation hold for nobody who is not there', () => {
    expect(rulesOf({ public: true, rules: ['params.id == token.sub'] }, { caller: { kind: 'none' }, params: { id: 'x' } })).toEqual([
      'authorization.rule',
    ]);
  });

  test('a reason holds no value of the request', () => {
    const objections = authorize(
      compileAccess({ rules: ['params.id == token.sub'], write: { '$.role': ['admin'] } }),
      inputOf({ params: { id: 'secret-value' }, body: bodyOf({ role: 'secret-value' }), caller: callerOf({ subject: 'secret-value' }) }),
    );
    expect(objections).toHaveLength(2);
    expect(JSON.stringify(objections)).not.toContain('secret-value');
  });
});

describe('the stages', () => {
  const access = compileAccess({ rules: ['body.$.id == token.sub', 'params.id == token.sub'], write: { '$.role': [] } });

  test('the head is judged without the body, the body without the head again', () => {
    expect(access.needsBody).toBe(true);
    const input = inputOf({ params: { id: 'eve' } });
    expect(authorize(access, { ...input, stage: 'head' })).toHaveLength(1);
    expect(authorize(access, { ...input, stage: 'body', body: bodyOf({ id: 'ann' }) })).toEqual([]);
    expect(authorize(access, { ...input, stage: 'body', body: bodyOf({ id: 'eve', role: 'x' }) })).toHaveLength(2);
  });

  test('a request whose body never came fails the rules about it', () => {
    expect(authorize(access, inputOf({ params: { id: 'ann' }, stage: 'body' }))).toHaveLength(1);
    expect(authorize(access, inputOf({ params: { id: 'ann' } }))).toHaveLength(1);
  });
});

describe('a field that only some may write', () => {
  const settings = { write: { '$.role': ['admin'], '$.items[].price': [], '$.account.owner': ['admin'] } };
  const patch = (json: Parameters<typeof bodyOf>[0]) => bodyOf(json, { mediaType: 'application/json-patch+json' });
  const graphql = (text: string, json: Parameters<typeof bodyOf>[0] = {}) => bodyOf(json, { kind: 'graphql', text });
  const refused: readonly (readonly [string, ReturnType<typeof bodyOf>])[] = [
    ['as it is', bodyOf({ role: 'admin' })],
    ['with the value null', bodyOf({ role: null })],
    ['in other case', bodyOf({ Role: 'admin' })],
    ['in full width', bodyOf({ ｒｏｌｅ: 'admin' })],
    ['in a list at the root', bodyOf([{ name: 'x' }, { role: 'admin' }])],
    ['in an item', bodyOf({ items: [{ id: 1 }, { price: 0 }] })],
    ['in an item that is no list', bodyOf({ items: { price: 0 } })],
    ['below another', bodyOf({ account: { owner: 'eve' } })],
    ['below a list of another', bodyOf({ account: [{ owner: 'eve' }] })],
    ['with a dotted key', bodyOf({ 'account.owner': 'eve' })],
    ['in a form', formOf([['role', 'admin']])],
    ['in a nested form field', formOf([['account[owner]', 'eve']])],
    ['in a form list', formOf([['items[0][price]', '0']])],
    ['in a JSON patch', patch([{ op: 'replace', path: '/role', value: 'admin' }])],
    ['in a JSON patch of an item', patch([{ op: 'add', path: '/items/0/price', value: 1 }])],
    ['in a JSON patch of what stands above', patch([{ op: 'add', path: '/account', value: { owner: 'eve' } }])],
    ['in a JSON patch that copies', patch([{ op: 'copy', from: '/x', path: '/account' }])],
    ['in a JSON patch of the whole', patch([{ op: 'replace', path: '', value: { role: 'admin' } }])],
    ['in GraphQL variables', graphql('mutation($i: In!) { set(input: $i) { id } }', { i: { role: 'admin' } })],
    ['in GraphQL text', graphql('mutation { set(input: {role : "admin"}) { id } }')],
    ['behind a key that is there twice', bodyOf({ account: {} }, { text: '{"account":{"owner":"eve"},"account":{}}' })],
    ['in half a body', bodyOf({ name: 'x' }, { isWhole: false })],
    ['in a malformed body', bodyOf({ name: 'x' }, { malformed: 'trailing text' })],
    ['in XML, which is not looked into', bodyOf(null, { kind: 'xml', json: undefined, text: '<role/>' })],
  ];
  test.each(refused)('is found %s', (_how, body) => {
    const objections = authorize(compileAccess(settings), inputOf({ head: headOf({ method: 'PATCH' }), body }));
    expect(objections[0]).toMatchObject({ rule: 'authorization.field', status: 403 });
    expect(objections[0]?.place).toMatch(/^body\.\$\./);
  });

  const allowed: readonly (readonly [string, ReturnType<typeof bodyOf>])[] = [
    ['other fields', bodyOf({ name: 'x', roles: 1, items: [{ id: 1 }], account: { name: 'y' } })],
    ['the same name elsewhere', bodyOf({ profile: { role: 'reader' } })],
    ['the name as a value', bodyOf({ name: 'role' })],
    ['a form without it', formOf([['name', 'role']])],
    ['a JSON patch beside it', patch([{ op: 'replace', path: '/name', value: 'x' }])],
    ['a JSON patch that tests it', patch([{ op: 'test', path: '/role', value: 'x' }])],
    ['GraphQL that reads it', graphql('query { me { role price } }')],
    ['an empty body', bodyOf(null, { json: undefined, bytes: 0, text: '' })],
  ];
  test.each(allowed)('lets pass %s', (_how, body) => expect(rulesOf(settings, { body })).toEqual([]));

  test('is open to the role it is for, and to nobody with an empty list', () => {
    const caller = callerOf({ roles: ['admin'] });
    expect(rulesOf(settings, { body: bodyOf({ role: 'x', account: { owner: 'y' } }), caller })).toEqual([]);
    expect(rulesOf(settings, { body: bodyOf({ items: [{ price: 1 }] }), caller })).toEqual(['authorization.field']);
  });

  test('is refused at start when its path does not read', () => {
    for (const path of ['role', '$', '$.', '$.a b', '$..a', '$.a[0]']) {
      expect(() => compileAccess({ write: { [path]: [] } })).toThrow('names no body field');
    }
  });
});
