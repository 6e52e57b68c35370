import { expect, test } from 'vitest';
import { parsePathPattern, readParameters } from './path-pattern.ts';

test('patterns read step by step, and `/**` covers the path itself and all below', () => {
  expect(parsePathPattern('/orders/{id}/lines')).toMatchObject({
    steps: [
      { kind: 'literal', text: 'orders' },
      { kind: 'any', name: 'id' },
      { kind: 'literal', text: 'lines' },
    ],
    isPrefix: false,
  });
  expect(parsePathPattern('/admin/**')).toEqual({ steps: [{ kind: 'literal', text: 'admin' }], isPrefix: true });
  expect(parsePathPattern('/**')).toEqual({ steps: [], isPrefix: true });
  expect(parsePathPattern('/')).toEqual({ steps: [], isPrefix: false });
  expect(parsePathPattern('/a/*/b')?.steps[1]).toEqual({ kind: 'any', name: null });
  expect(parsePathPattern('/f/{name}.json')?.steps[1]).toMatchObject({ kind: 'mixed' });
});

test('what would not match as its writer meant is no pattern', () => {
  for (const text of ['orders', '', '/a/**/b', '/a/{rest+}/b', '/a*', '/(a|b)?', 'https://a/b']) {
    expect([text, parsePathPattern(text)]).toEqual([text, null]);
  }
});

test('parameters are read by the names of the pattern, and only when all of it fits', () => {
  const read = (pattern: string, path: string) => {
    const parsed = parsePathPattern(pattern);
    const into: Record<string, string> = {};
    return parsed === null ? null : [readParameters(parsed, path.split('/').slice(1), into), into];
  };
  expect(read('/accounts/{account}/**', '/Accounts/a1/orders/7')).toEqual([true, { account: 'a1' }]);
  expect(read('/a/{x}/{name}.json', '/a/1/report.json')).toEqual([true, { x: '1', name: 'report' }]);
  expect(read('/a/{x}/{name}.json', '/a/1/report.xml')).toEqual([false, {}]);
  expect(read('/a/{x}', '/a/1/2')).toEqual([false, {}]);
});
