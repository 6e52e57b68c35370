import { expect, test } from 'vitest';
import { graphqlLabel, graphqlOfBody, graphqlOfDocument } from './graphql.ts';

test('the named operation is found, with its top-level fields and without its arguments', () => {
  const seen = graphqlOfDocument('query Basket($id: ID!) { basket(id: $id) { lines { name } } mine: user { email } }', null);
  expect(seen).toEqual({ type: 'query', name: 'Basket', fields: ['basket', 'user'] });
});

test('operationName chooses among several operations', () => {
  const text = 'query A { a } mutation B { b(input: {x: 1}) { c } }';
  expect(graphqlOfDocument(text, 'B')).toEqual({ type: 'mutation', name: 'B', fields: ['b'] });
});

test('a fragment in front does not hide the operation', () => {
  expect(graphqlOfDocument('fragment F on T { x } { items { ...F } }', null)).toEqual({ type: 'query', name: null, fields: ['items'] });
});

test('an anonymous query goes by its fields', () => {
  const seen = graphqlOfBody({ query: '{ products { name } categories { id } }' });
  expect(seen && graphqlLabel(seen)).toBe('query products+categories');
});

test('JSON that is not GraphQL is left alone', () => {
  expect(graphqlOfBody({ query: 'red shoes' })).toBeNull();
  expect(graphqlOfBody({ name: 'x' })).toBeNull();
  expect(graphqlOfBody([1])).toBeNull();
});

test('a batch is read by its first request', () => {
  expect(graphqlOfBody([{ query: 'mutation Pay { pay }' }, { query: '{ a }' }])?.name).toBe('Pay');
});
