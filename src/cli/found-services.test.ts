import { expect, test } from 'vitest';
import { foundServices, type ServiceTraces } from './found-services.ts';

type Trace = ServiceTraces['operations'][number];

const trace = (service: string, more: Partial<Trace> = {}): Trace => ({
  service,
  hosts: ['api.acme.example'],
  owner: null,
  declared: [{ format: 'openapi-3.1', place: { file: `./specs/${service}.yaml`, line: 3 }, document: service }],
  ...more,
});
const document = (service: string, ...basePaths: string[]) => ({ place: { file: `specs/${service}.yaml`, line: null }, basePaths });
const specs = ['specs/orders.yaml', 'specs/users.yaml'];

test('a service holds the hosts, specs and owner of its operations', () => {
  const operations = [
    trace('orders', { hosts: ['b.example'] }),
    trace('orders', { hosts: ['a.example'] }),
    trace('legacy', { declared: [], owner: { value: 'jo', from: 'git', confidence: 0.5 } }),
  ];
  const found = foundServices({ operations, documents: [], specs, ownerRules: [{ pattern: '/specs/', owners: ['@acme/api'] }] });
  expect(found).toEqual([
    { name: 'orders', hosts: ['a.example', 'b.example'], specs: ['specs/orders.yaml'], owner: '@acme/api', paths: [] },
    { name: 'legacy', hosts: ['api.acme.example'], specs: [], owner: 'jo', paths: [] },
  ]);
});

test('base paths are named only where they tell services of one host apart', () => {
  const operations = [trace('orders'), trace('users')];
  const pathsOf = (...documents: ReturnType<typeof document>[]) =>
    foundServices({ operations, documents, specs, ownerRules: [] }).map(({ paths }) => paths);
  expect(pathsOf(document('orders', '/orders'), document('users', '/users'))).toEqual([['/orders'], ['/users']]);
  expect(pathsOf(document('orders', '/v1'), document('users', '/v1'))).toEqual([[], []]);
  expect(pathsOf(document('orders', '/'), document('users', '/users'))).toEqual([[], ['/users']]);
});

test('what is left over on a host of others is no entry; a host nobody else has is one', () => {
  const operations = [
    trace('orders'),
    trace('api.acme.example', { declared: [] }),
    trace('www.acme.example', { hosts: ['www.acme.example'] }),
  ];
  expect(foundServices({ operations, documents: [], specs, ownerRules: [] }).map(({ name }) => name)).toEqual([
    'orders',
    'www.acme.example',
  ]);
});
