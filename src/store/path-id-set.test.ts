import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePathIds, holdsAnyPathId } from './path-id-set.ts';

const id = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());

describe('a set of path ids', () => {
  test('holds exactly what was put in', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 50 }), fc.array(id, { maxLength: 10 }), (put, asked) => {
        const encoded = encodePathIds(put);
        for (const one of [...put, ...asked]) expect(holdsAnyPathId(encoded, new Set([one]))).toBe(put.includes(one));
        expect(holdsAnyPathId(encoded, new Set(asked))).toBe(asked.some((one) => put.includes(one)));
      }),
    );
  });

  test('takes about a byte for each of many neighbours', () => {
    expect(encodePathIds(Array.from({ length: 5000 }, (_, at) => at * 3)).length).toBe(5000);
  });

  test('overlooks nothing when its bytes are damaged', () => {
    expect(holdsAnyPathId(Uint8Array.from([1, 0x80]), new Set([7]))).toBe(true);
    expect(holdsAnyPathId(new Uint8Array(20).fill(0xff), new Set([7]))).toBe(true);
  });
});
