import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../http/exchange.ts';
import type { ParsedBody } from '../http/request.ts';
import { credentialInBasic, credentialInBody } from './login-attempt.ts';

const empty: ParsedBody = {
  kind: 'json',
  mediaType: 'application/json',
  json: undefined,
  form: null,
  parts: null,
  text: null,
  isWhole: true,
  bytes: 0,
  malformed: null,
};
const json = (value: JsonValue): ParsedBody => ({ ...empty, json: value });
const form = (fields: Record<string, string>): ParsedBody => ({
  ...empty,
  kind: 'form',
  form: Object.entries(fields).map(([name, value]) => ({ name, value })),
});

describe('login attempt', () => {
  it.each([
    ['a JSON login', json({ username: 'ada', password: 'x' }), { account: 'ada', password: 'x' }],
    ['one level down', json({ user: { email: 'ada@example.com', password: 'x' } }), { account: 'ada@example.com', password: 'x' }],
    ['a form', form({ log: 'a', login: 'ada', pwd: 'x' }), { account: 'ada', password: 'x' }],
    [
      'a form with bracket names',
      form({ 'user[email]': 'ada@example.com', 'user[password]': 'x' }),
      { account: 'ada@example.com', password: 'x' },
    ],
    ['a one-time code', json({ phone: '+1', otp: 123456 }), { account: '+1', password: '123456' }],
  ])('%s is one', (_, body, tried) => expect(credentialInBody(body)).toEqual(tried));
  it.each([
    ['an order', json({ user: 'ada', item: 3 })],
    ['an empty password', json({ username: 'ada', password: '' })],
    ['a list', json([{ password: 'x' }])],
    ['a password four levels down', json({ a: { b: { c: { password: 'x' } } } })],
    ['a search form', form({ q: 'password reset' })],
  ])('%s is none', (_, body) => expect(credentialInBody(body)).toBeNull());
  it('reads HTTP Basic, with colons in the password', () => {
    expect(credentialInBasic([{ name: 'authorization', value: `Basic ${btoa('ada:x:y')}` }])).toEqual({
      account: 'ada',
      password: 'x:y',
    });
    expect(credentialInBasic([{ name: 'authorization', value: 'Bearer abc' }])).toBeNull();
  });
});
