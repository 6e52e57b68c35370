import { expect, test } from 'vitest';
import { type Exchange, emptyExchange } from '../http/exchange.ts';
import { credentialSeen, queryCredential } from './credential.ts';

const withHeader = (name: string, value: string): Exchange => ({ ...emptyExchange, requestHeaders: [{ name, value }] });

const cases: readonly { readonly of: Exchange; readonly kind: string }[] = [
  { of: withHeader('authorization', 'Bearer eyJhbGciOi.eyJzdWIi.sig'), kind: 'jwt' },
  { of: withHeader('authorization', 'Bearer opaque-token'), kind: 'bearer' },
  { of: withHeader('authorization', 'Basic dTpw'), kind: 'basic' },
  { of: withHeader('authorization', 'AWS4-HMAC-SHA256 Credential=x'), kind: 'signature' },
  { of: withHeader('x-api-key', 'k'), kind: 'api-key' },
  { of: withHeader('cookie', 'theme=dark; connect.sid=s%3Aabc'), kind: 'cookie' },
  { of: withHeader('cookie', 'theme=dark; _ga=GA1.2'), kind: 'none' },
  { of: { ...emptyExchange, requestHeaders: [] }, kind: 'none' },
  { of: { ...emptyExchange, requestHeaders: null }, kind: 'unknown' },
  { of: { ...emptyExchange, requestHeaders: [], headersPartial: true }, kind: 'unknown' },
  { of: { ...emptyExchange, requestHeaders: [], headersPartial: true, credential: 'absent' }, kind: 'none' },
  { of: { ...emptyExchange, credential: 'absent' }, kind: 'none' },
  { of: { ...emptyExchange, credential: 'present' }, kind: 'other' },
  { of: { ...emptyExchange, principal: 'jo' }, kind: 'identified' },
  { of: { ...emptyExchange, query: 'access_token=abc' }, kind: 'api-key' },
];

test('each kind of credential is told apart, and not seeing is not the same as none', () => {
  expect(cases).toHaveLength(15);
  for (const { of, kind } of cases) expect(credentialSeen(of), JSON.stringify(of.requestHeaders)).toBe(kind);
});

test('a page key in the query is not taken for a credential', () => {
  expect(queryCredential('key=abc&token=next')).toBe(false);
  expect(queryCredential('page=2&api_key=x')).toBe(true);
  expect(queryCredential('token=0123456789abcdef0123')).toBe(true);
});
