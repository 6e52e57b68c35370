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
