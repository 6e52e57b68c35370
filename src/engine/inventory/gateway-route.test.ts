import { expect, test } from 'vitest';
import { declaredApi, declaredOperation } from '../evidence/declaration.fixture.ts';
import type { DeclaredOperation } from '../evidence/declaration.ts';
import { gatewayLookup } from './gateway-route.ts';

const route = declaredOperation;
const gateway = (hosts: readonly string[], operations: readonly DeclaredOperation[]) =>
  declaredApi('gateway', operations, { format: 'kong-declarative', hosts });

test('the longest prefix wins, an exact route before any prefix, a method before every method', () => {
  const find = gatewayLookup([
    gateway([], [route('*', '/**'), route('*', '/orders/**'), route('POST', '/orders/**'), route('GET', '/orders/{id}/pay')]),
  ]);
  const rows: [string, string, string, string][] = [
    ['GET', '/users', '*', '/**'],
    ['GET', '/orders/{orderId}', '*', '/orders/**'],
    ['POST', '/orders', 'POST', '/orders/**'],
    ['GET', '/orders/{orderId}/pay', 'GET', '/orders/{id}/pay'],
    ['GET', '/ordersX', '*', '/**'],
  ];
  expect(rows).toHaveLength(5);
  for (const [method, template, routeMethod, routeTemplate] of rows) {
    const found = find([], method, template)?.operation;
    expect([found?.method, found?.template], template).toEqual([routeMethod, routeTemplate]);
  }
});

test('a route on another host does not lead here', () => {
  const find = gatewayLookup([gateway(['api.shop.example'], [route('*', '/**')])]);
  expect(find(['admin.shop.example'], 'GET', '/x')).toBeNull();
  expect(find(['api.shop.example'], 'GET', '/x')).not.toBeNull();
});

test('the hosts of a route stand before those of its document, also where two routes share a path', () => {
  const shop = route('*', '/**', { hosts: ['shop.example'], operationId: 'shop' });
  const admin = route('*', '/**', { hosts: ['*.admin.example'], operationId: 'admin' });
  const rest = route('*', '/**', { hosts: [], operationId: 'rest' });
  const named = route('*', '/health', { operationId: 'document' });
  const rows: [string, string, string | null][] = [
    ['shop.example', '/x', 'shop'],
    ['eu.admin.example', '/x', 'admin'],
    ['else.example', '/x', 'rest'],
    ['shop.example', '/health', 'shop'],
    ['gateway.example', '/health', 'document'],
  ];
  expect(rows).toHaveLength(5);
  for (const order of [
    [shop, admin, rest, named],
    [named, rest, admin, shop],
  ]) {
    const find = gatewayLookup([gateway(['gateway.example'], order)]);
    for (const [host, path, id] of rows) expect(find([host], 'GET', path)?.operation.operationId, `${host}${path}`).toBe(id);
  }
});
