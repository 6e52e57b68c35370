import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphql } from './graphql.ts';
import { readDocument } from './graphql-document.ts';
import { missed, type Row, refused, ruleFor } from './rows.fixture.ts';

const place = 'body $.query graphql';
const attacks: readonly Row[] = [
  [place, `query { ${'a { '.repeat(30)} id ${'}'.repeat(30)} }`],
  [place, `mutation { ${Array.from({ length: 60 }, (_, at) => `t${at}: login(pin: "${at}") { ok }`).join(' ')} }`],
  [place, `{ me ${'@skip(if: false) '.repeat(20)} { id } }`],
  [place, '{ a { ...X } } fragment X on T { b { ...Y } } fragment Y on T { a { ...X } }'],
  [place, `{ ${'me '.repeat(150)} }`],
  [place, '{ users(filter: "{\\"$where\\": \\"1\\"}") { id } }'],
  ['query-name', '{ __schema { types { name } } }'],
];
const ordinary: readonly Row[] = [
  [
    place,
    'query Shop($id: ID!) { shop(id: $id) { name items(first: 10) { edges { node { id ...Card } } } } } fragment Card on Item { title price }',
  ],
  [place, '{ __schema { types { name } } }'],
  [place, '{ small: image(size: 1) { url } large: image(size: 2) { url } __typename }'],
  [place, 'mutation { note(text: "a { b: c }") { id } }'],
  ['body $.json', '{ "query": "x" }'],
  ['body $.css', 'a { color: red }'],
  ['body $.text free-text', '{ just braces }'],
];

test('documents without measure and documents where none belongs are found', () => {
  expect(attacks).toHaveLength(7);
  expect(missed(graphql, attacks)).toEqual([]);
});

test('the operations of a real client pass, and introspection alone is only noted', () => {
  expect(ordinary).toHaveLength(7);
  expect(refused(graphql, ordinary)).toEqual([]);
  expect(ruleFor(graphql, attacks[3] as Row)).toBe('circular-fragment');
});

test('no text makes reading a document throw', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[{}()a-c@:."$ .#\n-]{0,200}$/), (text) => {
      const read = readDocument(text);
      if (read !== null) expect(read.depth).toBeGreaterThan(0);
    }),
  );
});
