import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentCodings, decompressed, decompressedBytesMax } from './decompressed-body.ts';

const plain = Buffer.from('{"q":"hello"}');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('decompressed body', () => {
  it.each([
    ['gzip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['deflate', deflateRawSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['gzip, br', brotliCompressSync(gzipSync(plain))],
    ['identity', plain],
  ])('%s is opened', (coding, bytes) => {
    expect(text(decompressed(coding, { bytes, isWhole: true }).bytes)).toBe(text(plain));
  });
  it('is opened by the codings of all fields, not of the first alone', () => {
    const field = (value: string) => ({ name: 'content-encoding', value });
    expect(contentCodings([field('identity'), { name: 'accept', value: 'a' }, field('gzip')])).toBe('identity, gzip');
    expect(contentCodings([])).toBeNull();
    expect(text(decompressed('identity, gzip', { bytes: gzipSync(plain), isWhole: true }).bytes)).toBe(text(plain));
  });
  it('stops a bomb at its bound and says that not all was seen', () => {
    const bomb = gzipSync(Buffer.alloc(decompressedBytesMax + 1));
    const opened = decompressed('gzip', { bytes: bomb, isWhole: true });
    expect([opened.isWhole, opened.bytes.length <= bomb.length]).toEqual([false, true]);
  });
  it.each(['gzip', 'snappy'])('%s that does not open stays as it is, marked', (coding) => {
    expect(decompressed(coding, { bytes: plain, isWhole: true })).toEqual({ bytes: plain, isWhole: false });
  });
});
