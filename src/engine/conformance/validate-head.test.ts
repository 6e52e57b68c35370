import { expect, test } from 'vitest';
import { headers, headOf, operationOf, routeOf, strict, withParameter } from './contract.fixture.ts';
import type { ParameterContract, Schema } from './contract.ts';
import { validateHead } from './validate-head.ts';

const rulesOf = (parameter: Partial<ParameterContract>, query: string | null) =>
  validateHead(withParameter(parameter), headOf({ query }), routeOf(), strict).map(({ rule }) => rule.replace('validation.', ''));

const integer: Schema = { type: 'integer', minimum: 1, maximum: 100 };
const list = (items: Schema): Schema => ({ type: 'array', items });
const object: Schema = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, required: ['a'] };

const rows: readonly (readonly [string, Partial<ParameterContract>, string | null, readonly string[]])[] = [
  ['an integer is an integer', { schema: integer }, 'p=5', []],
  ['text is no integer', { schema: integer }, 'p=5x', ['query-type']],
  ['a number out of bounds', { schema: integer }, 'p=101', ['query-type']],
  ['an injection is no integer', { schema: integer }, "p=1'%20OR%201=1--", ['query-type']],
  ['a number in text stays text', { schema: { type: 'string' } }, 'p=007', []],
  ['a truth value', { schema: { type: 'boolean' } }, 'p=true', []],
  ['no truth value', { schema: { type: 'boolean' } }, 'p=maybe', ['query-type']],
  ['one of an enumeration', { schema: { type: 'string', enum: ['asc', 'desc'] } }, 'p=asc', []],
  ['none of an enumeration', { schema: { type: 'string', enum: ['asc', 'desc'] } }, 'p=up', ['query-type']],
  ['a required parameter that is missing', { required: true }, null, ['query-missing']],
  ['a required parameter that is missing among others', { required: true }, 'q=1', ['query-unknown', 'query-missing']],
  ['a scalar sent twice', { schema: { type: 'string' } }, 'p=1&p=2', ['query-duplicate']],
  ['a blank optional field', { schema: integer }, 'p=', []],
  ['a blank required field', { schema: integer, required: true }, 'p=', ['query-type']],
  ['an undeclared parameter', {}, 'p=1&other=2', ['query-unknown']],
  ['a credential in the query is declared elsewhere', {}, 'api_key=abc', []],
  ['a list repeated', { schema: list(integer) }, 'p=1&p=2', []],
  ['a list with one wrong item', { schema: list(integer) }, 'p=1&p=x', ['query-type']],
  ['a list as clients of PHP write it', { schema: list(integer) }, 'p[]=1&p[]=2', []],
  ['a list by commas', { schema: list(integer), explode: false }, 'p=1,2,3', []],
  ['an encoded comma is part of a value when others are plain', { schema: list({ enum: ['a,b', 'c'] }), explode: false }, 'p=a%2Cb,c', []],
  ['a list by encoded commas', { schema: list(integer), explode: false }, 'p=1%2C2', []],
  ['a list by spaces', { schema: list(integer), style: 'spaceDelimited', explode: false }, 'p=1%202', []],
  ['a list by bars', { schema: list(integer), style: 'pipeDelimited', explode: false }, 'p=1|2|x', ['query-type']],
  ['an object in brackets', { schema: object, style: 'deepObject', explode: true }, 'p[a]=1&p[b]=x', []],
  ['an object in brackets with a wrong field', { schema: object, style: 'deepObject', explode: true }, 'p[a]=z', ['query-type']],
  ['an object in brackets without its required field', { schema: object, style: 'deepObject', explode: true }, 'p[b]=z', ['query-type']],
  ['an object whose fields stand alone', { schema: object }, 'a=1&b=x', []],
  ['an object whose fields stand alone, one wrong', { schema: object }, 'a=x', ['query-type']],
  ['an object by commas', { schema: object, explode: false }, 'p=a,1,b,x', []],
  ['JSON in a parameter', { schema: object, contentType: 'application/json' }, 'p=%7B%22a%22%3A1%7D', []],
  ['no JSON in a JSON parameter', { schema: object, contentType: 'application/json' }, 'p=%7B', ['query-type']],
  ['a choice of number and empty text, the number', { schema: { anyOf: [integer, { type: 'string', enum: [''] }] } }, 'p=5', []],
  ['a choice of number and empty text, neither', { schema: { anyOf: [integer, { type: 'string', enum: [''] }] } }, 'p=x', ['query-type']],
  ['nothing where nothing may stand', { schema: { type: ['integer', 'null'] } }, 'p=null', []],
  ['a broken escape is written down', { schema: { type: 'string' } }, 'p=%E9', ['query-encoding']],
];

test.each(rows)('query: %s', (_what, parameter, query, expected) => {
  expect(rulesOf(parameter, query)).toEqual(expected);
});

test('the table of queries has all its rows', () => expect(rows.length).toBe(36));

test('parameters of path, header and cookie are held to their schema', () => {
  const check = (parameter: Partial<ParameterContract>, fields: Readonly<Record<string, string>>, params = {}) =>
    validateHead(withParameter(parameter), headOf({ headers: headers(fields) }), routeOf({ params }), strict).map(({ rule }) => rule);
  expect(check({ in: 'path', required: true, schema: integer }, {}, { p: '7' })).toEqual([]);
  expect(check({ in: 'path', required: true, schema: integer }, {}, { p: '..' })).toEqual(['validation.path-type']);
  expect(check({ in: 'path', schema: list(integer), style: 'label' }, {}, { p: '.1,2' })).toEqual([]);
  expect(check({ in: 'path', schema: list(integer), style: 'matrix', explode: true }, {}, { p: ';p=1;p=2' })).toEqual([]);
  expect(check({ in: 'header', name: 'x-page', required: true, schema: integer }, {})).toEqual(['validation.header-missing']);
  expect(check({ in: 'header', name: 'x-page', schema: integer }, { 'x-page': 'one' })).toEqual(['validation.header-type']);
  expect(check({ in: 'header', name: 'x-tags', schema: list({ enum: ['a', 'b'] }) }, { 'x-tags': 'a, b' })).toEqual([]);
  expect(check({ in: 'cookie', name: 'theme', schema: { enum: ['dark'] } }, { cookie: 'a=1; theme=dark' })).toEqual([]);
  expect(check({ in: 'cookie', name: 'theme', schema: { enum: ['dark'] } }, { cookie: 'theme=blue' })).toEqual(['validation.cookie-type']);
});

test('a reason names the place and what was expected, never the value', () => {
  const [objection] = validateHead(withParameter({ schema: integer }), headOf({ query: 'p=s3cr3t' }), routeOf(), strict);
  expect(objection).toEqual({
    section: 'validation',
    rule: 'validation.query-type',
    mode: 'block',
    status: 400,
    reason: 'The query parameter p must be an integer.',
    place: 'query.p',
  });
});

test('an undeclared name that looks like data is not repeated', () => {
  const [objection] = validateHead(withParameter({}), headOf({ query: 'alice%40example.com=1' }), routeOf(), strict);
  expect(objection?.reason).toBe('The query parameter {key} is not declared.');
});

test('what is undeclared is refused by the mode that the policy gives it, and only under a specification', () => {
  const judge = (route: Parameters<typeof routeOf>[0], method = 'GET') =>
    validateHead(null, headOf({ method }), routeOf(route), { ...strict, undeclared: 'log' }).map(({ rule, mode, status }) => ({
      rule,
      mode,
      status,
    }));
  expect(judge({})).toEqual([{ rule: 'validation.undeclared-operation', mode: 'log', status: 404 }]);
  expect(judge({ otherMethodTemplate: '/things/{id}' })).toEqual([{ rule: 'validation.method', mode: 'log', status: 405 }]);
  expect(judge({ contract: null })).toEqual([]);
  expect(judge({ otherMethodTemplate: '/things/{id}' }, 'OPTIONS')).toEqual([]);
});

test('a body is judged by its head: media type, length, presence', () => {
  const media = { schema: true, encoding: {} };
  const operation = operationOf({
    body: { required: true, byMediaType: { 'application/json': media, 'text/*': media } },
    bodyBytesMax: 100,
  });
  const check = (fields: Readonly<Record<string, string>>) =>
    validateHead(operation, headOf({ headers: headers(fields) }), routeOf(), strict).map(({ rule, status }) => `${rule} ${status}`);
  expect(check({ 'content-length': '5', 'content-type': 'application/json; charset=utf-8' })).toEqual([]);
  expect(check({ 'content-length': '5', 'content-type': 'Text/Plain' })).toEqual([]);
  expect(check({ 'content-length': '5', 'content-type': 'application/xml' })).toEqual(['validation.media-type 415']);
  expect(check({ 'transfer-encoding': 'chunked' })).toEqual(['validation.media-type 415']);
  expect(check({ 'content-length': '101', 'content-type': 'text/plain' })).toEqual(['validation.body-size 413']);
  expect(check({})).toEqual(['validation.body-missing 400']);
});

test('a flood of faults gives at most twenty objections', () => {
  const query = Array.from({ length: 900 }, (_, at) => `n${at}=1`).join('&');
  expect(validateHead(withParameter({}), headOf({ query }), routeOf(), strict)).toHaveLength(20);
  const many = Array.from({ length: 2000 }, () => 'p=1').join('&');
  expect(
    validateHead(withParameter({ schema: list(integer) }), headOf({ query: many }), routeOf(), strict).map(({ rule }) => rule),
  ).toEqual(['validation.query-many']);
});
