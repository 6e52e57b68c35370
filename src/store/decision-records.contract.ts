/** What every store promises about decisions of the guard, run on each engine inside its test file. */
import { describe, expect, test } from 'vitest';
import { sampleDecision, sampleStatus } from './decision-samples.fixture.ts';
import { openStore } from './open-store.ts';
import type { GuardEvidence, Store } from './store.ts';
import { DAY_MS, HOUR_MS, START_MS, sampleBatch } from './store-samples.fixture.ts';
import type { StorePlace } from './workspace-name.ts';

const now = () => START_MS;
const MINUTE_MS = 60_000;
let made = 0;

export function decisionRecordsContract(engine: string, place: () => StorePlace): void {
  async function withStore(work: (store: Store, reopen: () => Promise<Store>) => Promise<void>): Promise<void> {
    const options = { ...place(), workspace: `decided-${++made}`, mode: 'write', now } as const;
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
  const guard = (changes: Partial<GuardEvidence>): GuardEvidence => ({ decisions: [], minutes: [], workers: [], ...changes });

  describe(`decisions on ${engine}`, () => {
    test('come back as they were written, newest first, page by page, and by the number a caller was shown', () =>
      withStore(async (first, reopen) => {
        const odd = sampleDecision(3, {
          template: `/a\0b/\uD800${'x'.repeat(2000)}`,
          service: null,
          host: null,
          status: null,
          client: null,
          network: null,
          agent: null,
          place: null,
          alsoRules: ['limits.all'],
          allowedBy: 'partner',
          outcome: 'allow',
          count: 70,
        });
        await first.addDecisions([sampleDecision(1), odd, sampleDecision(2)]);
        await first.addDecisions([sampleDecision(2, { incident: 'S-later', principal: 'who' })]);
        const store = await reopen();
        const page = await store.listDecisionRecords({ limit: 2 });
        expect(page.rows).toEqual([odd, sampleDecision(2, { incident: 'S-later', principal: 'who' })]);
        expect(page.total).toBe(4);
        const rest = await store.listDecisionRecords({ limit: 2, after: page.next ?? '' });
        expect(rest.rows).toEqual([sampleDecision(2), sampleDecision(1)]);
        expect(rest.next).toBeNull();
        expect(await store.findDecisionRecord('S-later')).toMatchObject({ principal: 'who' });
        expect(await store.findDecisionRecord('S-none')).toBeNull();
        await expect(store.listDecisionRecords({ after: 'nonsense' })).rejects.toMatchObject({ code: 'usage' });
      }));

    test('are kept and counted whatever names they carry', () =>
      withStore(async (store) => {
        const odd = '\u{1F600}\0'.repeat(400);
        const record = sampleDecision(1, { rule: odd, service: odd, template: odd, incident: odd, client: odd, network: odd, host: odd });
        await store.commitImport(
          sampleBatch({
            guard: guard({
              decisions: [record],
              minutes: [{ minuteMs: START_MS, service: odd, requests: 3 }],
              workers: [{ id: odd, atMs: START_MS, batches: [1], status: sampleStatus() }],
            }),
          }),
        );
        expect((await store.listDecisionRecords({ only: { rule: [odd] } })).rows).toEqual([record]);
        expect(await store.decisionSeries({ only: { service: [odd] } }, MINUTE_MS)).toMatchObject([{ requests: 3, blocked: 1 }]);
        expect(await store.findDecisionRecord(odd)).toEqual(record);
      }));

    test('are found by any value, any of several, none of others, what is not known, and by time', () =>
      withStore(async (store) => {
        await store.addDecisions([
          sampleDecision(1),
          sampleDecision(2, { rule: 'attacks.xss', client: 'other' }),
          sampleDecision(3, { outcome: 'would-block', section: 'limits', rule: 'limits.login', status: 200, service: null }),
        ]);
        const found = async (query: Parameters<Store['listDecisionRecords']>[0]) =>
          (await store.listDecisionRecords(query)).rows.map((row) => row.atMs - START_MS);
        expect(await found({ only: { rule: ['attacks.xss', 'limits.login'] } })).toEqual([3000, 2000]);
        expect(await found({ only: { section: ['attacks'] }, not: { client: ['other'] } })).toEqual([1000]);
        expect(await found({ only: { service: [''] } })).toEqual([3000]);
        expect(await found({ only: { status: ['403'] } })).toEqual([2000, 1000]);
        expect(await found({ only: { rule: [] } })).toEqual([]);
        expect(await found({ fromMs: START_MS + 2000, toMs: START_MS + 3000 })).toEqual([2000]);
        await expect(found({ only: { rule: Array.from({ length: 201 }, String) } })).rejects.toMatchObject({ code: 'usage' });
      }));

    test('are counted by value with floods in full, each field under every filter but its own', () =>
      withStore(async (store) => {
        await store.addDecisions([
          sampleDecision(1, { count: 40 }),
          sampleDecision(2, { rule: 'attacks.xss' }),
          sampleDecision(3, { rule: 'attacks.xss', agent: 'python' }),
        ]);
        const facets = await store.decisionFacets({ only: { rule: ['attacks.xss'] } });
        expect(facets.rule).toEqual([
          { value: 'attacks.sqli', count: 40 },
          { value: 'attacks.xss', count: 2 },
        ]);
        expect(facets.agent).toEqual([
          { value: 'curl', count: 1 },
          { value: 'python', count: 1 },
        ]);
        expect(facets.principal).toEqual([{ value: '', count: 2 }]);
        expect(await store.decisionTotals({})).toEqual({ request: 0, allow: 0, 'would-block': 0, block: 42 });
        const groups = await store.decisionGroups({ only: { outcome: ['block'] } });
        expect(groups).toEqual([
          {
            outcome: 'block',
            section: 'attacks',
            rule: 'attacks.sqli',
            service: 'shop',
            host: 'api.shop.example',
            method: 'GET',
            template: '/orders/{id}',
            network: '203.0.113.0/24',
            client: 'clientprint',
            count: 40,
            firstMs: START_MS + 1000,
            lastMs: START_MS + 1000,
            incident: 'S-000000000001',
          },
          expect.objectContaining({ rule: 'attacks.xss', count: 2, firstMs: START_MS + 2000, lastMs: START_MS + 3000 }),
        ]);
      }));

    test('are drawn over time beside all requests, from counts where those suffice and from records where not', () =>
      withStore(async (store) => {
        const minutes = [0, 1, 61].map((at) => ({ minuteMs: START_MS + at * MINUTE_MS, service: 'shop', requests: 100 }));
        await store.commitImport(
          sampleBatch({
            guard: guard({
              minutes: [...minutes, { minuteMs: START_MS, service: 'other', requests: 7 }],
              decisions: [
                sampleDecision(1, { count: 5 }),
                sampleDecision(61, { outcome: 'would-block', client: 'other' }),
                sampleDecision(62, { outcome: 'allow', allowedBy: 'partner' }),
                sampleDecision(3661),
              ],
            }),
          }),
        );
        const point = (at: number, requests: number, blocked: number, wouldBlock: number, allowed: number) => ({
          atMs: START_MS + at * MINUTE_MS,
          requests,
          blocked,
          wouldBlock,
          allowed,
        });
        expect(await store.decisionSeries({ only: { service: ['shop'] } }, MINUTE_MS)).toEqual([
          point(0, 100, 5, 0, 0),
          point(1, 100, 0, 1, 1),
          point(61, 100, 1, 0, 0),
        ]);
        expect(await store.decisionSeries({}, HOUR_MS)).toEqual([point(0, 207, 5, 1, 1), point(60, 100, 1, 0, 0)]);
        expect(await store.decisionSeries({ only: { client: ['other'] } }, 5 * MINUTE_MS)).toEqual([
          point(0, 207, 0, 1, 0),
          point(60, 100, 0, 0, 0),
        ]);
        expect(await store.decisionTotals({ fromMs: START_MS, toMs: START_MS + MINUTE_MS })).toEqual({
          request: 107,
          allow: 0,
          'would-block': 0,
          block: 5,
        });
        await expect(store.decisionSeries({}, 1500)).rejects.toMatchObject({ code: 'usage' });
      }));

    test('and their workers are written in the transaction of the import, whole or not at all', () =>
      withStore(async (store) => {
        const worker = { id: '4711-a', atMs: START_MS + 5, batches: [1, 3], status: sampleStatus() };
        await store.commitImport(sampleBatch({ guard: guard({ decisions: [sampleDecision(1)], workers: [worker] }) }));
        const spooled = { ...worker, atMs: START_MS, batches: [2], status: sampleStatus({ requests: 3 }) };
        const other = { ...worker, id: '4712-a', atMs: START_MS + 1, batches: [7] };
        await store.commitImport(sampleBatch({ guard: guard({ workers: [spooled, other] }) }));
        expect(await store.listGuardWorkers()).toEqual([
          { id: '4711-a', atMs: START_MS + 5, seen: '1-3', status: sampleStatus() },
          { id: '4712-a', atMs: START_MS + 1, seen: '7', status: sampleStatus() },
        ]);
        const later = { ...worker, atMs: START_MS + 9, batches: [4], status: sampleStatus({ requests: 20 }) };
        await store.commitImport(sampleBatch({ guard: guard({ workers: [later] }) }));
        expect((await store.listGuardWorkers())[0]).toEqual({
          id: '4711-a',
          atMs: START_MS + 9,
          seen: '1-4',
          status: sampleStatus({ requests: 20 }),
        });
        const broken = { ...worker, id: '4713-a', status: { toJSON: () => undefined } as unknown as typeof worker.status };
        await expect(
          store.commitImport(sampleBatch({ guard: guard({ decisions: [sampleDecision(2)], workers: [broken] }) })),
        ).rejects.toThrow();
        expect((await store.listDecisionRecords({})).total).toBe(1);
      }));

    test('are dropped by age and by number, the oldest first, while counts live on', () =>
      withStore(async (store) => {
        const nowMs = START_MS + 40 * DAY_MS;
        await store.addDecisions([
          sampleDecision(1),
          sampleDecision((30 * DAY_MS) / 1000, { incident: 'S-b' }),
          sampleDecision((39 * DAY_MS) / 1000, { incident: 'S-c' }),
          sampleDecision((40 * DAY_MS) / 1000, { incident: 'S-d' }),
        ]);
        const gone = await store.trimDecisions({ beforeMs: nowMs - 30 * DAY_MS, rowsMax: 2, countsBeforeMs: START_MS + DAY_MS, nowMs });
        expect(gone).toBe(2);
        expect((await store.listDecisionRecords({})).rows.map((row) => row.incident)).toEqual(['S-d', 'S-c']);
        const hours = await store.decisionSeries({}, HOUR_MS);
        expect(hours.map((point) => (point.atMs - START_MS) / DAY_MS)).toEqual([30, 39, 40]);
        expect((await store.decisionSeries({}, MINUTE_MS)).length).toBe(2);
      }));
  });
}
