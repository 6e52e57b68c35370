import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTime, clfTimeAt, isoTime } from './timestamp.ts';

const atMs = Date.UTC(2025, 2, 3, 8, 0, 1);

describe('time stamps', () => {
  const known: readonly (readonly [unknown, number])[] = [
    ['2025-03-03T08:00:01Z', atMs],
    ['2025-03-03T08:00:01.25Z', atMs + 250],
    ['2025-03-03T08:00:01.250764557Z', atMs + 250],
    ['2025-03-03T09:00:01,250+01:00', atMs + 250],
    ['2025-03-03 03:00:01 -0500', atMs],
    ['2025/03/03 08:00:01', atMs],
    ['2025-03-03 08:00:01 UTC', atMs],
    ['03/Mar/2025:09:00:01 +0100', atMs],
    ['[03/Mar/2025:08:00:01 +0000]', atMs],
    ['Mon, 03 Mar 2025 08:00:01 GMT', atMs],
    [atMs / 1000, atMs],
    [atMs / 1000 + 0.25, atMs + 250],
    [atMs, atMs],
    [atMs * 1000, atMs],
    [atMs * 1_000_000, atMs],
    [String(atMs / 1000), atMs],
    ['1740988801.250', atMs + 250],
  ];
  test.each(known)('%s is read', (text, expected) => {
    expect(anyTime(text)).toBe(expected);
  });

  test('a time without an offset is UTC wherever it is read', () => {
    expect(isoTime('2025-07-01T12:00:00')).toBe(Date.UTC(2025, 6, 1, 12));
  });

  test.each([
    '',
    '-',
    'yesterday',
    '2025-13-01T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-03-03T25:00:00Z',
    '2025-03-03T08:00:01+1',
    12,
    -5,
    null,
    {},
    '99',
  ])('%s is no time', (text) => {
    expect(anyTime(text)).toBeNull();
  });

  test('every second of every zone is the one that Date knows', () => {
    const zones = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1990, 0, 2), max: Date.UTC(2199, 0, 1) }), zones, (time, zone) => {
        const second = Math.floor(time / 1000) * 1000;
        const local = new Date(second + zone * 60_000).toISOString();
        const offset = `${zone < 0 ? '-' : '+'}${String(Math.floor(Math.abs(zone) / 60)).padStart(2, '0')}:${String(Math.abs(zone) % 60).padStart(2, '0')}`;
        const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
        const clf = `${local.slice(8, 10)}/${months[Number(local.slice(5, 7)) - 1]}/${local.slice(0, 4)}:${local.slice(11, 19)} ${offset.replace(':', '')}`;
        return isoTime(`${local.slice(0, 19)}${offset}`) === second && clfTimeAt(clf, 0) === second;
      }),
      { numRuns: 2000, verbose: true },
    );
  });
});
