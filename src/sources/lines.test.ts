import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from './lines.ts';

interface Seen {
  readonly lines: { text: string; number: number; endByte: number }[];
  readonly unreadable: { number: number; message: string; endByte: number }[];
}

function split(chunks: readonly Uint8Array[], options: { bytesMax?: number; start?: { line: number; byte: number } } = {}): Seen {
  const seen: Seen = { lines: [], unreadable: [] };
  const splitter = new LineSplitter(
    {
      line: (text, number, endByte) => seen.lines.push({ text, number, endByte }),
      unreadable: (number, message, endByte) => seen.unreadable.push({ number, message, endByte }),
    },
    options,
  );
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return seen;
}

const bytes = (text: string) => Buffer.from(text);

describe('line splitter', () => {
  test('the cut of the chunks makes no difference', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', '€', 'x'.repeat(20), '\u0000')).map((parts) => bytes(parts.join('')));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(whole.subarray(at));
        expect(split(chunks, { bytesMax: 30 })).toEqual(split([whole], { bytesMax: 30 }));
      }),
      { numRuns: 500, verbose: true },
    );
  });

  test('CRLF and LF both end a line, the last needs neither, and a byte order mark is dropped', () => {
    expect(split([bytes('\uFEFFa\r\nb\n\nc')]).lines.map((line) => line.text)).toEqual(['a', 'b', '', 'c']);
  });

  test('each line tells the byte after it, counted on from the start', () => {
    const seen = split([bytes('ab\ncd\r\nef')], { start: { line: 7, byte: 100 } });
    expect(seen.lines.map(({ number, endByte }) => [number, endByte])).toEqual([
      [8, 103],
      [9, 107],
      [10, 109],
    ]);
  });

  test('a line with NUL or without UTF-8 is unreadable, its neighbours are not', () => {
    const seen = split([Buffer.concat([bytes('é\n'), Buffer.from([0xff, 0xfe, 10, 0x61, 0, 10]), bytes('ok\n')])]);
    expect(seen.lines.map((line) => line.text)).toEqual(['é', 'ok']);
    expect(seen.unreadable.map(({ number, message }) => [number, message])).toEqual([
      [2, 'is not UTF-8 text'],
      [3, 'holds NUL bytes: not text'],
    ]);
  });

  test('a line of 200 MB is counted and passed over without being kept', () => {
    const chunk = Buffer.alloc(1024 * 1024, 0x61);
    const seen: Seen = { lines: [], unreadable: [] };
    const splitter = new LineSplitter({
      line: (text, number, endByte) => seen.lines.push({ text, number, endByte }),
      unreadable: (number, message, endByte) => seen.unreadable.push({ number, message, endByte }),
    });
    splitter.push(bytes('first\n'));
    const before = process.memoryUsage().arrayBuffers;
    let most = before;
    for (let count = 0; count < 200; count += 1) {
      splitter.push(chunk);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    splitter.push(bytes('\nlast\n'));
    expect(most - before).toBeLessThan(8 * 1024 * 1024);
    expect(seen.lines.map(({ text, number }) => [text, number])).toEqual([
      ['first', 1],
      ['last', 3],
    ]);
    expect(seen.unreadable).toEqual([{ number: 2, message: 'is longer than 1048576 bytes', endByte: 6 + 200 * 1024 * 1024 + 1 }]);
  });
});
