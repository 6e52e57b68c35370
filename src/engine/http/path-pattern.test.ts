import { expect, test } from 'vitest';
import { parsePathPattern } from './path-pattern.ts';

test('patterns read step by step, and `/**` covers the path itself and all below', () => {
  expect(parsePathPattern('/orders/{id}/lines')).toMatchObject({
    steps: [{ kind: 'literal', text: 'orders' }, { kind: 'any' }, { kind: 'literal', text: 'lines' }],
    isPrefix: false,
  });
  expect(parsePathPattern('/admin/**')).toEqual({ steps: [{ kind: 'literal', text: 'admin' }], isPrefix: true });
  expect(parsePathPattern('/**')).toEqual({ steps: [], isPrefix: true });
  expect(parsePathPattern('/')).toEqual({ steps: [], isPrefix: false });
  expect(parsePathPattern('/a/*/b')?.steps[1]).toEqual({ kind: 'any' });
  expect(parsePathPattern('/f/{name}.json')?.steps[1]).toMatchObject({ kind: 'mixed' });
});

test('what would not match as its writer meant is no pattern', () => {
  for (const text of ['orders', '', '/a/**/b', '/a/{rest+}/b', '/a*', '/(a|b)?', 'https://a/b']) {
    expect([text, parsePathPattern(text)]).toEqual([text, null]);
  }
});
