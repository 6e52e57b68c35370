import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { GuardBatch } from '../../src/engine/evidence/guard-batch.ts';
import { emptyExchange } from '../../src/engine/http/exchange.ts';
import { pathSegmenter } from '../../src/engine/http/path-segmenter.ts';
import { record } from '../../src/engine/record.ts';
import { EvidenceBuffer } from '../../src/gateway/evidence-buffer.ts';
import { EvidenceSpool } from '../../src/gateway/evidence-spool.ts';
import { sampleDecision } from '../../src/store/decision-samples.fixture.ts';
import { fingerprinter, openFingerprintKey } from '../../src/workspace/fingerprint-key.ts';
import { guardSpoolDir } from '../../src/workspace/guard-spool-intake.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'stance-guard-killed-'));
let child: ControlPlane | null = null;
afterAll(() => {
  child?.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const EXCHANGES = 15_000;
const DECISIONS = 1_500;
const KILLS = 3;

/** The other side of the sink: answers what it took, and nothing once it is dead. */
class ControlPlane {
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  readonly closed: Promise<void>;
  readonly #waiting = new Map<number, (isTaken: boolean) => void>();
  taken = 0;

  constructor(dir: string) {
    this.process = fork(join(import.meta.dirname, 'guard-intake-child.ts'), [dir], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ready = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.closed = closed.promise;
    this.process.on('message', (message: 'ready' | { readonly seq: number; readonly isTaken: boolean }) => {
      if (message === 'ready') {
        ready.resolve();
        return;
      }
      this.taken++;
      this.#waiting.get(message.seq)?.(message.isTaken);
      this.#waiting.delete(message.seq);
    });
    this.process.on('close', () => {
      ready.resolve();
      closed.resolve();
      for (const answer of this.#waiting.values()) answer(false);
      this.#waiting.clear();
    });
    this.process.on('error', () => undefined);
  }

  send(batch: GuardBatch): Promise<boolean> {
    if (!this.process.connected) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.set(batch.seq, resolve);
      this.process.send(batch, (error) => {
        if (error !== null) resolve(false);
      });
    });
  }
}

test('a control plane killed again and again under load loses no evidence and counts none twice', async () => {
  const dir = join(folder, 'data');
  await (await openWorkspace({ dir, mode: 'write' })).close();
  const fingerprint = fingerprinter(openFingerprintKey(dir));
  const context = { fingerprint, segment: pathSegmenter(fingerprint) };
  const spoolDir = guardSpoolDir(dir, 'main');
  const buffer = new EvidenceBuffer({
    worker: `${process.pid}-a`,
    pid: process.pid,
    sink: (batch) => child?.send(batch) ?? Promise.resolve(false),
    spool: new EvidenceSpool(spoolDir, `${process.pid}-a`),
    now: Date.now,
    describe: () => ({ policyVersion: 'p1', doors: [] }),
  });
  let kills = 0;
  for (let at = 0; at < EXCHANGES; at++) {
    const path = `/v1/orders/${at}`;
    buffer.exchange(record({ ...emptyExchange, atMs: Date.now(), path, service: 'shop', status: 200, requestHeaders: [] }, context));
    // All different, so that none is folded.
    if (at % 10 === 0) buffer.decision(sampleDecision(at, { atMs: Date.now(), outcome: 'would-block', client: `c${at}` }));
    if (at % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    if (at % (EXCHANGES / KILLS) === 1000) {
      await child?.closed;
      child = new ControlPlane(dir);
      await child.ready;
      const { process: mine } = child;
      kills++;
      // Once it has acknowledged something, so that batches die in every state: sent, written, acknowledged, being deleted.
      setTimeout(() => mine.kill('SIGKILL'), 300 + kills * 450);
    }
  }
  await child?.closed;
  await buffer.close(1_000);
  expect(buffer.status()).toMatchObject({ requests: EXCHANGES, lostObservations: 0, lostDecisions: 0 });

  child = new ControlPlane(dir);
  await child.ready;
  await expect.poll(() => readdirSync(spoolDir), { timeout: 30_000, interval: 200 }).toEqual([]);
  child.process.send('stop');
  await child.closed;

  const workspace = await openWorkspace({ dir, mode: 'read' });
  const counted = (await workspace.store.listPaths()).reduce((sum, row) => sum + row.stat.count, 0);
  expect(counted).toBe(EXCHANGES);
  expect((await workspace.store.listDecisionRecords({})).total).toBe(DECISIONS);
  expect((await workspace.store.decisionTotals({})).request).toBe(EXCHANGES);
  expect((await workspace.store.listSources())[0]?.account).toMatchObject({ seen: EXCHANGES, excluded: {} });
  await workspace.close();
  expect(kills).toBe(KILLS);
}, 120_000);
