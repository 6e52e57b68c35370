import { expect, test } from 'vitest';
import { parseBody } from '../http/parsed-body.ts';
import { accountNamed, accountUnclear } from './account-named.ts';

function named(text: string, field: string | null = '$.login.name', type = 'application/json') {
  const headers = [{ name: 'content-type', value: type }];
  return accountNamed(parseBody(headers, { bytes: new TextEncoder().encode(text), isWhole: true }), field);
}

test('the field of the policy names the account, whatever stands beside it', () => {
  expect(named('{"email":"other","password":"p","login":{"name":"Erin"}}')).toBe('erin');
  expect(named('login[name]=erin&email=x&password=p', '$.login.name', 'application/x-www-form-urlencoded')).toBe('erin');
  expect(named('{"email":"other","password":"p"}')).toBeNull();
});

test('spellings that a lax server takes for one account count as one', () => {
  for (const name of [' erin', 'erin  ', 'ERIN', 'erin\\u0000x', 'er\\u200bin', '\\uff45rin']) {
    expect([name, named(`{"login":{"name":"${name}"}}`)]).toEqual([name, 'erin']);
    expect([name, named(`{"username":"${name}","password":"p"}`, null)]).toEqual([name, 'erin']);
  }
});

test('a name that cannot be told counts with all others that cannot', () => {
  for (const text of ['{"login":{"name":["erin"]}}', '{"login":{"name":"erin","Name":"u1"}}', '{"login":{"name":"erin","name":"u1"}}'])
    expect(named(text)).toBe(accountUnclear);
});
