/** A set of path ids as bytes: ascending, each as the distance from the one before, seven bits a byte (LEB128). */
import { assert } from '../engine/assert.ts';

/** @param ids whole numbers from 0 to 2^53, in any order, repeats allowed */
export function encodePathIds(ids: Iterable<number>): Uint8Array {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  const bytes: number[] = [];
  let before = 0;
  for (const id of ascending) {
    assert(Number.isSafeInteger(id) && id >= 0, 'a path id is a whole number from 0 on');
    let distance = id - before;
    before = id;
    while (distance >= 0x80) {
      bytes.push((distance % 0x80) | 0x80);
      distance = Math.floor(distance / 0x80);
    }
    bytes.push(distance);
  }
  return Uint8Array.from(bytes);
}

/** Whether any member of the encoded set is in `wanted`; true too for bytes that are no set, so that nothing is overlooked. */
export function holdsAnyPathId(encoded: Uint8Array, wanted: ReadonlySet<number>): boolean {
  let id = 0;
  let scale = 1;
  let distance = 0;
  for (const byte of encoded) {
    distance += (byte & 0x7f) * scale;
    if (byte >= 0x80) {
      scale *= 0x80;
      if (scale > Number.MAX_SAFE_INTEGER) return true;
      continue;
    }
    id += distance;
    if (wanted.has(id)) return true;
    scale = 1;
    distance = 0;
  }
  return scale !== 1;
}
