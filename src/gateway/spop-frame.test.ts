import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameTypes, pairBytes, readFrame, SpopError, SpopReader, type SpopValue, varint, writeFrame } from './spop-frame.ts';

describe('SPOP frames', () => {
  it.each([
    [0, 'value 0', '00'],
    [239, 'the last of one byte', 'ef'],
    [240, 'the first of two bytes', 'f000'],
    [2287, 'the last of two bytes', 'ff7f'],
    [2288, 'the first of three bytes', 'f08000'],
  ])('%i, %s, is written as the protocol writes it', (value, _what, hex) => {
    expect(varint(value).toString('hex')).toBe(hex);
    expect(new SpopReader(varint(value)).varint()).toBe(value);
  });
  it('what is written reads back', () => {
    const text = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 });
    const value: fc.Arbitrary<SpopValue> = fc.oneof(fc.constant(null), fc.boolean(), fc.nat(), text);
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 8, noNullPrototype: true }), fc.nat(), fc.nat(), (pairs, stream, id) => {
        const frame = readFrame(writeFrame(frameTypes.notify, stream, id, pairBytes(pairs)).subarray(4));
        expect([frame.type, frame.flags, frame.streamId, frame.frameId]).toEqual([3, 1, stream, id]);
        expect([...new SpopReader(frame.payload).pairs()]).toEqual(Object.entries(pairs));
      }),
    );
  });
  it('any bytes give values or a fault of the protocol, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new SpopReader(readFrame(Buffer.from(bytes)).payload).pairs();
        } catch (error) {
          expect(error).toBeInstanceOf(SpopError);
        }
      }),
    );
  });
});
