import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, ownersOfPath } from './owner-pattern.ts';

const rules = [
  { pattern: '*', owners: ['@everyone'] },
  { pattern: '/specs/', owners: ['@platform'] },
  { pattern: 'specs/orders*.yaml', owners: ['@orders'] },
  { pattern: '/specs/legacy/', owners: [] },
  { pattern: '/docs/', owners: ['@docs'] },
];

describe('owner patterns', () => {
  it('lets the last rule that fits win, and one without owners take them away', () => {
    expect(ownersOfPath(rules, 'specs/users.yaml')).toEqual(['@platform']);
    expect(ownersOfPath(rules, 'specs/orders-v2.yaml')).toEqual(['@orders']);
    expect(ownersOfPath(rules, 'specs/legacy/old.yaml')).toEqual([]);
    expect(ownersOfPath(rules, 'readme.md')).toEqual(['@everyone']);
  });

  it('gives the same owners whatever folder stood in front', () => {
    const paths = ['specs/users.yaml', 'specs/orders-v2.yaml', 'specs/legacy/old.yaml', 'readme.md', 'docs/a/b.md'];
    const fronts = ['./', '/', './examples/shop/', '/srv/build/shop/', '../shop/'];
    for (const path of paths)
      for (const front of fronts) expect(ownersOfPath(rules, front + path), front + path).toEqual(ownersOfPath(rules, path));
  });

  it('keeps to one root for all rules, so that a folder of the same name further down is not the rooted one', () => {
    expect(ownersOfPath(rules, 'specs/docs/a.md')).toEqual(['@platform']);
    expect(ownersOfPath([{ pattern: '/*.yaml', owners: ['@root'] }], 'deep/a.yaml')).toEqual([]);
  });

  it.each([
    ['*', 'a/b/c', true],
    ['docs/*', 'docs/a.md', true],
    ['docs/*', 'docs/a/b.md', false],
    ['docs/', 'x/docs/a/b.md', true],
    ['/docs/', 'x/docs/a.md', false],
    ['docs/', 'docs', false],
    ['/docs', 'docs', true],
    ['/docs', 'docs/a', true],
    ['**/logs', 'a/b/logs/c', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/z', true],
    ['/a/**', 'a/b/c', true],
    ['*.js', 'a/b.js', true],
    ['*.js', 'a/b.jsx', false],
    ['a?c', 'abc', true],
    ['lib/x.ts', 'src/lib/x.ts', false],
  ])('%s against %s is %s', (pattern, path, expected) => {
    expect(matchesPattern(pattern, path)).toBe(expected);
  });

  it('never throws, and ends soon, on any pattern', () => {
    const part = fc.constantFrom('**', '*', '?', 'a', 'b', '/', '*a*', '\\', '[', '#', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 60 }), (pattern, path) => {
        const rules = [{ pattern: pattern.join(''), owners: ['@a'] }];
        expect(['', '@a']).toContain(ownersOfPath(rules, path.join('')).join());
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
