import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBody } from '../engine/http/parsed-body.ts';
import { nativeDecoding } from './native-decoding.ts';

test('a body reads the same with the decoders of the machine and with those of the engine', () => {
  const types = [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=b',
    'application/x-www-form-urlencoded',
    'application/grpc-web-text',
  ];
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new TextEncoder().encode(text)),
    fc.json({ stringUnit: 'grapheme' }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...types), bodies, (type, bytes) => {
      const headers = [{ name: 'content-type', value: type }];
      expect(parseBody(headers, { bytes, isWhole: true, decoding: nativeDecoding })).toEqual(parseBody(headers, { bytes, isWhole: true }));
    }),
    { numRuns: 1000 },
  );
});
