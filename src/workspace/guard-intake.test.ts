import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type GuardBatch, lostIn } from '../engine/evidence/guard-batch.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import { EvidenceSpool } from '../gateway/evidence-spool.ts';
import { sampleDecision, sampleStatus } from '../store/decision-samples.fixture.ts';
import { START_MS } from '../store/store-samples.fixture.ts';
import { guardIntake } from './guard-intake.ts';
import { guardSpoolDir, takeGuardSpool, watchGuardSpool } from './guard-spool-intake.ts';
import { openWorkspace } from './open-workspace.ts';
import type { Workspace, WorkspaceEvent } from './use-cases.ts';

const folders: string[] = [];
const open: Workspace[] = [];
const nowMs = START_MS + 3_600_000;

afterEach(async () => {
  for (const workspace of open.splice(0)) await workspace.close().catch(() => undefined);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stance-guard-'));
  folders.push(folder);
  return folder;
}

async function opened(dir: string, mode: 'read' | 'write' = 'write'): Promise<Workspace> {
  const workspace = await openWorkspace({ dir, mode, now: () => nowMs });
  open.push(workspace);
  return workspace;
}

const fingerprint = (purpose: string, value: string) => `${purpose}-${value}`.padEnd(22, '_').slice(0, 22);
const context = { fingerprint, segment: pathSegmenter(fingerprint) };

function batch(seq: number, changes: Partial<GuardBatch> = {}): GuardBatch {
  const observations = Array.from({ length: 20 }, (_, at) =>
    record(
      {
        ...emptyExchange,
        atMs: START_MS + (seq * 20 + at) * 1000,
        method: 'GET',
        host: 'api.shop.example',
        path: `/v1/orders/${seq * 1000 + at}`,
        status: 200,
        durationMs: 3,
        clientAddress: `203.0.113.${at}`,
        requestHeaders: [],
        service: 'shop',
      },
      context,
    ),
  );
  return {
    worker: '42-a',
    seq,
    atMs: START_MS + seq,
    observations,
    decisions: [sampleDecision(seq, { incident: `S-${seq}`, count: 3 })],
    minutes: [{ minuteMs: START_MS, service: 'shop', requests: 23 }],
    losses: [],
    status: sampleStatus({ requests: seq * 23 }),
    ...changes,
  };
}

async function calls(workspace: Workspace): Promise<number> {
  return (await workspace.store.allOperations()).reduce((sum, operation) => sum + (operation.traffic?.count ?? 0), 0);
}

describe('the intake of guard evidence', () => {
  test('makes inventory, decisions and requests over time of batches, and tells the page of decisions', async () => {
    const workspace = await opened(dataFolder());
    const events: WorkspaceEvent[] = [];
    workspace.onEvent((event) => events.push(event));
    const intake = guardIntake(workspace);
    expect(guardIntake(workspace)).toBe(intake);
    expect(await Promise.all([intake.take(batch(1)), intake.take(batch(2))])).toEqual([true, true]);
    await intake.close();
    expect((await workspace.store.allOperations()).map(({ method, template }) => `${method} ${template}`)).toEqual([
      'GET /v1/orders/{orderId}',
    ]);
    expect(await calls(workspace)).toBe(40);
    expect((await workspace.store.listDecisionRecords({})).rows.map((row) => row.incident)).toEqual(['S-2', 'S-1']);
    expect(await workspace.store.decisionTotals({})).toMatchObject({ request: 46, block: 6 });
    const [source] = await workspace.store.listSources();
    expect(source).toMatchObject({
      name: 'guard',
      format: 'guard',
      account: { seen: 46, read: 40, folded: { 'refused by the guard': 6 } },
      sight: { exchanges: 40, withHeaders: 1, withClientAddress: 1, withBodies: 0, distinctClients: 20 },
    });
    expect(events).toContainEqual({ kind: 'decisions', atMs: nowMs, count: 2 });
  });

  test('counts a batch once, however often and on whatever way it comes, also after a restart', async () => {
    const dir = dataFolder();
    const first = await opened(dir);
    const intake = guardIntake(first);
    const both = await Promise.all([intake.take(batch(1)), intake.take(batch(1)), intake.take(batch(3))]);
    expect(both).toEqual([true, true, true]);
    expect(await intake.take(batch(3))).toBe(true);
    await intake.close();
    await first.close();
    const second = await opened(dir);
    const again = guardIntake(second);
    expect(await Promise.all([1, 2, 3].map((seq) => again.take(batch(seq))))).toEqual([true, true, true]);
    await again.close();
    expect(await calls(second)).toBe(60);
    expect((await second.store.listDecisionRecords({})).total).toBe(3);
    expect((await second.store.listGuardWorkers())[0]).toMatchObject({ id: '42-a', seen: '1-3' });
  });

  test('acknowledges nothing that is not on disk: a workspace that may not be written refuses', async () => {
    const dir = dataFolder();
    await (await opened(dir)).close();
    const reader = await opened(dir, 'read');
    expect(await guardIntake(reader).take(batch(1))).toBe(false);
  });

  test('waits for a store that fails, and acknowledges what it kept in the end, once', async () => {
    const workspace = await opened(dataFolder());
    const commit = workspace.store.commitImport.bind(workspace.store);
    let refused = 0;
    workspace.store.commitImport = async (step) => {
      if (refused++ === 0) throw new Error('the disk is full');
      await commit(step);
    };
    const faults: WorkspaceEvent[] = [];
    workspace.onEvent((event) => event.kind === 'fault' && faults.push(event));
    const intake = guardIntake(workspace);
    expect(await intake.take(batch(1))).toBe(true);
    await intake.close();
    expect(faults).toEqual([{ kind: 'fault', message: 'the disk is full' }]);
    expect(await calls(workspace)).toBe(20);
  });

  test('gives back what was counted in memory and lost there: it is taken again and counts once', async () => {
    const workspace = await opened(dataFolder());
    const other = workspace.openLive('other', 'otlp');
    await other.push([{ kind: 'excluded', line: 1, reason: 'client span' }]);
    await other.close();
    const [source] = await workspace.store.listSources();
    const intake = guardIntake(workspace);
    const pending = intake.take(batch(1));
    // Forgetting a source begins the paths anew from the store, before the batch is written.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await workspace.deleteSource(source?.id ?? '', 'tester');
    expect(await pending).toBe(false);
    expect(await intake.take(batch(1))).toBe(true);
    await intake.close();
    expect(await calls(workspace)).toBe(20);
    expect((await workspace.store.listDecisionRecords({})).total).toBe(1);
  });

  test('puts what a guard lost into the account and says so in doctor', async () => {
    const workspace = await opened(dataFolder());
    const intake = guardIntake(workspace);
    await intake.take(
      batch(1, {
        losses: [{ why: 'queue-full', observations: 900, decisions: 100 }],
        status: sampleStatus({ lostObservations: 900, lostDecisions: 100, failOpen: 4 }),
      }),
    );
    await intake.close();
    const [source] = await workspace.store.listSources();
    expect(lostIn(source?.account.excluded ?? {})).toBe(1000);
    expect(source?.account.seen).toBe(1023);
    const lines = await workspace.doctor();
    expect(lines.find((line) => line.text.includes('1,000') && line.text.includes('lost'))?.level).toBe('fail');
    expect(lines.find((line) => line.text.includes('4 requests') && line.text.includes('undecided'))?.level).toBe('doubt');
  });

  test('leaves no source behind when no guard ever spoke', async () => {
    const workspace = await opened(dataFolder());
    const intake = guardIntake(workspace);
    expect(await takeGuardSpool(guardSpoolDir('/nowhere', 'main'), intake)).toBe(0);
    await intake.close();
    expect(await workspace.store.listSources()).toEqual([]);
  });

  test('does not build the inventory anew for a worker that only tells that it lives', async () => {
    const workspace = await opened(dataFolder());
    const intake = guardIntake(workspace);
    await intake.take(batch(1, { observations: [], decisions: [], minutes: [] }));
    expect(await workspace.store.inventorySummary()).toBeNull();
    expect(await workspace.store.listGuardWorkers()).toHaveLength(1);
    await intake.close();
  });
});

describe('the spool of a guard', () => {
  function spooled(dir: string, batches: readonly GuardBatch[], worker = '42-a'): void {
    const spool = new EvidenceSpool(dir, worker);
    for (const one of batches) spool.write(one);
    spool.rotate();
  }

  test('is taken up once and deleted, also when the process ended between writing and deleting', async () => {
    const data = dataFolder();
    const dir = guardSpoolDir(data, 'main');
    spooled(dir, [batch(1), batch(2), batch(3)]);
    const [name = ''] = readdirSync(dir);
    copyFileSync(join(dir, name), join(data, 'kept'));
    const workspace = await opened(data);
    const intake = guardIntake(workspace);
    expect(await intake.take(batch(2))).toBe(true);
    expect(await takeGuardSpool(dir, intake)).toBe(1);
    expect(readdirSync(dir)).toEqual([]);
    copyFileSync(join(data, 'kept'), join(dir, name));
    expect(await takeGuardSpool(dir, intake)).toBe(1);
    await intake.close();
    expect(await calls(workspace)).toBe(60);
    expect((await workspace.store.listDecisionRecords({})).total).toBe(3);
  });

  test('is watched: what is spooled later is taken too, and the workspace is opened only then', async () => {
    const data = dataFolder();
    const dir = guardSpoolDir(data, 'main');
    let asked = 0;
    const workspace = await opened(data);
    const open = async () => {
      asked++;
      return workspace;
    };
    const watch = watchGuardSpool(dir, open, 20);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).toBe(0);
    spooled(dir, [batch(1), batch(2)]);
    await expect.poll(() => readdirSync(dir), { timeout: 8000 }).toEqual([]);
    spooled(dir, [batch(3)], 'ip-10-0-0-7.example-43-1763942400000');
    await expect.poll(() => readdirSync(dir), { timeout: 8000 }).toEqual([]);
    await watch.stop();
    expect(asked).toBe(1);
    expect(await calls(workspace)).toBe(60);
  });

  test('stays where it is while nobody may write the workspace', async () => {
    const data = dataFolder();
    await (await opened(data)).close();
    const dir = guardSpoolDir(data, 'main');
    spooled(dir, [batch(1)]);
    const reader = await opened(data, 'read');
    expect(await takeGuardSpool(dir, guardIntake(reader))).toBe(0);
    expect(readdirSync(dir)).toHaveLength(1);
  });

  test('counts lines it cannot read and takes the others, whatever the file holds', async () => {
    const data = dataFolder();
    const dir = guardSpoolDir(data, 'main');
    mkdirSync(dir, { recursive: true });
    const odd = [
      JSON.stringify(batch(1)),
      '{"worker":',
      'null',
      '[]',
      JSON.stringify({ ...batch(2), observations: [{ atMs: 'x' }] }),
      JSON.stringify({ ...batch(3), decisions: [{ ...sampleDecision(1), count: -5 }] }),
      JSON.stringify({ ...batch(4), seq: 0 }),
      JSON.stringify(batch(5)).slice(0, 300),
    ];
    writeFileSync(join(dir, 'guard-42-a-000001.jsonl'), odd.join('\n'));
    const workspace = await opened(data);
    const intake = guardIntake(workspace);
    expect(await takeGuardSpool(dir, intake)).toBe(1);
    await intake.close();
    const [source] = await workspace.store.listSources();
    expect(source?.account).toMatchObject({ read: 20, malformed: 7 });
    expect(existsSync(join(dir, 'guard-42-a-000001.jsonl'))).toBe(false);
  });

  test('leaves files that are still written, and takes those whose worker is gone', async () => {
    const data = dataFolder();
    const dir = guardSpoolDir(data, 'main');
    mkdirSync(dir, { recursive: true });
    const mine = join(dir, `guard-${process.pid}-a-000001.jsonl.part`);
    const gone = join(dir, 'guard-999999999-a-000001.jsonl.part');
    const fresh = join(dir, 'guard-999999998-a-000001.jsonl.part');
    for (const [file, seq] of [
      [mine, 1],
      [gone, 2],
      [fresh, 3],
    ] as const) {
      writeFileSync(file, `${JSON.stringify(batch(seq))}\n`);
      if (file !== fresh) utimesSync(file, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
    }
    const workspace = await opened(data);
    const intake = guardIntake(workspace);
    expect(await takeGuardSpool(dir, intake)).toBe(1);
    await intake.close();
    expect(readdirSync(dir).sort()).toEqual([mine, fresh].map((file) => file.slice(dir.length + 1)).sort());
    expect(await calls(workspace)).toBe(20);
  });
});
