import { expect, test } from 'vitest';
import { declaredApi, declaredOperation } from '../evidence/declaration.fixture.ts';
import { type ApiSetting, emptySettings } from '../evidence/settings.ts';
import { bindServices, type ScopedPath } from './service-binding.ts';

const spec = (service: string, hosts: readonly string[], templates: readonly string[]) =>
  declaredApi(
    service,
    templates.map((template) => declaredOperation('GET', template)),
    { hosts },
  );
const seen = (scope: string, path: string, ok = 10): ScopedPath => ({ scope, method: 'GET', path, ok, hosts: [] });

const orders = spec('orders', ['orders.shop.example'], ['/orders', '/orders/{id}', '/orders/{id}/lines']);
const users = spec('users', [], ['/users', '/users/{id}']);

test('a host that the document names joins the two', () => {
  const path = seen('host:orders.shop.example', '/anything');
  expect(bindServices([path], [orders, users], emptySettings)(path)).toBe('orders');
});

test('another host is joined when the calls fit the document', () => {
  const paths = [
    seen('host:staging.example', '/orders'),
    seen('host:staging.example', '/orders/{int}'),
    seen('host:staging.example', '/debug', 5),
  ];
  expect(paths.map(bindServices(paths, [orders, users], emptySettings))).toEqual(['orders', 'orders', 'orders']);
});

test('one likeness by chance joins nothing', () => {
  const paths = [seen('host:blog.example', '/users', 1), seen('host:blog.example', '/posts', 500)];
  expect(bindServices(paths, [orders, users], emptySettings)(paths[1] as ScopedPath)).toBe('blog.example');
});

test('traffic without a host goes to the document that each path fits', () => {
  const paths = [seen('', '/orders'), seen('', '/orders/{int}'), seen('', '/users'), seen('', '/users/{int}')];
  expect(paths.map(bindServices(paths, [orders, users], emptySettings))).toEqual(['orders', 'orders', 'users', 'users']);
});

const apiSetting = (name: string, hosts: readonly string[], paths: readonly string[]): ApiSetting => ({
  name,
  hosts,
  paths,
  audience: null,
  owner: null,
  purpose: null,
  dataLevel: null,
  publicOperations: [],
  specs: [],
  docs: [],
  supplier: null,
  renewal: null,
});

test('stance.yaml outranks what a document says of a host', () => {
  const api = apiSetting('checkout', ['orders.shop.example'], ['/orders']);
  const paths = [seen('host:orders.shop.example', '/orders/{int}'), seen('host:orders.shop.example', '/other')];
  expect(paths.map(bindServices(paths, [orders], { ...emptySettings, apis: [api] }))).toEqual(['checkout', 'orders']);
});

test('a stated service that is known wins over an API that claims the whole host; an unknown one does not', () => {
  const onHost = (service: string): ScopedPath => ({ ...seen(`service:${service}`, '/x'), hosts: ['shop.example'] });
  const paths = [onHost('billing'), onHost('orders'), onHost('pod-7f9c')];
  const apis = [apiSetting('storefront', ['shop.example'], []), apiSetting('billing', [], ['/billing'])];
  expect(paths.map(bindServices(paths, [orders], { ...emptySettings, apis }))).toEqual(['billing', 'orders', 'storefront']);
});
