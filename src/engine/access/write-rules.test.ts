import { expect, test } from 'vitest';
import { parseBody } from '../http/parsed-body.ts';
import { compileWriteRules, writes } from './write-rules.ts';

const [rule] = compileWriteRules({ '$.role': [] });
const bytesOf = (text: string) => new TextEncoder().encode(text);

function verdict(types: readonly string[], text: string) {
  const headers = types.map((value) => ({ name: 'content-type', value }));
  return rule === undefined ? null : writes(rule, parseBody(headers, { bytes: bytesOf(text), isWhole: true }));
}

const form = 'application/x-www-form-urlencoded';
const part = (head: string) => `--B\r\n${head}\r\n\r\nadmin\r\n--B--\r\n`;
const disposition = (name: string) => `Content-Disposition: form-data; name="${name}"`;

test('a field is not hidden by what only some readers make of its body', () => {
  expect(verdict(['application/json'], '{"role\\u0000":1}')).toBe('written');
  expect(verdict([form], 'role%00=1')).toBe('written');
  expect(verdict([form], 'a=1;r%6fle=2')).toBe('written');
  expect(verdict(['application/graphql'], '{"role":"admin"}')).toBe('written');
  expect(verdict(['multipart/form-data; boundary=B'], part(`${disposition('x')}\r\n${disposition('role')}`))).toBe('unclear');
  expect(verdict(['application/json', form], '{"name":"&role=1&"}')).toBe('unclear');
});

test('a body that means one thing is read as that', () => {
  expect(verdict([form], 'a=1%3Brole%3D2&b=role;c')).toBe('untouched');
  expect(verdict(['application/json', 'application/json'], '{"name":"x"}')).toBe('untouched');
  expect(verdict(['multipart/form-data; boundary=B'], part(disposition('note')))).toBe('untouched');
  expect(verdict(['application/graphql'], '{ me { role } }')).toBe('untouched');
});
