import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StanceError } from '../../errors.ts';
import type { JsonValue } from '../http/exchange.ts';
import { bodyOf, callerOf, formOf, headOf, inputOf } from './access.fixture.ts';
import type { AccessInput } from './access-input.ts';
import { compileRule } from './rule-expression.ts';

const judge = (rule: string, parts: Partial<AccessInput> = {}) => compileRule(rule).judge(inputOf(parts));
const claims = (value: { readonly [name: string]: JsonValue }) => ({ caller: callerOf({ claims: value }) });
const body = (json: JsonValue) => ({ body: bodyOf(json), ...claims({ sub: 'ann', limit: 100, teams: ['a', 'b'] }) });

describe('an access rule holds', () => {
  const rows: readonly (readonly [string, Partial<AccessInput>])[] = [
    ['params.accountId == token.account', { params: { accountId: '42' }, ...claims({ account: '42' }) }],
    ['params.accountId == token.account', { params: { accountId: '42' }, ...claims({ account: 42 }) }],
    ['params.accountId in token.accounts', { params: { accountId: '42' }, ...claims({ accounts: ['7', '42'] }) }],
    ['token.plan in [\'gold\', "silver"] and not token.suspended', claims({ plan: 'gold', suspended: false })],
    ["token['https://example.com/tenant'].id == caller.tenant", claims({ 'https://example.com/tenant': { id: 't1' } })],
    ["method == 'GET' or token.admin", {}],
    ["(method == 'PUT' or method == 'GET') and host == 'api.example.com' and path != '/admin'", {}],
    ['header.X-Tenant == caller.tenant', { head: headOf({ headers: [{ name: 'x-tenant', value: 't1' }] }) }],
    ['query.user == token.sub', { head: headOf({ query: 'a=1&user=ann' }) }],
    ['body.$.ownerId == token.sub', body({ ownerId: 'ann' })],
    ['body.$.items[].owner == token.sub', body({ items: [{ owner: 'ann' }, { owner: 'ann' }] })],
    ['body.$.teams[] in token.teams', body({ teams: ['b', 'a'] })],
    ['body.$.amount <= token.limit', body({ amount: 100 })],
    ['body.$.a.b[].c[] == 1', body({ a: { b: [{ c: [1] }, { c: [1, 1] }] } })],
    ['body.$.owner == token.sub', { body: formOf([['owner', 'ann']]) }],
    ['body.$.n == 7', { body: formOf([['n', '7']]) }],
    ['not has token.suspended', {}],
    ['not has token.constructor and not has body.$.toString', { body: bodyOf({}) }],
    ["'orders:read' in caller.scopes", { caller: callerOf({ scopes: ['orders:read'] }) }],
    ["caller.kind not in ['basic', 'api-key']", {}],
    ['token.level >= 2', claims({ level: 2 })],
    ['token.parent == null', claims({ parent: null })],
    ['query.page < 10', { head: headOf({ query: 'page=9' }) }],
  ];
  test.each(rows)('%s', (rule, parts) => expect(judge(rule, parts)).toBe(true));
  test('in 23 rows', () => expect(rows).toHaveLength(23));
});

describe('an access rule does not let pass', () => {
  const me = claims({ sub: 'ann', account: '42', number: 42, big: 9007199254740992 });
  const rows: readonly (readonly [string, string, Partial<AccessInput>])[] = [
    ['another account', 'params.id == token.account', { params: { id: '43' }, ...me }],
    ['an absent parameter', 'params.id == token.account', me],
    ['an absent claim', 'params.id == token.acount', { params: { id: '42' }, ...me }],
    ['both absent', 'params.id == token.nothing', me],
    ['an absent value under !=', 'token.suspended != true', me],
    ['an absent value under not', 'not token.suspended', me],
    ['an absent value under not ==', 'not (params.id == token.account)', me],
    ['an absent value under not in', "token.plan not in ['free']", me],
    ['no caller at all', 'caller.subject != params.id', { caller: { kind: 'none' }, params: { id: '1' } }],
    ['inherited names', "token.constructor != 'x'", me],
    ['__proto__', "token.__proto__ != 'x'", me],
    ['an array in the place of text', 'body.$.ownerId == token.sub', { ...me, body: bodyOf({ ownerId: ['ann'] }) }],
    ['an array under !=', "body.$.ownerId != 'eve'", { ...me, body: bodyOf({ ownerId: ['eve'] }) }],
    ['an object under !=', "body.$.ownerId != 'eve'", { ...me, body: bodyOf({ ownerId: { $ne: 'eve' } }) }],
    ['JSON text against a number', 'body.$.id == token.number', { ...me, body: bodyOf({ id: '42' }) }],
    ['JSON text against a number, negated', 'body.$.id != token.number', { ...me, body: bodyOf({ id: '42' }) }],
    ['a leading zero, negated', 'params.id != token.number', { ...me, params: { id: '042' } }],
    ['an exponent, negated', 'params.id != token.number', { ...me, params: { id: '4.2e1' } }],
    ['a number beyond 2^53', 'params.id == token.big', { ...me, params: { id: '9007199254740992' } }],
    ['a number beyond 2^53, negated', 'params.id != token.big', { ...me, params: { id: '9007199254740993' } }],
    ['two JSON numbers beyond 2^53', 'body.$.id == token.big', { ...me, body: bodyOf({ id: 9007199254740992 }) }],
    ['other case, negated', "params.user != 'Eve'", { params: { user: 'EVE' } }],
    ['full width, negated', "params.user != 'eve'", { params: { user: 'ｅｖｅ' } }],
    ['another composition, negated', "params.user != 'jos\u00e9'", { params: { user: 'jose\u0301' } }],
    ['a look-alike composition as equal', "params.user == 'jos\u00e9'", { params: { user: 'jose\u0301' } }],
    [
      'a header sent twice',
      "header.x-a == '1'",
      {
        head: headOf({
          headers: [
            { name: 'x-a', value: '1' },
            { name: 'x-a', value: '2' },
          ],
        }),
      },
    ],
    ['a parameter sent twice', "query.a == '1'", { head: headOf({ query: 'a=1&a=2' }) }],
    ['a parameter sent again as a list', "query.a == '1'", { head: headOf({ query: 'a=1&a[]=2' }) }],
    ['a parameter sent again in other case', "query.a == '1'", { head: headOf({ query: 'a=1&A=2' }) }],
    ['a parameter sent again encoded', "query.a == '1'", { head: headOf({ query: 'a=1&%61=2' }) }],
    ['a parameter that does not decode', "query.a != '1'", { head: headOf({ query: 'a=%zz' }) }],
    ['a key sent again in other case', 'body.$.ownerId == token.sub', { ...me, body: bodyOf({ ownerId: 'ann', OwnerID: 'eve' }) }],
    [
      'a form field sent twice',
      'body.$.owner == token.sub',
      {
        ...me,
        body: formOf([
          ['owner', 'ann'],
          ['owner[]', 'eve'],
        ]),
      },
    ],
    [
      'a key sent twice',
      'body.$.ownerId == token.sub',
      { ...me, body: bodyOf({ ownerId: 'ann' }, { text: '{"ownerId":"eve","ownerId":"ann"}' }) },
    ],
    ['one stranger among many', 'body.$.items[].o == token.sub', { ...me, body: bodyOf({ items: [{ o: 'ann' }, { o: 'eve' }] }) }],
    ['one without among many', 'body.$.items[].o == token.sub', { ...me, body: bodyOf({ items: [{ o: 'ann' }, {}] }) }],
    ['an empty list', 'body.$.items[].o == token.sub', { ...me, body: bodyOf({ items: [] }) }],
    ['an empty list inside', 'body.$.a[].b[] == 1', { body: bodyOf({ a: [{ b: [1] }, { b: [] }] }) }],
    ['text in the place of a list', "'a' in token.sub", me],
    ['no body', 'body.$.ownerId == token.sub', me],
    ['half a body', 'body.$.ownerId == token.sub', { ...me, body: bodyOf({ ownerId: 'ann' }, { isWhole: false }) }],
    ['half a body asked with not has', 'not has body.$.ownerId', { ...me, body: bodyOf({}, { isWhole: false }) }],
    ['a malformed body', 'body.$.ownerId == token.sub', { ...me, body: bodyOf({ ownerId: 'ann' }, { malformed: 'duplicate key' }) }],
    ['a body of another kind', "body.$.a != 'x'", { body: bodyOf(null, { json: undefined, kind: 'xml' }) }],
    ['text where a truth is meant', 'header.x-admin', { head: headOf({ headers: [{ name: 'x-admin', value: 'true' }] }) }],
    ['text order', "token.sub < 'b'", me],
  ];
  test.each(rows)('%s: %s', (_what, rule, parts) => expect(judge(rule, parts)).not.toBe(true));
  test('in 46 rows', () => expect(rows).toHaveLength(46));
});

describe('a rule that does not read', () => {
  const rows: readonly (readonly [string, number, string])[] = [
    ['tokn.account == params.id', 1, '"tokn" is not known'],
    ['params.id = token.id', 11, 'one "="'],
    ['params.id == ', 14, 'expected a value'],
    ['params == token.id', 7, 'expected a name'],
    ['params.a.b == 1', 1, 'one name'],
    ['caller.scope == 1', 1, 'caller has'],
    ['body.name == 1', 6, 'body.$.name'],
    ["token.a == 'x", 12, 'no closing'],
    ['token.a == 1 token.b', 14, 'expected "and"'],
    ['(token.a == 1', 14, 'expected ")"'],
    ['not (body.$.a[] == 1)', 1, 'around "[]"'],
    ['body.$.a[] == body.$.b[]', 15, 'only one side'],
    ['token.a == 9007199254740993', 12, 'beyond 2^53'],
    ['', 1, 'expected a value'],
  ];
  test.each(rows)('%s is refused with its position', (rule, position, what) => {
    let caught: unknown;
    try {
      compileRule(rule);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(StanceError);
    expect((caught as StanceError).code).toBe('config-invalid');
    expect((caught as StanceError).message).toContain(what);
    expect((caught as StanceError).message).toContain(`position ${position}:`);
  });

  test('never crashes the reader otherwise, whatever the text', () => {
    const piece = fc.constantFrom(
      'params.',
      'token.a',
      'not ',
      ' and ',
      '(',
      ')',
      '[',
      ']',
      "'",
      ' in ',
      '==',
      'body.$',
      '.x',
      '[]',
      '9',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }), (pieces) => {
        try {
          compileRule(pieces.join('')).judge(inputOf());
        } catch (error) {
          if (!(error instanceof StanceError)) throw error;
        }
      }),
    );
  });

  test('is refused when it is too deep or too long', () => {
    expect(() => compileRule(`${'('.repeat(30)}true${')'.repeat(30)}`)).toThrow('deeper');
    expect(() => compileRule(`token.a == '${'x'.repeat(1_000)}'`)).toThrow('longer');
  });
});

test('a value that equals never also differs, and nothing is both in and not in a list', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('42'), fc.constant(42));
  fc.assert(
    fc.property(value, value, (a, b) => {
      const with2 = { body: bodyOf({ a, b, list: [b] }) };
      const same = judge('body.$.a == body.$.b', with2);
      expect(same === true && judge('body.$.a != body.$.b', with2) === true).toBe(false);
      expect(judge('not (body.$.a == body.$.b)', with2)).toBe(judge('body.$.a != body.$.b', with2));
      expect(judge('body.$.a in body.$.list', with2)).toBe(same);
    }),
  );
});
