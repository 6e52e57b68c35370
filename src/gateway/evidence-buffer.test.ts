import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import type { Observation } from '../engine/evidence/observation.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import { EvidenceBuffer, type EvidenceBufferParts } from './evidence-buffer.ts';
import { EvidenceSpool } from './evidence-spool.ts';

const fingerprint = (purpose: string, value: string) => `${purpose}${value.length}`;
const context = { fingerprint, segment: pathSegmenter(fingerprint) };
const folders: string[] = [];
const buffers: EvidenceBuffer[] = [];

afterEach(async () => {
  for (const buffer of buffers.splice(0)) await buffer.close(0);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function spoolFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stance-spool-'));
  folders.push(folder);
  return join(folder, 'spool');
}

function observation(at: number): Observation {
  return record({ ...emptyExchange, atMs: at, path: `/orders/${at}`, service: 'shop', status: 200 }, context);
}

function decision(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    atMs: 1000,
    incident: 'S-AAAAAAAAAAAA',
    outcome: 'block',
    section: 'attacks',
    rule: 'attacks.sqli.union-select',
    reason: 'query.q: reads as SQL.',
    place: 'query.q',
    alsoRules: [],
    method: 'GET',
    template: '/orders/{id}',
    service: 'shop',
    host: 'api.example',
    status: 403,
    client: 'c',
    network: '203.0.113.0/24',
    principal: null,
    agent: 'curl',
    policyVersion: 'p1',
    allowedBy: null,
    count: 1,
    ...changes,
  };
}

function makeBuffer(parts: Partial<EvidenceBufferParts> = {}) {
  const taken: GuardBatch[] = [];
  const buffer = new EvidenceBuffer({
    worker: '42-a',
    pid: 42,
    sink: async (batch) => {
      taken.push(batch);
      return true;
    },
    spool: null,
    now: () => 5000,
    describe: () => ({ policyVersion: 'p1', doors: ['proxy 127.0.0.1:7788'] }),
    ...parts,
  });
  buffers.push(buffer);
  return { buffer, taken };
}

function linesIn(folder: string): GuardBatch[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as GuardBatch);
}

const sum = (batches: readonly GuardBatch[], of: (batch: GuardBatch) => number) => batches.reduce((total, batch) => total + of(batch), 0);
const decided = (batches: readonly GuardBatch[]) => sum(batches, (batch) => batch.decisions.reduce((all, one) => all + one.count, 0));
const lost = (batches: readonly GuardBatch[]) =>
  sum(batches, (batch) => batch.losses.reduce((all, loss) => all + loss.observations + loss.decisions, 0));

describe('the evidence buffer of a worker', () => {
  test('hands on every item once, in numbered batches of at most 256, with the requests of each minute', async () => {
    const { buffer, taken } = makeBuffer();
    for (let at = 0; at < 1000; at++) buffer.exchange(observation(at));
    buffer.decision(decision());
    buffer.flush();
    await buffer.close();
    expect(taken.map((batch) => batch.seq)).toEqual(taken.map((_, at) => at + 1));
    expect(Math.max(...taken.map((batch) => batch.observations.length + batch.decisions.length))).toBe(256);
    expect(new Set(taken.flatMap((batch) => batch.observations.map((one) => one.atMs))).size).toBe(1000);
    expect(sum(taken, (batch) => sum([batch], (one) => one.minutes.reduce((all, minute) => all + minute.requests, 0)))).toBe(1001);
    expect(buffer.status()).toMatchObject({ requests: 1001, blocked: 1, lostObservations: 0 });
  });

  test('folds a flood of identical refusals into one record a batch, and counts all of them', async () => {
    const { buffer, taken } = makeBuffer();
    for (let at = 0; at < 10_000; at++) buffer.decision(decision({ incident: `S-${at}` }));
    buffer.decision(decision({ client: 'another' }));
    await buffer.close();
    expect(decided(taken)).toBe(10_001);
    expect(sum(taken, (batch) => batch.decisions.length)).toBe(10);
    expect(buffer.status().folded).toBe(10_000 - 8);
  });

  test('folds a scan of many paths by one client too, and leaves other clients and rules alone', async () => {
    const { buffer, taken } = makeBuffer();
    for (let at = 0; at < 5_000; at++) buffer.decision(decision({ rule: 'behaviour.discovery', template: `/p${at}`, place: null }));
    buffer.decision(decision({ rule: 'behaviour.discovery', template: '/p1', client: 'another' }));
    buffer.decision(decision({ rule: 'attacks.xss.handler', template: '/p1' }));
    await buffer.close();
    expect(decided(taken)).toBe(5_002);
    const records = taken.flatMap((batch) => batch.decisions);
    expect(records.length).toBeLessThan(110);
    expect(records.filter(({ template }) => template === '/**').reduce((all, one) => all + one.count, 0)).toBe(4_900);
  });

  test('spools what the sink refuses or does not answer, under the same number, and spools on without asking for a while', async () => {
    const folder = spoolFolder();
    let asked = 0;
    let nowMs = 5000;
    const { buffer } = makeBuffer({
      sink: async () => {
        asked++;
        throw new Error('no control plane');
      },
      spool: new EvidenceSpool(folder, '42-a'),
      now: () => nowMs,
    });
    for (let at = 0; at < 600; at++) buffer.exchange(observation(at));
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let at = 600; at < 900; at++) buffer.exchange(observation(at));
    expect(asked).toBe(2);
    nowMs += 2000;
    buffer.exchange(observation(900));
    buffer.flush();
    await buffer.close(0);
    expect(asked).toBeGreaterThan(2);
    const lines = linesIn(folder);
    expect(new Set(lines.flatMap((batch) => batch.observations.map((one) => one.atMs))).size).toBe(901);
    expect(new Set(lines.map((batch) => batch.seq)).size).toBe(lines.length);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.jsonl'))).toEqual([]);
  });

  test('drops what neither sink nor queue holds, says how much, and never grows', async () => {
    let isOpen = false;
    const taken: GuardBatch[] = [];
    let nowMs = 5000;
    const { buffer } = makeBuffer({
      queueItemsMax: 500,
      now: () => nowMs,
      sink: async (batch) => {
        if (isOpen) taken.push(batch);
        return isOpen;
      },
    });
    for (let at = 0; at < 256; at++) buffer.exchange(observation(at));
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (let at = 256; at < 5000; at++) buffer.exchange(observation(at));
    isOpen = true;
    nowMs += 5000;
    buffer.flush();
    await buffer.close();
    expect(sum(taken, (batch) => batch.observations.length)).toBe(500);
    expect(lost(taken)).toBe(4500);
    expect(buffer.status()).toMatchObject({ requests: 5000, lostObservations: 4500 });
    expect(sum(taken, (batch) => batch.minutes.reduce((all, minute) => all + minute.requests, 0))).toBe(5000);
  });

  test('gives up the oldest spool file when the disk share is used up, and tells what stood in it', async () => {
    const folder = spoolFolder();
    const { buffer } = makeBuffer({ sink: async () => false, spool: new EvidenceSpool(folder, '42-a', 400_000) });
    for (let at = 0; at < 4000; at++) {
      buffer.exchange(observation(at));
      if (at % 500 === 499) {
        await new Promise((resolve) => setTimeout(resolve, 230));
      }
    }
    await buffer.close(0);
    const lines = linesIn(folder);
    const kept = sum(lines, (batch) => batch.observations.length);
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(4000);
    expect(kept + buffer.status().lostObservations).toBe(4000);
    expect(lost(lines)).toBeGreaterThan(0);
  });

  test('goes on when the spool cannot be written, and counts the loss', async () => {
    const folder = spoolFolder();
    writeFileSync(folder, 'a file where the folder should be');
    const { buffer } = makeBuffer({ sink: async () => false, spool: new EvidenceSpool(folder, '42-a') });
    for (let at = 0; at < 300; at++) buffer.exchange(observation(at));
    await new Promise((resolve) => setTimeout(resolve, 5));
    buffer.flush();
    await buffer.close(0);
    expect(buffer.status().lostObservations).toBeGreaterThan(0);
  });

  test('keeps connections that were cut off as refusals, under the section of their rule', async () => {
    const { buffer, taken } = makeBuffer();
    const fault = { atMs: 1, clientAddress: '203.0.113.9', client: 'c', network: '203.0.113.0/24', count: 40 };
    buffer.fault({ ...fault, rule: 'behaviour.slow-body', reason: 'Less than 100 bytes a second.' });
    buffer.fault({ ...fault, rule: 'protocol.length-twice', reason: 'Two lengths.' });
    buffer.fault({ ...fault, rule: 'behaviour.slow-read', reason: 'Not read.', mode: 'log' });
    buffer.fault({ ...fault, rule: 'authentication.fail-open', reason: 'The provider does not answer.', count: 3 });
    await buffer.close();
    const outcomes = taken.flatMap((batch) => batch.decisions).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['block', 'block', 'would-block', 'would-block']);
    expect(taken.flatMap((batch) => batch.decisions).map(({ section, count, network }) => [section, count, network])).toEqual([
      ['behaviour', 40, '203.0.113.0/24'],
      ['protocol', 40, '203.0.113.0/24'],
      ['behaviour', 40, '203.0.113.0/24'],
      ['authentication', 3, '203.0.113.0/24'],
    ]);
    expect(JSON.stringify(taken)).not.toContain('203.0.113.9"');
    expect(buffer.status()).toMatchObject({ faults: 120, failOpen: 3, requests: 0 });
  });

  test('masks names of parameters and fields that may be data, in the place and in the reason', async () => {
    const { buffer, taken } = makeBuffer();
    const mail = 'zq.marker@planted.example';
    const cases: readonly (readonly [string, string | null, string | null])[] = [
      [`query.${mail}: reads as SQL.`, `query.${mail}`, 'query.{key}'],
      [`body.$.users.${mail}.note: reads as SQL.`, `body.$.users.${mail}.note`, 'body.$.{key}'],
      ['body.$.items[3].note: reads as SQL.', 'body.$.items[3].note', 'body.$.items[3].note'],
      ['query.filter[status]: odd.', 'query.filter[status]', 'query.filter[status]'],
      ['header.user-agent: odd.', 'header.user-agent', 'header.user-agent'],
      ['path: odd.', 'path', 'path'],
      ['No place.', null, null],
    ];
    for (const [at, [reason, place]] of cases.entries()) buffer.decision(decision({ reason, place, rule: `attacks.${at}` }));
    await buffer.close();
    expect(taken.flatMap((batch) => batch.decisions).map((one) => one.place)).toEqual(cases.map(([, , masked]) => masked));
    expect(JSON.stringify(taken)).not.toContain('planted');
  });
});
