import { expect, test } from 'vitest';
import { templateMatcher, unnamed } from './template-match.ts';

const declared = [
  '/users/{id}',
  '/users/me',
  '/files/{name}.json',
  '/files/{name}',
  '/proxy/{path+}',
  '/orders/{id}:cancel',
  '/a/{x}/c',
  '/a/b/d',
].map((template) => ({ method: 'GET', template }));
const match = templateMatcher(declared);

test('literals win over parameters, narrow templates over wide ones', () => {
  const rows: [string, string | null][] = [
    ['/users/me', '/users/me'],
    ['/users/{int}', '/users/{id}'],
    ['/users/{int}/', '/users/{id}'],
    ['/files/a.json', '/files/{name}.json'],
    ['/files/a', '/files/{name}'],
    ['/proxy/a/b/c', '/proxy/{path+}'],
    ['/orders/{int}:cancel', '/orders/{id}:cancel'],
    ['/a/b/c', '/a/{x}/c'],
    ['/a/b/d', '/a/b/d'],
    ['/nothing', null],
  ];
  expect(rows).toHaveLength(10);
  for (const [path, template] of rows) expect(match('GET', path)?.template ?? null, path).toBe(template);
});

test('another method does not match, unless the template stands for every method', () => {
  expect(match('POST', '/users/me')).toBeNull();
  expect(templateMatcher([{ method: '*', template: '/x' }])('POST', '/x')?.template).toBe('/x');
});

test('parameter names do not tell templates apart', () => {
  expect(unnamed('/users/{userId}/x/{y}')).toBe('/users/{}/x/{}');
});
