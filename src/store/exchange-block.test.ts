import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_JSON_BYTES_MAX, BLOCK_ROWS_MAX, decodeExchanges, encodeExchanges } from './exchange-block.ts';
import type { ExchangeRow } from './store.ts';
import { sampleExchange } from './store-samples.fixture.ts';

const text = fc.option(fc.string({ maxLength: 60, unit: 'binary' }), { nil: null });
const row: fc.Arbitrary<ExchangeRow> = fc.record({
  atMs: fc.integer({ min: -1e12, max: 1e14 }),
  pathId: fc.nat(),
  status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: null }),
  durationMs: fc.option(
    fc.nat({ max: 1e9 }).map((micros) => Math.round(micros) / 1000),
    { nil: null },
  ),
  responseBytes: fc.option(fc.nat(), { nil: null }),
  client: text,
  principal: text,
  auth: fc.constantFrom('none', 'jwt', 'unknown', 'basic'),
  agent: text,
  sourceId: fc.constant('a'),
  line: fc.nat(),
});

describe('a block of exchanges', () => {
  test('gives back exactly the rows it was made from', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        expect(encodeExchanges('a', rows).flatMap(decodeExchanges)).toEqual(rows);
      }),
    );
  });

  test('holds at most 5,000 rows and says what is in it', () => {
    const rows = Array.from({ length: 12_001 }, (_, at) => sampleExchange(at));
    const blocks = encodeExchanges('a', rows);
    expect(blocks.map((block) => block.row_count)).toEqual([5000, 5000, 2001]);
    expect(blocks.flatMap(decodeExchanges)).toEqual(rows);
    expect(blocks[1]).toMatchObject({ first_ms: rows[5000]?.atMs, last_ms: rows[9999]?.atMs, statuses: '\n200\n404\n' });
    // Under 12 bytes a row for ordinary traffic: 2 GB hold well over 100 million.
    expect((blocks[0]?.byte_count ?? 0) / BLOCK_ROWS_MAX).toBeLessThan(12);
  });

  test('is cut when the texts in it would be too large to read back', () => {
    const rows = Array.from({ length: BLOCK_ROWS_MAX }, (_, at) =>
      sampleExchange(at, {
        client: `${at}${'\u0001'.repeat(490)}`,
        principal: `${at}${'\u0002'.repeat(490)}`,
        agent: `${at}${'\u0003'.repeat(490)}`,
      }),
    );
    const blocks = encodeExchanges('a', rows);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.flatMap(decodeExchanges)).toEqual(rows);
  });

  test('is refused when it is damaged, of another form, short of rows, or would unpack beyond its bound', () => {
    const [block] = encodeExchanges('a', [sampleExchange(1), sampleExchange(2)]);
    const body = block?.body ?? new Uint8Array();
    const broken: readonly [Uint8Array, number][] = [
      [body.slice(0, 20), 2],
      [new Uint8Array(), 2],
      [body, 3],
      [zstdCompressSync(Buffer.from('{"form":2}')), 2],
      [zstdCompressSync(Buffer.from('{"form":1}')), 2],
      [zstdCompressSync(Buffer.from('null')), 0],
      [zstdCompressSync(Buffer.alloc(BLOCK_JSON_BYTES_MAX + 1, 0x20)), 2],
    ];
    for (const [bytes, row_count] of broken)
      expect(() => decodeExchanges({ source_id: 'a', row_count, body: bytes })).toThrow('A block of stored exchanges is damaged.');
    expect(broken).toHaveLength(7);
  });
});
