/** Orders and parts of paths that depend on the paths alone, never on the order they came in. */
import type { PathStat } from '../path-stat.ts';
import { hashOf } from './trie.ts';

/** The `max` paths with the smallest hashes. */
export function smallest(indexes: readonly number[], paths: readonly PathStat[], max: number): readonly number[] {
  if (indexes.length <= max) return indexes;
  const hashed = indexes.map((index) => ({ index, hash: hashOf(`${paths[index]?.method} ${paths[index]?.segments.join('/')}`) }));
  // Equal hashes keep the order of their paths, which the caller sorted.
  hashed.sort((a, b) => a.hash - b.hash);
  const kept = new Set(hashed.slice(0, max).map((entry) => entry.index));
  return indexes.filter((index) => kept.has(index));
}

/** One order for any order of input. */
export function sortByPath(indexes: number[], paths: readonly PathStat[]): void {
  const keyed = indexes.map((index) => ({ index, key: `${paths[index]?.segments.join('/')} ${paths[index]?.method}` }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  keyed.forEach(({ index }, at) => {
    indexes[at] = index;
  });
}
