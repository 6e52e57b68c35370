import { expect, test } from 'vitest';
import { parseBody } from '../http/parsed-body.ts';
import type { RequestHead } from '../http/request.ts';
import { type InspectOptions, inspectBody, inspectHead } from './inspect.ts';

const options: InspectOptions = { categories: {}, threshold: 0.5 };

function headOf(headers: Readonly<Record<string, string>>, query: string | null = null): RequestHead {
  return {
    method: 'POST',
    scheme: 'https',
    host: 'api.example.org',
    path: '/v1/items',
    query,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    clientAddress: '192.0.2.9',
    certificate: null,
    httpVersion: '1.1',
    tlsVersion: null,
    clientShape: null,
  };
}

function rulesOf(headers: Readonly<Record<string, string>>, body: string): readonly string[] {
  const head = headOf(headers);
  const parsed = parseBody(head.headers, { bytes: Uint8Array.from(body, (character) => character.charCodeAt(0)), isWhole: true });
  return inspectBody(head, parsed, options).map((hit) => `${hit.category}.${hit.rule}`);
}

test('a body that is the text of a request passes, whatever its type', () => {
  const body = 'GET /x HTTP/1.1\r\nHost: api.example.test\r\n\r\n';
  expect(rulesOf({ 'content-type': 'text/plain' }, body)).toEqual([]);
  expect(rulesOf({}, body)).toEqual([]);
  expect(rulesOf({}, `0\r\n\r\n${body}`)).toEqual(['crlf.message']);
});

test('a field named as a class is seen, a field with dots is not', () => {
  expect(rulesOf({ 'content-type': 'application/json' }, '{"java.lang.Runtime": "a"}')).toEqual(['code.chain-class']);
  expect(rulesOf({ 'content-type': 'application/json' }, '{"user.name": "a"}')).toEqual([]);
});

test('a file name in a header field is judged as a file name', () => {
  expect(inspectHead(headOf({ 'x-filename': 'shell.php' }), options).map((hit) => hit.rule)).toEqual(['script-file']);
  expect(inspectHead(headOf({ 'x-filename': 'report.pdf' }), options)).toEqual([]);
});

test('a session from elsewhere is seen across query and origin, and is off when its category is', () => {
  const head = { ...headOf({ referer: 'https://evil.test/' }, 'phpsessid=abc'), path: '/login' };
  expect(inspectHead(head, options).map((hit) => hit.rule)).toEqual(['session-from-elsewhere']);
  expect(inspectHead(head, { categories: { 'session-fixation': 'off' }, threshold: 0.5 })).toEqual([]);
});
