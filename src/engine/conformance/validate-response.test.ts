import { expect, test } from 'vitest';
import { headers, operationOf } from './contract.fixture.ts';
import type { Schema } from './contract.ts';
import { type AnswerSettings, judgeAnswer } from './validate-response.ts';

const user: Schema = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, password: { type: 'string', writeOnly: true }, name: { type: 'string' } },
};
const operation = operationOf({
  responses: {
    '200': { byMediaType: { 'application/json': user }, headers: [] },
    '4XX': { byMediaType: { 'application/problem+json': true }, headers: [] },
  },
});
const sampled: AnswerSettings = { unknownFields: 'block', depthMax: 32, maskFields: [], responseShare: 0.01 };
const all: AnswerSettings = { ...sampled, responseShare: 1 };

function judge(text: string, settings: AnswerSettings, { status = 200, type = 'application/json', fields = {}, isWhole = true } = {}) {
  const judged = judgeAnswer(
    operation,
    { status, headers: headers({ 'content-type': type, ...fields }), bytes: Buffer.from(text), isWhole },
    settings,
  );
  return {
    text: judged.bytes === null ? null : Buffer.from(judged.bytes).toString(),
    rules: judged.objections.map(({ rule, mode }) => `${rule.replace('response.', '')} ${mode}`),
  };
}

test('an answer as declared has nothing against it', () => {
  expect(judge('{"id":1,"name":"x"}', all)).toEqual({ text: null, rules: [] });
});

test('fields that are not declared or write-only are told, and refused only when every answer is seen', () => {
  expect(judge('{"id":1,"ssn":"x","password":"y"}', sampled).rules).toEqual(['field-undeclared log', 'write-only log']);
  expect(judge('{"id":1,"ssn":"x","password":"y"}', all).rules).toEqual(['field-undeclared block', 'write-only block']);
  expect(judge('{"id":1,"ssn":"x"}', { ...all, unknownFields: 'off' }).rules).toEqual([]);
});

test('a wrong type, a missing field, another status and another media type are told apart', () => {
  expect(judge('{"id":"1"}', all).rules).toEqual(['field block']);
  expect(judge('{"name":"x"}', all).rules).toEqual(['field-missing log']);
  expect(judge('{}', all, { status: 302 }).rules).toEqual(['status-undeclared log']);
  expect(judge('{}', all, { status: 500 }).rules).toEqual([]);
  expect(judge('<p>', all, { type: 'text/html' }).rules).toEqual(['media-type log']);
  expect(judge('{"id":', all).rules).toEqual(['malformed log']);
});

test('masks replace the field and leave the answer; what cannot be read is left and said', () => {
  const settings = { ...sampled, maskFields: ['$.name'] };
  expect(judge('{"id":1,"name":"x"}', settings)).toEqual({ text: '{"id":1,"name":"***"}', rules: [] });
  expect(judge('{"id":1,"name":', settings)).toEqual({ text: null, rules: ['mask-unread log', 'malformed log'] });
  expect(judge('<html>', settings, { type: 'text/html', status: 500 })).toEqual({ text: null, rules: [] });
  const cut = judge('{"id":1,"name":"x","more":"y', settings, { isWhole: false });
  expect(cut).toEqual({ text: '{"id":1,"name":"***","more":"y', rules: ['mask-partial log'] });
});

const leaking: readonly (readonly [string, string])[] = [
  ['stack-trace', 'java.lang.NullPointerException\n\tat com.shop.OrderService.find(OrderService.java:42)'],
  ['stack-trace', '{"trace":"Traceback (most recent call last):\\n  File \\"/app/main.py\\", line 3"}'],
  ['stack-trace', 'TypeError: x is undefined\n    at find (/srv/app/orders.js:10:5)'],
  ['stack-trace', 'System.NullReferenceException: Object reference not set'],
  ['stack-trace', '<b>Fatal error</b>:  Uncaught Error in <b>/var/www/index.php</b> on line 3'],
  ['stack-trace', 'goroutine 1 [running]:\nmain.main()'],
  ['stack-trace', "app/models/user.rb:12:in `find'"],
  ['stack-trace', "thread 'main' panicked at src/main.rs:3:5"],
  ['database-error', 'ORA-00933: SQL command not properly ended'],
  ['database-error', "You have an error in your SQL syntax; check the manual near ''' at line 1"],
  ['database-error', 'ERROR: syntax error at or near "union"'],
  ['database-error', 'SQLSTATE[42000]: Syntax error or access violation'],
  ['database-error', 'sqlite3.OperationalError: near "x"'],
  ['database-error', 'MongoServerError: E11000 duplicate key error collection'],
  ['version-banner', '<hr><center>nginx/1.18.0</center>'],
];
const harmless: readonly string[] = [
  '{"error":"not_found","message":"No order at line 12."}',
  '{"error":"The field at items.name must be text (max 20)."}',
  'Warning: your cart is empty in this shop',
  '{"docs":"https://api.shop.example:8443/errors/12:34"}',
  '{"message":"Order 10-5 at 10:30:15 failed"}',
  'Please contact Oracle support: ORA-12',
  '{"detail":"File upload failed, line is busy"}',
];

test.each(leaking)('an error answer that shows its inside is told: %s', (kind, text) => {
  expect(judge(text, sampled, { status: 500, type: 'text/plain' }).rules).toEqual([`${kind} log`]);
  expect(judge(text, sampled, { status: 200, type: 'text/plain' }).rules).toEqual(['media-type log']);
});

test.each(harmless)('an error answer for people is not: %s', (text) => {
  expect(judge(text, sampled, { status: 500, type: 'text/plain' }).rules).toEqual([]);
});

test('both tables have all their rows', () => expect([leaking.length, harmless.length]).toEqual([15, 7]));

test('a version in a header of an error answer is told', () => {
  expect(judge('{}', sampled, { status: 500, fields: { server: 'nginx/1.18.0' } }).rules).toEqual(['version-banner log']);
  expect(judge('{}', sampled, { status: 500, fields: { server: 'cloudflare' } }).rules).toEqual([]);
});
