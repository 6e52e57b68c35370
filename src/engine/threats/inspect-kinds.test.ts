import { expect, test } from 'vitest';
import type { RequestHead } from '../http/request.ts';
import { inspectHead } from './inspect.ts';

const head = (query: string): RequestHead => ({
  ...{ method: 'GET', scheme: 'https', host: 'a.example', path: '/', query, headers: [], clientAddress: null },
  ...{ certificate: null, httpVersion: '1.1', tlsVersion: null, clientShape: null },
});
const told = (kinds: Parameters<typeof inspectHead>[1]['kinds'] & object) =>
  inspectHead(head("q=1'%20or%20'1'='1&note=1'%20or%20'1'='1"), { categories: {}, threshold: 0.5, kinds }).map(({ place }) => place);

test('a place that passed a schema without room for an attack is not looked at, its neighbour is', () => {
  expect(told({ get: () => undefined })).toEqual(['query.q', 'query.note']);
  expect(told({ get: (place) => (place === 'query.q' ? 'validated' : undefined) })).toEqual(['query.note']);
});
