import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observation } from '../evidence/observation.ts';
import { emptyExchange } from '../http/exchange.ts';
import { pathSegmenter } from '../http/path-segmenter.ts';
import { record } from '../record.ts';
import { PathStats } from './aggregate.ts';

const fingerprint = (purpose: string, value: string): string => `${purpose}:${value}`;

function seen(path: string, status = 200, clientAddress: string | null = null): Observation {
  return record({ ...emptyExchange, path, status, clientAddress }, { fingerprint, segment: pathSegmenter(fingerprint) });
}

test('one masked path is one statistic, with its values counted and not kept', () => {
  const stats = new PathStats();
  for (const id of ['17', '18', '18', '19']) stats.add('shop', seen(`/orders/${id}`, id === '19' ? 404 : 200, `10.0.0.${id}`));
  const [stat] = stats.list();
  expect(stats.list().length).toBe(1);
  expect(stat).toMatchObject({ segments: ['orders', '{int}'], count: 4, ok: 3, statuses: { 200: 3, 404: 1 } });
  expect(stat?.values.map((value) => value.estimate)).toEqual([1, 3]);
  expect(stat?.callers.estimate).toBe(3);
});

test('adding in parts and merging gives the same as adding in one go, in any order', () => {
  const paths = ['/a/1', '/a/2', '/b', '/a/x/9', '/b?q=1', '/a/3'];
  const whole = new PathStats();
  for (const path of paths) whole.add('shop', seen(path));
  const expected = JSON.stringify(whole.list());
  fc.assert(
    fc.property(fc.shuffledSubarray(paths, { minLength: paths.length, maxLength: paths.length }), fc.nat(paths.length), (order, cut) => {
      const left = new PathStats();
      const right = new PathStats();
      order.forEach((path, index) => {
        (index < cut ? left : right).add('shop', seen(path));
      });
      left.merge(right);
      expect(JSON.stringify(left.list())).toBe(expected);
    }),
    { numRuns: 60, seed: 11 },
  );
});

test('past its maximum, new paths are counted under a mask, and no message is lost', () => {
  const stats = new PathStats({ pathsMax: 50, coarseMax: 5 });
  for (let i = 0; i < 500; i++) {
    const letters = String.fromCharCode(97 + (i % 26), 97 + (Math.floor(i / 26) % 26));
    stats.add('shop', seen(`/members/zq${letters}/orders/${'ab/'.repeat(i % 9)}`));
  }
  const list = stats.list();
  expect(list.length).toBeLessThanOrEqual(50 + 5 + 12);
  expect(list.reduce((sum, stat) => sum + stat.count, 0)).toBe(500);
});

test('a body key named like a property of every object is counted like any other', () => {
  const stats = new PathStats();
  stats.add('shop', { ...seen('/tools/anvil'), segmentEchoes: [null, 'constructor'] });
  stats.add('shop', { ...seen('/tools/anvil'), segmentEchoes: [null, '__proto__'] });
  expect(stats.list()[0]?.echoes[1]).toEqual({ constructor: 1 });
});
