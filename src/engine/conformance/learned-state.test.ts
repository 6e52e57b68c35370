import { expect, test } from 'vitest';
import type { RequestHead } from '../http/request.ts';
import { LearnedModel, operationsMax } from './learned-model.ts';
import { readLearnedState } from './learned-state.ts';

const print = (purpose: string, value: string) => `${purpose}-${value.length}`;
const head: RequestHead = {
  ...{ method: 'GET', scheme: 'https', host: 'a.example', path: '/o', query: 'id=1&__proto__=x&constructor=y', headers: [] },
  ...{ clientAddress: null, certificate: null, httpVersion: '1.1', tlsVersion: null, clientShape: null },
};

function kept(): Record<string, unknown> & { operations: Record<string, Record<string, unknown>> } {
  const model = new LearnedModel(print);
  for (let at = 0; at < 30; at++) model.learn({ operation: 'GET /o', head, params: {}, body: null, client: `c${at % 5}` });
  return JSON.parse(JSON.stringify(model.state));
}

test('a model that was kept goes on as it was, and no name of a place reaches a prototype', () => {
  const state = readLearnedState(kept());
  expect(state?.operations['GET /o']).toMatchObject({ requests: 30, clients: ['c0', 'c1', 'c2', 'c3', 'c4'] });
  expect(Object.keys(state?.operations['GET /o']?.places ?? {})).toEqual(['query.id', 'query.__proto__', 'query.constructor']);
  expect(Object.getPrototypeOf(state?.operations)).toBeNull();
  const again = new LearnedModel(print, state);
  again.learn({ operation: '__proto__', head, params: {}, body: null, client: null });
  expect(Object.hasOwn(again.state.operations, '__proto__')).toBe(true);
});

const spoilt: readonly (readonly [string, (state: ReturnType<typeof kept>) => unknown])[] = [
  ['no object', () => 'model'],
  ['another version', (state) => ({ ...state, version: 2 })],
  ['operations that are a list', (state) => ({ ...state, operations: [] })],
  ['a count below none', (state) => ({ ...state, dropped: -1 })],
  ['an operation without places', (state) => ({ ...state, operations: { a: { ...state.operations['GET /o'], places: null } } })],
  ['a place without counts', (state) => ({ ...state, operations: { a: { ...state.operations['GET /o'], places: { p: { seen: 1 } } } } })],
  ['prints that are no texts', (state) => ({ ...state, operations: { a: { ...state.operations['GET /o'], clients: [1] } } })],
  [
    'more operations than a model has',
    (state) => ({
      ...state,
      operations: Object.fromEntries(Array.from({ length: operationsMax + 1 }, (_, at) => [`o${at}`, state.operations['GET /o']])),
    }),
  ],
];

test.each(spoilt)('what is no whole model is nothing: %s', (_what, spoil) => expect(readLearnedState(spoil(kept()))).toBeNull());
test('the table of spoilt models has all its rows', () => expect(spoilt.length).toBe(8));
