/** What every store promises, run on each engine: `storeContract('SQLite', place)` inside a test file. */
import { describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import type { ExchangeRow, OperationQuery, Store } from './store.ts';
import {
  DAY_MS,
  HOUR_MS,
  START_MS,
  sampleAssessment,
  sampleBatch,
  sampleDocument,
  sampleExchange,
  sampleFinding,
  sampleFolded,
  sampleOperation,
  samplePath,
  sampleRollup,
  sampleSnapshot,
  sampleSource,
} from './store-samples.fixture.ts';
import type { StorePlace } from './workspace-name.ts';

const now = () => START_MS;
let made = 0;

export function storeContract(engine: string, place: () => StorePlace): void {
  /** A workspace of its own for each test. */
  async function withStore(work: (store: Store, reopen: () => Promise<Store>) => Promise<void>): Promise<void> {
    const options = { ...place(), workspace: `contract-${++made}`, mode: 'write', now } as const;
    let store = await openStore(options);
    try {
      await work(store, async () => {
        await store.close();
        store = await openStore(options);
        return store;
      });
    } finally {
      await store.close();
    }
  }

  describe(`a store on ${engine}`, () => {
    test('gives back every part of an import after it was closed and opened again', () =>
      withStore(async (first, reopen) => {
        const batch = sampleBatch({
          checkpoint: { sourceId: 'a', prefixHash: 'ab', prefixBytes: 4096, line: 12, byteOffset: 3456 },
          paths: [samplePath(1), samplePath(2)],
          rollups: [sampleRollup(1, START_MS), sampleRollup(2, START_MS + HOUR_MS)],
          exchanges: [sampleExchange(1, { pathId: 1 }), sampleExchange(2, { pathId: 1, principal: null, durationMs: null, status: null })],
          documents: [sampleDocument('shop.yaml', 'shop')],
        });
        await first.commitImport(batch);
        const store = await reopen();
        expect(await store.listSources()).toEqual([batch.source]);
        expect(await store.findCheckpoints()).toEqual([batch.checkpoint]);
        expect(await store.listPaths()).toEqual(batch.paths);
        expect(await store.listRollups({ fromMs: 0 })).toEqual(batch.rollups);
        expect(await store.listExchanges({ pathIds: [1], limit: 10 })).toEqual([...batch.exchanges].reverse());
        expect(await store.listDocuments()).toEqual(batch.documents);
        expect(await store.sizeBytes()).toBeGreaterThan(0);
      }));

    test('replaces paths, checkpoint and source by id, and adds rollups to what is there', () =>
      withStore(async (store) => {
        const checkpoint = { sourceId: 'a', prefixHash: 'ab', prefixBytes: 10, line: 1, byteOffset: 10 };
        await store.commitImport(sampleBatch({ checkpoint, paths: [samplePath(1)], rollups: [sampleRollup(1, START_MS, 3)] }));
        const source = sampleSource('a', { state: 'complete' });
        const path = samplePath(1, { stat: { ...samplePath(1).stat, count: 99 } });
        await store.commitImport(
          sampleBatch({
            source,
            checkpoint: { ...checkpoint, line: 2 },
            paths: [samplePath(1), path],
            rollups: [sampleRollup(1, START_MS, 4), sampleRollup(1, START_MS, 5)],
          }),
        );
        expect(await store.listPaths()).toEqual([path]);
        expect(await store.listRollups({ pathIds: [1], fromMs: 0 })).toEqual([sampleRollup(1, START_MS, 12)]);
        expect(await store.findCheckpoints()).toEqual([{ ...checkpoint, line: 2 }]);
        expect(await store.listSources()).toEqual([source]);
      }));

    test('writes nothing of a batch of which one row is refused', () =>
      withStore(async (store) => {
        await store.commitImport(sampleBatch({ paths: [samplePath(1)] }));
        const clash = samplePath(2, { key: samplePath(1).key });
        await expect(
          store.commitImport(
            sampleBatch({ source: sampleSource('b'), paths: [samplePath(3), clash], rollups: [sampleRollup(3, START_MS)] }),
          ),
        ).rejects.toThrow();
        expect((await store.listPaths()).map((path) => path.id)).toEqual([1]);
        expect(await store.listRollups({ fromMs: 0 })).toEqual([]);
        expect((await store.listSources()).map((source) => source.id)).toEqual(['a']);
      }));

    test('keeps texts with NUL, half a surrogate pair and 10,000 characters', () =>
      withStore(async (store) => {
        const odd = `shop GET /a\0b/\uD800/${'x'.repeat(10_000)}`;
        const path = samplePath(1, { key: odd });
        const twin = samplePath(2, { key: `${odd}y` });
        const document = sampleDocument(`${odd}.yaml`, 'shop', 'a\0b');
        await store.commitImport(
          sampleBatch({
            source: sampleSource('a', { name: odd }),
            paths: [path, twin],
            documents: [document],
            exchanges: [sampleExchange(1, { pathId: 1, agent: 'a\0\uD800', client: 'c'.repeat(10_000) })],
          }),
        );
        await store.saveInventory(sampleSnapshot([sampleOperation(1, { template: odd, service: odd })]));
        expect((await store.listPaths()).map((row) => row.key)).toEqual([odd, `${odd}y`]);
        expect((await store.listSources())[0]?.name).toBe(odd);
        expect(await store.listDocuments()).toEqual([document]);
        expect((await store.listExchanges({ pathIds: [1], limit: 1 }))[0]?.client).toHaveLength(500);
        expect((await store.listOperations({ text: 'a\0b' })).rows[0]?.template).toBe(odd);
      }));

    test('replaces a document with the same file and service, and keeps the others in order', () =>
      withStore(async (store) => {
        await store.commitImport(sampleBatch({ documents: [sampleDocument('b.yaml', 'x'), sampleDocument('a.yaml', 'x')] }));
        await store.commitImport(sampleBatch({ documents: [sampleDocument('b.yaml', 'x', 'New'), sampleDocument('b.yaml', 'y')] }));
        const titles = (await store.listDocuments()).map((document) => `${document.place.file} ${document.service} ${document.title}`);
        expect(titles).toEqual(['b.yaml x New', 'a.yaml x Shop', 'b.yaml y Shop']);
      }));

    test('forgets of a deleted source everything but the aggregates', () =>
      withStore(async (store) => {
        const checkpoint = { sourceId: 'a', prefixHash: 'ab', prefixBytes: 10, line: 1, byteOffset: 10 };
        const exchanges = [sampleExchange(1, { pathId: 1 })];
        await store.commitImport(
          sampleBatch({
            checkpoint,
            paths: [samplePath(1)],
            rollups: [sampleRollup(1, START_MS)],
            exchanges,
            documents: [sampleDocument('a', 'x')],
          }),
        );
        const other = [sampleExchange(2, { pathId: 1, sourceId: 'b' })];
        await store.commitImport(sampleBatch({ source: sampleSource('b'), exchanges: other, documents: [sampleDocument('b', 'x')] }));
        await store.deleteSource('a');
        expect((await store.listSources()).map((source) => source.id)).toEqual(['b']);
        expect(await store.findCheckpoints()).toEqual([]);
        expect((await store.listDocuments()).map((document) => document.place.file)).toEqual(['b']);
        expect(await store.listExchanges({ pathIds: [1], limit: 10 })).toEqual(other);
        expect(await store.listPaths()).toHaveLength(1);
        expect(await store.listRollups({ fromMs: 0 })).toHaveLength(1);
      }));

    test('lists exchanges newest first over any number of commits, by path, status, credential and time', () =>
      withStore(async (store) => {
        const all: ExchangeRow[] = [];
        // Sizes that join blocks, fill them and leave remainders; times that run backwards between commits.
        for (const [at, size] of [1, 1, 2, 700, 40, 5200, 3, 3].entries()) {
          const exchanges = Array.from({ length: size }, (_, row) =>
            sampleExchange(all.length + row, {
              atMs: START_MS + (8 - at) * HOUR_MS + ((row * 7919) % 3600) * 1000,
              pathId: row % 5,
              sourceId: at % 2 ? 'a' : 'b',
            }),
          );
          all.push(...exchanges);
          await store.commitImport(sampleBatch({ exchanges }));
        }
        const expected = (matches: (row: ExchangeRow) => boolean, limit: number) =>
          all
            .filter(matches)
            .sort((a, b) => b.atMs - a.atMs || b.line - a.line)
            .slice(0, limit);
        expect(await store.listExchanges({ pathIds: [0, 1, 2, 3, 4], limit: 1000 })).toEqual(expected(() => true, 1000));
        expect(await store.listExchanges({ pathIds: [3], limit: 300 })).toEqual(expected((row) => row.pathId === 3, 300));
        const beforeMs = START_MS + 4 * HOUR_MS;
        expect(await store.listExchanges({ pathIds: [1, 2], limit: 200, beforeMs, status: 404, auth: 'jwt' })).toEqual(
          expected((row) => [1, 2].includes(row.pathId) && row.atMs < beforeMs && row.status === 404 && row.auth === 'jwt', 200),
        );
        expect(await store.listExchanges({ pathIds: [77], limit: 10 })).toEqual([]);
        expect(await store.listExchanges({ pathIds: [1], limit: 10, status: 418 })).toEqual([]);
      }));

    test('trims exchanges to the row by age, and by the block to a size', () =>
      withStore(async (store) => {
        const exchanges = Array.from({ length: 12_000 }, (_, at) => sampleExchange(at, { pathId: 1, atMs: START_MS + at * 60_000 }));
        await store.commitImport(sampleBatch({ exchanges }));
        const beforeMs = START_MS + 7000 * 60_000;
        expect(await store.trimExchanges({ beforeMs, bytesMax: 2e9 })).toBe(7000);
        expect(await store.trimExchanges({ beforeMs, bytesMax: 2e9 })).toBe(0);
        const newest = await store.listExchanges({ pathIds: [1], limit: 1 });
        expect(newest[0]?.atMs).toBe(START_MS + 11_999 * 60_000);
        expect(await store.listExchanges({ pathIds: [1], limit: 1, beforeMs: beforeMs + 1 })).toHaveLength(1);
        expect(await store.listExchanges({ pathIds: [1], limit: 1, beforeMs })).toEqual([]);
        expect(await store.trimExchanges({ beforeMs: 0, bytesMax: 0 })).toBe(5000);
        expect(await store.listExchanges({ pathIds: [1], limit: 1 })).toEqual([]);
      }));

    test('trims rollups by the hour', () =>
      withStore(async (store) => {
        await store.commitImport(sampleBatch({ rollups: Array.from({ length: 48 }, (_, at) => sampleRollup(1, START_MS + at * HOUR_MS)) }));
        expect(await store.trimRollups(START_MS + DAY_MS)).toBe(24);
        expect((await store.listRollups({ fromMs: 0 }))[0]?.hourMs).toBe(START_MS + DAY_MS);
      }));

    test('moves rollups and exchanges of replaced paths to the row that takes over, along a chain too', () =>
      withStore(async (store) => {
        await store.commitImport(
          sampleBatch({
            paths: [1, 2, 3].map((id) => samplePath(id)),
            rollups: [sampleRollup(1, START_MS, 1), sampleRollup(2, START_MS, 2), sampleRollup(3, START_MS, 4)],
            exchanges: [1, 2, 3].map((id) => sampleExchange(id, { pathId: id })),
          }),
        );
        // 3 takes over the key of 2 while 2 goes: no clash halfway.
        await store.replacePaths([2], [samplePath(3, { key: samplePath(2).key })], new Map([[2, 3]]));
        await store.replacePaths([3], [samplePath(4)], new Map([[3, 4]]));
        expect((await store.listPaths()).map((path) => path.id)).toEqual([1, 4]);
        expect(await store.listRollups({ fromMs: 0 })).toEqual([sampleRollup(1, START_MS, 1), sampleRollup(4, START_MS, 6)]);
        const rows = await store.listExchanges({ pathIds: [4], limit: 10 });
        expect(rows.map((row) => [row.pathId, row.line])).toEqual([
          [4, 4],
          [4, 3],
        ]);
        await store.replacePaths([1], []);
        expect(await store.listRollups({ pathIds: [1], fromMs: 0 })).toEqual([]);
      }));

    test('replaces the inventory whole: what is gone is gone, what stays stays', () =>
      withStore(async (store) => {
        expect(await store.inventorySummary()).toBeNull();
        const first = sampleSnapshot(
          [1, 2, 3].map((at) => sampleOperation(at)),
          {
            folded: [sampleFolded(1), sampleFolded(2)],
            findings: [sampleFinding('F-1'), sampleFinding('F-2')],
            assignments: [
              { pathId: 1, operationId: 'op_000001' },
              { pathId: 2, operationId: 'op_000001' },
              { pathId: 3, operationId: 'op_000002' },
            ],
          },
        );
        await store.saveInventory(first);
        expect(await store.allOperations()).toEqual(first.operations);
        expect(await store.inventorySummary()).toEqual({ summary: first.summary, builtMs: first.builtMs });
        expect(await store.listFindings()).toEqual(first.findings);
        expect(await store.pathIdsOf('op_000001')).toEqual([1, 2]);

        const second = sampleSnapshot([sampleOperation(2), sampleOperation(3, { summary: 'New' }), sampleOperation(4)], {
          builtMs: START_MS + 1,
          folded: [sampleFolded(2, { reason: 'static' })],
          findings: [sampleFinding('F-2', 'Other'), sampleFinding('F-3')],
          assignments: [
            { pathId: 1, operationId: 'op_000004' },
            { pathId: 3, operationId: 'op_000002' },
          ],
        });
        await store.saveInventory(second);
        expect(await store.allOperations()).toEqual(second.operations);
        expect(await store.inventorySummary()).toEqual({ summary: second.summary, builtMs: second.builtMs });
        expect(await store.listFindings()).toEqual(second.findings);
        expect((await store.listFolded({})).rows).toEqual(second.folded);
        expect(await store.pathIdsOf('op_000001')).toEqual([]);
        expect(await store.pathIdsOf('op_000004')).toEqual([1]);
        expect(await store.getOperation('op_000001')).toBeNull();
        expect(await store.getOperation('op_000003')).toEqual(second.operations[1]);
      }));

    test('gives every operation exactly once over the pages of every order, both ways', () =>
      withStore(async (store) => {
        const operations = Array.from({ length: 230 }, (_, at) => sampleOperation(at));
        await store.saveInventory(sampleSnapshot(operations));
        for (const sort of ['template', 'service', 'perDay', 'clients', 'lastSeen', 'state', 'gaps'] as const) {
          for (const descending of [false, true]) {
            const seen: string[] = [];
            let after: string | null = null;
            do {
              const query: OperationQuery = { sort, descending, limit: 50, ...(after === null ? {} : { after }) };
              const page: Awaited<ReturnType<Store['listOperations']>> = await store.listOperations(query);
              expect(page.total).toBe(230);
              seen.push(...page.rows.map((row) => row.id));
              after = page.next;
            } while (after !== null);
            expect(seen).toHaveLength(230);
            expect(new Set(seen).size).toBe(230);
          }
        }
        const busiest = await store.listOperations({ sort: 'perDay', descending: true, limit: 3 });
        const rates = operations.map((operation) => operation.traffic?.perDay ?? -1).sort((a, b) => b - a);
        expect(busiest.rows.map((row) => row.traffic?.perDay)).toEqual(rates.slice(0, 3));
      }));

    test('filters operations by each column and by text, and counts what matches', () =>
      withStore(async (store) => {
        const operations = Array.from({ length: 300 }, (_, at) => sampleOperation(at));
        await store.saveInventory(sampleSnapshot(operations));
        const rows: readonly [OperationQuery, (operation: (typeof operations)[number]) => boolean][] = [
          [{ states: ['shadow', 'zombie'] }, (o) => o.state === 'shadow' || o.state === 'zombie'],
          [{ services: ['service-7'] }, (o) => o.service === 'service-7'],
          [{ methods: ['GET'], states: ['active'] }, (o) => o.method === 'GET' && o.state === 'active'],
          [{ owner: 'none' }, (o) => o.owner === null],
          [{ owner: 'Team 3' }, (o) => o.owner?.value === 'Team 3'],
          [{ auth: 'none' }, (o) => (o.auth.seen.none ?? 0) > 0 && o.auth.okWithout > 0],
          [{ auth: 'jwt' }, (o) => (o.auth.seen.jwt ?? 0) > 0],
          [{ auth: 'unknown' }, (o) => o.auth.judged === 0],
          [{ audience: 'public' }, (o) => o.audience?.value === 'public'],
          [{ audience: 'unknown' }, (o) => o.audience === null],
          [{ environment: 'prod' }, (o) => o.environments.some((e) => e.name === 'prod')],
          [{ drift: true }, (o) => o.drift.length > 0],
          [{ drift: false }, (o) => o.drift.length === 0],
          [
            { firstFromMs: operations[150]?.traffic?.firstMs ?? 0 },
            (o) => o.traffic !== null && o.traffic.firstMs >= (operations[150]?.traffic?.firstMs ?? 0),
          ],
          [{ text: 'TEAM 3' }, (o) => o.owner?.value.startsWith('Team 3') === true],
          [{ text: 'get /v1/' }, (o) => o.method === 'GET' && o.template.startsWith('/v1/')],
          [{ text: '%' }, () => false],
          [{ text: '_' }, () => false],
          [{ text: "'; drop table operations; --" }, () => false],
          [{ states: [] }, () => false],
        ];
        for (const [query, matches] of rows) {
          const page = await store.listOperations({ ...query, limit: 500 });
          const expected = operations.filter(matches).map((operation) => operation.id);
          expect([JSON.stringify(query), ...page.rows.map((row) => row.id).sort()]).toEqual([JSON.stringify(query), ...expected]);
          expect(page.total).toBe(expected.length);
        }
        expect(rows).toHaveLength(20);
      }));

    test('counts each facet under every filter but its own', () =>
      withStore(async (store) => {
        const operations = Array.from({ length: 300 }, (_, at) => sampleOperation(at));
        await store.saveInventory(sampleSnapshot(operations));
        const facets = await store.operationFacets({ states: ['shadow'], methods: ['GET', 'PUT'], text: 'area-1' });
        const count = (matches: (operation: (typeof operations)[number]) => boolean) =>
          operations.filter((o) => o.template.includes('area-1') && matches(o)).length;
        const asked = (o: (typeof operations)[number]) => o.method === 'GET' || o.method === 'PUT';
        for (const { value, count: counted } of facets.state) expect(counted).toBe(count((o) => o.state === value && asked(o)));
        for (const { value, count: counted } of facets.method)
          expect(counted).toBe(count((o) => o.method === value && o.state === 'shadow'));
        for (const { value, count: counted } of facets.owner)
          expect(counted).toBe(count((o) => (o.owner?.value ?? 'none') === value && o.state === 'shadow' && asked(o)));
        expect(facets.state.map((facet) => facet.value)).toContain('zombie');
        expect(facets.method.map((facet) => facet.value)).toContain('DELETE');
        expect(facets.auth).toEqual([{ value: 'jwt', count: count((o) => o.state === 'shadow' && asked(o)) }]);
        const sizes = facets.state.map((facet) => facet.count);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        expect((await store.operationFacets({})).environment.map((facet) => facet.value).sort()).toEqual(['prod', 'test', 'unknown']);
      }));

    test('refuses a page marker of another order, a made-up one, and a page of 501', () =>
      withStore(async (store) => {
        await store.saveInventory(sampleSnapshot(Array.from({ length: 5 }, (_, at) => sampleOperation(at))));
        const { next } = await store.listOperations({ limit: 2 });
        expect(next).not.toBeNull();
        const after = next ?? '';
        await expect(store.listOperations({ after, sort: 'perDay' })).rejects.toMatchObject({ code: 'usage' });
        await expect(store.listOperations({ after: 'bm9uc2Vuc2U' })).rejects.toMatchObject({ code: 'usage' });
        await expect(store.listFolded({ after })).rejects.toMatchObject({ code: 'usage' });
        await expect(store.listOperations({ limit: 501 })).rejects.toMatchObject({ code: 'usage' });
      }));

    test('pages folded paths by count, by reason and text', () =>
      withStore(async (store) => {
        const folded = Array.from({ length: 30 }, (_, at) => sampleFolded(at, { reason: at % 3 === 0 ? 'static' : 'scanner' }));
        await store.saveInventory(sampleSnapshot([], { folded }));
        const first = await store.listFolded({ reason: 'static', limit: 6 });
        expect(first.rows.map((row) => row.count)).toEqual([27, 24, 21, 18, 15, 12]);
        expect(first.total).toBe(10);
        const rest = await store.listFolded({ reason: 'static', limit: 6, after: first.next ?? '' });
        expect(rest.rows.map((row) => row.count)).toEqual([9, 6, 3, 0]);
        expect(rest.next).toBeNull();
        expect((await store.listFolded({ text: 'LOGIN-29' })).total).toBe(1);
      }));

    test('reads an old or the new inventory while one is being saved, never a mixture', () =>
      withStore(async (store) => {
        const generation = (mark: string) => sampleSnapshot(Array.from({ length: 600 }, (_, at) => sampleOperation(at, { summary: mark })));
        await store.saveInventory(generation('old'));
        const saving = store.saveInventory(generation('new'));
        const seen = new Set<string>();
        let reads = 0;
        let saved = false;
        void saving.finally(() => {
          saved = true;
        });
        while (!saved || reads < 2) {
          const marks = new Set((await store.allOperations()).map((operation) => operation.summary ?? ''));
          expect(marks.size).toBe(1);
          for (const mark of marks) seen.add(mark);
          reads++;
        }
        await saving;
        expect([...new Set((await store.allOperations()).map((operation) => operation.summary))]).toEqual(['new']);
        expect(seen.has('old')).toBe(true);
      }));

    test('keeps the latest assessment whole and the history as points', () =>
      withStore(async (store) => {
        expect(await store.latestAssessment()).toBeNull();
        const lines = [1, 2].map((at) => ({
          atMs: START_MS + at,
          cause: 'you' as const,
          pillar: 'people' as const,
          control: 'PPL-01',
          deltaProven: at,
          deltaPossible: 0,
          text: `line ${at}`,
        }));
        await store.saveAssessment(sampleAssessment(START_MS, 10), lines);
        await store.saveAssessment(sampleAssessment(START_MS + 5, 12.5), []);
        expect(await store.latestAssessment()).toEqual(sampleAssessment(START_MS + 5, 12.5));
        const band = { proven: 12.5, possible: 32.5 };
        expect((await store.listScores(START_MS + 1))[0]).toEqual({
          atMs: START_MS + 5,
          model: 'posture-1',
          ...band,
          pillars: { people: band, processes: band, technology: band },
        });
        expect((await store.listLedger({ limit: 1 })).map((line) => line.text)).toEqual(['line 2']);
        expect(await store.listLedger({ limit: 10, fromMs: START_MS + 3 })).toEqual([]);
        for (let at = 0; at < 1100; at++) await store.saveAssessment(sampleAssessment(START_MS + DAY_MS + at, at % 100), []);
        const thinned = await store.listScores(0);
        expect(thinned.length).toBeLessThanOrEqual(1000);
        expect(thinned[0]?.atMs).toBe(START_MS);
        expect(thinned[thinned.length - 1]?.atMs).toBe(START_MS + DAY_MS + 1099);
      }));

    test('keeps decisions in the order taken, states of findings, changes, audit and named values', () =>
      withStore(async (first, reopen) => {
        const pin = (template: string) => ({ kind: 'pin', service: 'shop', template }) as const;
        await first.addDecision('d2', START_MS, pin('/b'));
        await first.addDecision('d1', START_MS, pin('/a'));
        await first.addDecision('d3', START_MS, pin('/c'));
        await first.deleteDecision('d3');
        const state = {
          id: 'F-1',
          state: 'snoozed',
          reason: 'later',
          untilMs: START_MS + DAY_MS,
          owner: null,
          decidedMs: START_MS,
        } as const;
        await first.setFindingState({ ...state, state: 'open' });
        await first.setFindingState(state);
        const change = {
          id: 'c1',
          key: 'k',
          control: 'TEC-18',
          title: 't',
          state: 'accepted',
          owner: null,
          decidedMs: START_MS,
          untilMs: null,
          reason: null,
          frozen: null,
          checks: [],
          verifiedMs: null,
        } as const;
        await first.putChange(change);
        await first.putChange({ ...change, state: 'verified', verifiedMs: START_MS });
        for (const action of ['import', 'waive'])
          await first.appendAudit({ atMs: START_MS, actor: 'cli', action, subject: 's', detail: 'd' });
        expect(await first.getMeta('badge')).toBeNull();
        await first.setMeta('badge', 'sample');
        await first.setMeta('badge', 'mine');
        await expect(first.setMeta('badge', 'x'.repeat(65 * 1024))).rejects.toMatchObject({ code: 'too-large' });
        const store = await reopen();
        expect((await store.listDecisions()).map((row) => row.id)).toEqual(['d2', 'd1']);
        expect((await store.listDecisions())[1]).toEqual({ id: 'd1', atMs: START_MS, decision: pin('/a') });
        expect(await store.listFindingStates()).toEqual([state]);
        expect(await store.listChanges()).toEqual([{ ...change, state: 'verified', verifiedMs: START_MS }]);
        expect((await store.listAudit(10)).map((entry) => entry.action)).toEqual(['waive', 'import']);
        expect(await store.getMeta('badge')).toBe('mine');
      }));

    test('replaces the findings of one kind and leaves the others, until the next inventory replaces all', () =>
      withStore(async (store) => {
        const guard = (id: string, title: string) => ({ ...sampleFinding(id, title), rule: 'guard.slow-attack' });
        await store.saveInventory(sampleSnapshot([], { findings: [sampleFinding('F-1'), guard('F-2', 'before')] }));
        await store.replaceFindings('guard.', [guard('F-2', 'after'), guard('F-3', 'new')]);
        expect((await store.listFindings()).map(({ id, title }) => [id, title])).toEqual([
          ['F-1', 'No limit'],
          ['F-2', 'after'],
          ['F-3', 'new'],
        ]);
        await store.replaceFindings('guard.', []);
        expect((await store.listFindings()).map(({ id }) => id)).toEqual(['F-1']);
        await store.saveInventory(sampleSnapshot([], { findings: [guard('F-2', 'again')] }));
        expect((await store.listFindings()).map(({ title }) => title)).toEqual(['again']);
      }));

    test('refuses a second writer by name, lets readers in, and frees the workspace on close', async () => {
      const options = { ...place(), workspace: `contract-${++made}`, now } as const;
      const writer = await openStore({ ...options, mode: 'write', holder: 'stance import' });
      await writer.setMeta('badge', 'sample');
      const second = openStore({ ...options, mode: 'write' });
      await expect(second).rejects.toMatchObject({
        code: 'workspace-busy',
        message: expect.stringContaining(`Process ${process.pid} (stance import`),
      });
      await writer.describeHolder('stance up, http://127.0.0.1:7700');
      await expect(openStore({ ...options, mode: 'write' })).rejects.toMatchObject({ message: expect.stringContaining(':7700') });
      const reader = await openStore({ ...options, mode: 'read' });
      expect(await reader.getMeta('badge')).toBe('sample');
      await writer.setMeta('badge', 'mine');
      expect(await reader.getMeta('badge')).toBe('mine');
      await expect(reader.setMeta('badge', 'theirs')).rejects.toThrow('opened for reading');
      await reader.close();
      await writer.close();
      const third = await openStore({ ...options, mode: 'write' });
      expect(await third.getMeta('badge')).toBe('mine');
      await third.close();
    });

    test('does not invent a workspace for a reader, nor take a name that could leave its place', async () => {
      const base = { ...place(), now } as const;
      await expect(openStore({ ...base, workspace: 'nowhere', mode: 'read' })).rejects.toMatchObject({ code: 'not-found' });
      for (const workspace of ['', '..', 'a/b', 'A', 'a_b', '-a', 'a'.repeat(41), 'a"b'])
        await expect(openStore({ ...base, workspace, mode: 'write' })).rejects.toMatchObject({ code: 'usage' });
    });
  });
}
