import { expect, test } from 'vitest';
import type { JsonValue } from '../http/exchange.ts';
import { headers, headOf, jsonBody, routeOf, strict, withBody, withParameter } from './contract.fixture.ts';
import type { Schema } from './contract.ts';
import { isPlainText } from './harmless-fault.ts';
import { validateBody } from './validate-body.ts';
import { validateHead } from './validate-head.ts';

const lenient = { ...strict, harmlessFaults: 'log' } as const;
const schema: Schema = {
  type: 'object',
  required: ['id', 'kind'],
  properties: {
    id: { type: 'string', minLength: 10 },
    kind: { type: 'string', enum: ['a', 'b'] },
    size: { type: 'integer' },
    note: { anyOf: [{ $ref: '#/$defs/Reply' }, { type: 'object', required: ['y'], properties: { y: { type: 'integer' } } }] },
    pick: { anyOf: [{ type: 'integer' }, { type: 'object', required: ['x'], properties: { x: { type: 'integer' } } }] },
  },
};
const schemas: Readonly<Record<string, Schema>> = {
  Reply: { type: 'object', required: ['to'], properties: { text: { type: 'string' }, to: { type: 'integer' } } },
};
const good = { id: '0123456789', kind: 'a' };

const judge = (value: JsonValue, settings: Parameters<typeof validateBody>[3] = lenient) =>
  validateBody(withBody(schema, schemas), headOf(), jsonBody(value), settings).map(
    ({ rule, mode, place }) => `${mode} ${rule.replace('validation.', '')} ${place}`,
  );

const rows: readonly (readonly [string, JsonValue, readonly string[]])[] = [
  ['a number for a text', { ...good, id: 5 }, ['log body-field body.$.id']],
  ['a missing field', { id: good.id }, ['log body-required body.$']],
  ['a word that is not on the list', { ...good, kind: 'other word' }, ['log body-field body.$.kind']],
  ['a word for a number', { ...good, size: 'large' }, ['log body-field body.$.size']],
  ['an injection for a number', { ...good, size: "1' or '1'='1" }, ['block body-field body.$.size']],
  ['an operator for a text', { ...good, id: { $gt: '' } }, ['block body-field body.$.id']],
  ['an operator without its sign', { ...good, id: { ne: 1 } }, ['block body-field body.$.id']],
  ['a path for a word on the list', { ...good, kind: '../../etc/passwd' }, ['block body-field body.$.kind']],
  [
    'markup for a number, behind a harmless fault',
    { ...good, id: 5, size: '<b>' },
    ['block body-field body.$.size', 'log body-field body.$.id'],
  ],
  ['a choice that fits nowhere, plain', { ...good, pick: { x: 'a' } }, ['log body-field body.$.pick']],
  ['a choice that fits nowhere, with a payload', { ...good, pick: { x: '$(id)' } }, ['block body-field body.$.pick.x']],
  [
    'a choice that fits nowhere for a harmless reason, beside free text',
    { ...good, note: { text: '<p>hi</p>', to: 'me' } },
    ['log body-field body.$.note'],
  ],
  ['a choice that fits nowhere for a harmful reason', { ...good, note: { text: 'hi', to: '<p>' } }, ['block body-field body.$.note.to']],
];

test.each(rows)('where harmless faults are written down: %s', (_what, value, expected) => expect(judge(value)).toEqual(expected));
test('the table of faults has all its rows', () => expect(rows.length).toBe(13));

test('without the setting every fault blocks', () => {
  for (const [, value] of rows) expect(judge(value, strict).every((line) => line.startsWith('block '))).toBe(true);
});

test('of a flood of faults none is taken for harmless that was not looked at', () => {
  const list: Schema = { type: 'array', items: { type: 'integer' } };
  const flood = [...Array.from({ length: 500 }, () => 'word'), '<script>'];
  const objections = validateBody(withBody(list), headOf(), jsonBody(flood), lenient);
  expect(objections.some(({ mode }) => mode === 'block')).toBe(true);
  const large = validateBody(withBody(list), headOf(), jsonBody(['word', '<script>'], { bytes: 200_000 }), lenient);
  expect(large.map(({ mode }) => mode)).toEqual(['block']);
});

test('parameters and media types are told apart in the same way', () => {
  const head = (query: string) =>
    validateHead(withParameter({ schema: { type: 'integer' } }), headOf({ query }), routeOf(), lenient).map(({ mode }) => mode);
  expect(head('p=seven')).toEqual(['log']);
  expect(head("p=1'--")).toEqual(['block']);
  expect(head('p=1&p=2')).toEqual(['block']);
  const media = (type: string) =>
    validateHead(withBody(true), headOf({ headers: headers({ 'content-length': '2', 'content-type': type }) }), routeOf(), lenient).map(
      ({ mode }) => mode,
    );
  expect(media('application/json-patch+json')).toEqual(['log']);
  expect(media('application/xml')).toEqual(['block']);
});

test('plain text is what people write, not what programs read', () => {
  const plain = ['', 'AC0123', 'Jürgen Groß', '2026-01-01T10:00:00+01:00', 'a@b.example', '12.5', '東京'];
  const other = ['a/b', "O'Brien", '<b>', 'a;b', '$x', '{{x}}', '1=1', 'a..b', 'x--', '(1)', 'a|b', 'a\nb', 'x'.repeat(300), '%00', '*'];
  expect(plain.filter((text) => !isPlainText(text))).toEqual([]);
  expect(other.filter(isPlainText)).toEqual([]);
});
