/**
 * What the store costs: an import step, a whole inventory, and the pages over 50,000 operations, on SQLite in a fresh folder,
 * or in the PostgreSQL database that STANCE_BENCH_URL names. `node bench/store.ts [operations]`; times in milliseconds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../src/store/open-store.ts';
import type { OperationQuery, Store } from '../src/store/store.ts';
import {
  HOUR_MS,
  START_MS,
  sampleBatch,
  sampleExchange,
  sampleOperation,
  samplePath,
  sampleRollup,
  sampleSnapshot,
  sampleSource,
} from '../src/store/store-samples.fixture.ts';

const size = Number(process.argv[2] ?? 50_000);
const dir = mkdtempSync(join(tmpdir(), 'stance-bench-'));
const { STANCE_BENCH_URL: url } = process.env;
const place = url === undefined ? { dir } : { url };
const store = await openStore({ ...place, workspace: 'bench', mode: 'write', now: Date.now });
try {
  await benchImport(store);
  await benchInventory(store);
} finally {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}

async function benchImport(into: Store): Promise<void> {
  const times: number[] = [];
  for (let step = 0; step < 20; step++) {
    const batch = sampleBatch({
      checkpoint: { sourceId: 'a', prefixHash: 'h', prefixBytes: 4096, line: step, byteOffset: step },
      source: sampleSource('a'),
      paths: Array.from({ length: 500 }, (_, at) => samplePath(at)),
      rollups: Array.from({ length: 1000 }, (_, at) => sampleRollup(at % 500, START_MS + (step + Math.floor(at / 500)) * HOUR_MS)),
      exchanges: Array.from({ length: 10_000 }, (_, at) => sampleExchange(step * 10_000 + at)),
    });
    times.push(await timed(() => into.commitImport(batch)));
  }
  report('commitImport: 10,000 exchanges, 500 paths, 1,000 rollups', times, 60);
  const reads: number[] = [];
  for (let at = 0; at < 20; at++) reads.push(await timed(() => into.listExchanges({ pathIds: [at * 7], limit: 100 })));
  report('listExchanges: newest 100 of one path, 200,000 kept', reads);
  line('size on disk, MB', [((await into.sizeBytes()) ?? 0) / 1e6]);
}

async function benchInventory(into: Store): Promise<void> {
  const operations = Array.from({ length: size }, (_, at) => sampleOperation(at));
  const assignments = operations.map((operation, at) => ({ pathId: at, operationId: operation.id }));
  const snapshot = sampleSnapshot(operations, { assignments });
  report(`saveInventory: ${size} operations, first`, [await timed(() => into.saveInventory(snapshot))], 4000);
  const changed = operations.map((operation, at) => (at % 100 === 0 ? { ...operation, summary: 'Changed' } : operation));
  report('saveInventory: 1 in 100 changed', [await timed(() => into.saveInventory({ ...snapshot, operations: changed }))]);
  report('allOperations', [await timed(() => into.allOperations())]);

  const queries: readonly OperationQuery[] = [
    {},
    { sort: 'perDay', descending: true },
    { sort: 'lastSeen', descending: true, states: ['shadow', 'zombie'] },
    { text: 'things-4999' },
    { text: 'area-5' },
    { text: 'nothing at all', sort: 'clients' },
    { services: ['service-7'], methods: ['GET', 'POST'], sort: 'gaps', descending: true },
    { owner: 'none', auth: 'none', environment: 'prod', sort: 'service' },
    { owner: 'Team 3', drift: true },
    { auth: 'unknown', audience: 'public', sort: 'state' },
  ];
  const lists: number[] = [];
  const facets: number[] = [];
  for (let round = 0; round < 10; round++) {
    for (const query of queries) {
      let next: string | null = null;
      lists.push(
        await timed(async () => {
          ({ next } = await into.listOperations(query));
        }),
      );
      if (next !== null) {
        const after: string = next;
        lists.push(await timed(() => into.listOperations({ ...query, after })));
      }
      facets.push(await timed(() => into.operationFacets(query)));
    }
  }
  report('listOperations, ten filters and orders, two pages each', lists, 50);
  report('operationFacets, the same filters', facets, 100);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function report(what: string, times: readonly number[], goal?: number): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const parts = times.length === 1 ? [at(0)] : [at(0.5), at(0.95), at(1)];
  line(`${what}${times.length === 1 ? '' : ' (p50, p95, max)'}${goal === undefined ? '' : `, goal ${goal}`}`, parts);
}

function line(what: string, numbers: readonly number[]): void {
  process.stdout.write(`${what.padEnd(84)} ${numbers.map((number) => number.toFixed(1)).join('  ')}\n`);
}
