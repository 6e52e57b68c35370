import { expect, test } from 'vitest';
import { declaredApi, declaredOperation } from '../evidence/declaration.fixture.ts';
import { emptySettings } from '../evidence/settings.ts';
import { type Exchange, emptyExchange } from '../http/exchange.ts';
import { pathSegmenter } from '../http/path-segmenter.ts';
import { record } from '../record.ts';
import { PathStats } from './aggregate.ts';
import { buildInventory } from './build.ts';
import type { InventoryInput, ObservedPath } from './build-context.ts';
import { addToTally, emptyTally } from './path-tally.ts';
import { scopeKey } from './service-binding.ts';

const fingerprint = (purpose: string, value: string) => `${purpose}:${value}`;
const context = { fingerprint, segment: pathSegmenter(fingerprint) };

/** Observed paths of these calls, as the workspace would hold them. */
function observed(calls: readonly Partial<Exchange>[]): ObservedPath[] {
  const stats = new PathStats();
  const tallies = new Map<object, ReturnType<typeof emptyTally>>();
  calls.forEach((call, at) => {
    const seen = record(
      { ...emptyExchange, status: 200, atMs: 1_772_000_000_000 + at * 1000, host: 'api.shop.example', line: at + 1, ...call },
      context,
    );
    const stat = stats.add(scopeKey({ service: seen.service, host: seen.host }), seen);
    const tally = tallies.get(stat) ?? emptyTally();
    tallies.set(stat, tally);
    addToTally(tally, seen, 'src_1', 1);
  });
  return stats.list().map((stat, at) => ({ id: at + 1, stat, tally: tallies.get(stat) ?? emptyTally() }));
}

const nothing: Omit<InventoryInput, 'paths'> = {
  documents: [],
  settings: emptySettings,
  decisions: [],
  owners: [],
  daily: () => null,
  fingerprint,
};

test('each GraphQL operation is an operation of the service that declares the endpoint', () => {
  const body = (query: string) => ({ mediaType: 'application/json', text: null, json: { query } });
  const paths = observed([
    { method: 'POST', path: '/graphql', requestBody: body('query Wishlist { wishlist { id } }') },
    { method: 'POST', path: '/graphql', requestBody: body('query Wishlist { wishlist { id } }') },
    { method: 'POST', path: '/graphql', requestBody: body('mutation Add($id: ID!) { add(id: $id) { id } }') },
    { path: '/products' },
    { path: '/orders' },
  ]);
  const storefront = declaredApi(
    'storefront',
    [declaredOperation('POST', '/graphql', { kind: 'graphql' }), declaredOperation('GET', '/products')],
    { hosts: ['api.shop.example'] },
  );
  const orders = declaredApi('orders', [declaredOperation('GET', '/orders')], { hosts: ['api.shop.example'] });
  const built = buildInventory({ ...nothing, paths, documents: [storefront, orders] });
  expect(
    built.operations.map(({ service, method, template, graphql, state, traffic }) => [
      service,
      method,
      template,
      graphql,
      state,
      traffic?.count,
    ]),
  ).toEqual([
    ['orders', 'GET', '/orders', null, 'active', 1],
    ['storefront', 'POST', '/graphql', 'mutation Add', 'active', 1],
    ['storefront', 'POST', '/graphql', 'query Wishlist', 'active', 2],
    ['storefront', 'GET', '/products', null, 'active', 1],
  ]);
});

test('a path that answers in gRPC is a gRPC operation, and callers of both its hosts are counted once', () => {
  const answer = {
    method: 'POST',
    path: '/shop.v1.Carts/AddItem',
    service: 'carts',
    responseHeaders: [{ name: 'content-type', value: 'application/grpc+proto' }],
  };
  const paths = observed([
    { ...answer, clientAddress: '198.51.100.1' },
    { ...answer, clientAddress: '198.51.100.1', host: 'carts.internal' },
    { ...answer, clientAddress: '198.51.100.2', host: 'carts.internal' },
  ]);
  const { operations } = buildInventory({ ...nothing, paths });
  expect(operations.map(({ kind, template, traffic }) => [kind, template, traffic?.clients])).toEqual([
    ['grpc', '/shop.v1.Carts/AddItem', 2],
  ]);
});

test('the order in which paths and documents come does not matter', () => {
  const paths = observed([
    { path: '/users/1' },
    { path: '/users/2' },
    { path: '/orders' },
    { path: '/health' },
    { method: 'POST', path: '/users', status: 201 },
  ]);
  const documents = [
    declaredApi('users', [declaredOperation('GET', '/users/{id}')], { hosts: ['api.shop.example'] }),
    declaredApi('orders', [declaredOperation('GET', '/orders')], { hosts: ['api.shop.example'] }),
  ];
  const one = buildInventory({ ...nothing, paths, documents });
  const other = buildInventory({ ...nothing, paths: [...paths].reverse(), documents });
  expect(JSON.stringify(other.operations)).toBe(JSON.stringify(one.operations));
  expect(other.summary).toEqual(one.summary);
});

test('calls without a credential count only where the source showed that it can see one', () => {
  const bearer = { requestHeaders: [{ name: 'authorization', value: 'Bearer x' }] };
  const open = { requestHeaders: [] };
  const blind = buildInventory({
    ...nothing,
    paths: observed([
      { path: '/a', ...open },
      { path: '/b', ...open },
    ]),
  });
  expect(blind.operations.map((operation) => operation.auth.judged)).toEqual([0, 0]);
  const sighted = buildInventory({
    ...nothing,
    paths: observed([
      { path: '/a', ...open },
      { path: '/b', ...bearer },
    ]),
  });
  expect(sighted.operations.map(({ auth }) => [auth.judged, auth.okWithout])).toEqual([
    [1, 1],
    [1, 0],
  ]);
  expect(sighted.findings.map((finding) => finding.rule)).toContain('auth.answered-without-credential');
});

test('every path is either in a template or folded with its reason', () => {
  const paths = observed([
    { path: '/orders/1' },
    { path: '/orders/2' },
    { path: '/favicon.ico' },
    { path: '/.env', status: 404 },
    { path: '/nothing', status: 404 },
    { method: 'OPTIONS', path: '/orders/1', status: 204 },
  ]);
  const { summary, folded } = buildInventory({ ...nothing, paths });
  const foldedCount = Object.values(summary.pathsFolded).reduce((a, b) => a + b, 0);
  expect(summary.pathsInTemplates + foldedCount).toBe(summary.pathsSeen);
  expect(folded).toHaveLength(foldedCount);
});
