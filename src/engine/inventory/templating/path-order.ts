/** Orders and parts of paths that depend on the paths alone, never on the order they came in. */
import type { PathStat } from '../path-stat.ts';
import { hashOf, mixHash } from './trie.ts';

/** The `max` paths with the smallest hashes. */
export function smallest(indexes: readonly number[], paths: readonly PathStat[], max: number): readonly number[] {
  if (indexes.length <= max) return indexes;
  const kept = new Set(byHash(indexes, paths).slice(0, max));
  return indexes.filter((index) => kept.has(index));
}

/**
 * At most `max` paths that stand for all of them: the same number of each kind as far as it has so many, of each those
 * with the smallest hashes. When there are more kinds than `max`, some kinds are left out, again by hash.
 */
export function spread(
  indexes: readonly number[],
  paths: readonly PathStat[],
  kindOf: (stat: PathStat) => string,
  max: number,
): readonly number[] {
  if (indexes.length <= max) return indexes;
  const kinds = new Map<string, number[]>();
  for (const index of indexes) {
    const stat = paths[index];
    if (stat === undefined) continue;
    const kind = kindOf(stat);
    const held = kinds.get(kind);
    if (held === undefined) kinds.set(kind, [index]);
    else held.push(index);
  }
  const each = shareOfEach(
    [...kinds.values()].map((held) => held.length),
    max,
  );
  if (each === 0) {
    const firsts = [...kinds.values()].flatMap((held) => byHash(held, paths).slice(0, 1));
    return smallest(firsts, paths, max);
  }
  const kept = new Set<number>();
  for (const held of kinds.values()) for (const index of held.length <= each ? held : byHash(held, paths).slice(0, each)) kept.add(index);
  return indexes.filter((index) => kept.has(index));
}

/** The largest number that, taken of each kind that has so many, gives at most `max` together. */
function shareOfEach(sizes: readonly number[], max: number): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  let left = max;
  for (const [at, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - at));
    if (size > share) return share;
    left -= size;
  }
  return max;
}

/** Lists of indexes are shorter than this, so that a hash and a place fit one number that sorts. */
const placesMax = 2 ** 21;

/** Equal hashes keep the order of their paths, which the caller sorted. */
function byHash(indexes: readonly number[], paths: readonly PathStat[]): number[] {
  const keys = new Float64Array(indexes.length);
  indexes.forEach((index, at) => {
    keys[at] = hashOfPath(paths[index]) * placesMax + (at % placesMax);
  });
  const ordered: number[] = [];
  for (const key of keys.sort()) ordered.push(indexes[key % placesMax] ?? 0);
  return ordered;
}

function hashOfPath(stat: PathStat | undefined): number {
  let hash = hashOf(stat?.method ?? '');
  for (const text of stat?.segments ?? []) hash = mixHash(hash, hashOf(text));
  return hash;
}

/** One order for any order of input. */
export function sortByPath(indexes: number[], paths: readonly PathStat[]): void {
  const keyed = indexes.map((index) => ({ index, key: `${paths[index]?.segments.join('/')} ${paths[index]?.method}` }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  keyed.forEach(({ index }, at) => {
    indexes[at] = index;
  });
}
