import { expect, test } from 'vitest';
import { withBody, withParameter } from './contract.fixture.ts';
import type { Schema } from './contract.ts';
import { isHarmlessPattern, linearPattern } from './linear-pattern.ts';
import { PlaceHints, placeHints } from './place-hints.ts';

const hint = (schema: Schema) => new PlaceHints(withParameter({ schema }), null).get('query.p');

const rows: readonly (readonly [Schema, ReturnType<typeof hint>])[] = [
  [{ type: 'integer' }, 'validated'],
  [{ type: ['number', 'null'] }, 'validated'],
  [{ type: 'string', enum: ['a', 'b'] }, 'validated'],
  [{ enum: ['a', 'b'] }, 'validated'],
  [{ type: 'string', format: 'uuid' }, 'validated'],
  [{ type: 'string', pattern: '^[a-z0-9-]{1,20}$' }, 'validated'],
  [{ type: 'array', items: { type: 'integer' } }, 'validated'],
  [{ anyOf: [{ type: 'integer' }, { type: 'string', enum: [''] }] }, 'validated'],
  [{ anyOf: [{ type: 'string' }, { type: 'string', enum: ['a'] }] }, undefined],
  [{ type: 'string', pattern: '[a-z]+' }, undefined],
  [{ type: 'string', pattern: '^.*$' }, undefined],
  [{ type: 'string' }, undefined],
  [true, undefined],
  [{ type: 'string', format: 'uri' }, 'url'],
  [{ type: 'string', format: 'email' }, 'plain'],
  [{ type: 'string', contentMediaType: 'text/html' }, 'html'],
];

test.each(rows)('a schema tells what its place holds: %j', (schema, expected) => expect(hint(schema)).toBe(expected));
test('the table of hints has all its rows', () => expect(rows.length).toBe(16));

test('places of a body are found by path, in JSON and in forms', () => {
  const schema: Schema = {
    type: 'object',
    properties: { items: { type: 'array', items: { $ref: '#/$defs/Item' } }, home: { type: 'string', format: 'uri' } },
  };
  const schemas: Readonly<Record<string, Schema>> = {
    Item: { type: 'object', properties: { kind: { type: 'string', enum: ['a'] }, note: { type: 'string' } } },
  };
  const json = new PlaceHints(withBody(schema, schemas), 'application/json');
  expect(
    ['body.$.items[].kind', 'body.$.items[].note', 'body.$.home', 'body.$.other', 'body.$.items[].kind.x'].map((place) => json.get(place)),
  ).toEqual(['validated', undefined, 'url', undefined, undefined]);
  expect(
    new PlaceHints(withBody(schema, schemas, 'application/x-www-form-urlencoded'), 'application/x-www-form-urlencoded').get('body.home'),
  ).toBe('url');
  expect(new PlaceHints(withBody(schema), 'text/plain').get('body.$.home')).toBeUndefined();
});

test('hints are made once for an operation and a declared media type', () => {
  const operation = withBody({ type: 'object', properties: { n: { type: 'integer' } } });
  expect(placeHints(operation, 'application/json')).toBe(placeHints(operation, 'application/json'));
  expect(placeHints(operation, 'application/json').get('body.$.n')).toBe('validated');
  expect(placeHints(operation, 'a/b')).toBe(placeHints(operation, null));
});

test('a pattern is harmless only when nothing but words passes it', () => {
  const harmless = ['^[A-Z]{2}\\d+$', '^\\w+$', '^[-a-z_]*$', '^AC[0-9a-fA-F]{32}$', '^[a-z-]$'];
  const harmful = ['^[^<]+$', '^a|b$', '^[a-z .]+$', '^(a)$', '^a', 'a$', '^[!-~]$', '^\\S+$', '^[\\s\\S]$', '^[A-z]+$.', '^$x$'];
  expect(harmless.filter((pattern) => !isHarmlessPattern(pattern))).toEqual([]);
  expect(harmful.filter(isHarmlessPattern)).toEqual([]);
});

test('a pattern means the same whichever way it is matched', () => {
  const patterns = ['^[a-z]{2,4}$', '^\\d+-x$', '^a.c', '^[^,]*,$', '(ab|cd)+e', '\\u0041b', '^\\/v\\d$'];
  const texts = ['', 'ab', 'abcd', 'abcde', '12-x', 'a\u00e9c', 'x,', ',', 'abcde', 'cde', 'Ab', '/v1', 'ABCD'];
  for (const pattern of patterns) {
    const linear = linearPattern(pattern);
    for (const text of texts) expect([pattern, text, linear?.test(text)]).toEqual([pattern, text, new RegExp(pattern, 'u').test(text)]);
  }
});
