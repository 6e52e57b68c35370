import { expect, test } from 'vitest';
import { TemplateTrie, templateMatcher, unnamed } from './template-match.ts';

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

test('the stronger template wins over the more literal one', () => {
  const trie = new TemplateTrie<{ method: string; template: string }>();
  trie.add({ method: 'GET', template: '/orders/search' }, 2);
  trie.add({ method: '*', template: '/orders/{id}' }, 1);
  trie.add({ method: 'GET', template: '/orders/{id}/lines' }, 2);
  expect(trie.find('GET', ['orders', 'search'])?.template).toBe('/orders/{id}');
  expect(trie.find('GET', ['orders', '{int}', 'lines'])?.template).toBe('/orders/{id}/lines');
  trie.add({ method: 'GET', template: '/orders/{number}' }, 0);
  expect(trie.find('GET', ['orders', 'search'])?.template).toBe('/orders/{number}');
  expect(trie.find('POST', ['orders', 'search'])?.template).toBe('/orders/{id}');
});

test('a mask hides the text between two parameters, not the text around them', () => {
  const trie = new TemplateTrie<{ method: string; template: string }>();
  trie.add({ method: 'GET', template: '/compare/{base}...{head}' });
  trie.add({ method: 'GET', template: '/tiles/{x}.png' });
  expect(trie.find('GET', ['compare', '{token}'])?.template).toBe('/compare/{base}...{head}');
  expect(trie.find('GET', ['compare', 'main'])).toBeNull();
  expect(trie.find('GET', ['tiles', '{int}.png'])?.template).toBe('/tiles/{x}.png');
  expect(trie.find('GET', ['tiles', '{int}'])).toBeNull();
});

test('50,000 templates cost no more to search than a few', () => {
  const trie = new TemplateTrie<{ method: string; template: string }>();
  for (let i = 0; i < 50_000; i++) trie.add({ method: 'GET', template: `/team${i % 100}/{id}/thing${i}/{key}` }, i % 4);
  const startMs = performance.now();
  let found = 0;
  for (let i = 0; i < 50_000; i += 10) if (trie.find('GET', [`team${i % 100}`, '{int}', `thing${i}`, '{uuid}']) !== null) found++;
  expect(found).toBe(5_000);
  // A scan of all templates of one length takes minutes; along the path it is milliseconds, so a second leaves room for a busy machine.
  expect(performance.now() - startMs).toBeLessThan(1_000);
});
