/**
 * Cuts and masks raw paths, remembering recent ones: logs repeat themselves, and recognising a segment costs far more
 * than looking it up. A pure function with a memory: the same path always gives the same segments.
 */
import type { FingerprintFn } from '../evidence/fingerprint.ts';
import { type SegmentedPath, segmentPath } from './segment.ts';

export type PathSegmenter = (rawPath: string) => SegmentedPath;

/** Paths remembered, in two generations: about 40 MB at most for paths of usual length. */
const REMEMBERED_MAX = 40_000;
/** Longer paths are rare and would crowd out the others. */
const REMEMBERED_CHARS_MAX = 200;

/** `declared`: literal segments of declared templates, which stay literal. */
export function pathSegmenter(fingerprint: FingerprintFn, declared?: ReadonlySet<string>): PathSegmenter {
  let recent = new Map<string, SegmentedPath>();
  let older = new Map<string, SegmentedPath>();
  return (rawPath) => {
    const held = recent.get(rawPath);
    if (held !== undefined) return held;
    const segmented = older.get(rawPath) ?? segmentPath(rawPath, fingerprint, declared);
    if (rawPath.length > REMEMBERED_CHARS_MAX) return segmented;
    if (recent.size >= REMEMBERED_MAX / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(rawPath, segmented);
    return segmented;
  };
}
