import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workspaceHost } from '../cli/workspace-host.ts';
import { catalogue } from '../engine/controls/catalogue.ts';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import { sampleDecision, sampleStatus } from '../store/decision-samples.fixture.ts';
import { type GuardIntake, guardIntake } from '../workspace/guard-intake.ts';
import type {
  DecisionFacets,
  DecisionPage,
  DecisionRecord,
  DecisionSeries,
  EvidenceView,
  FindingPage,
  GuardStatus,
  ThreatSummary,
} from './contract.ts';
import { type Answer, type Ask, startTestServer, type TestServer } from './server.fixture.ts';

/** Every answer here went through `checkAnswers`: one that does not fit its schema is a 500. */
let server: TestServer;
let dir: string;
let call: (path: string, ask?: Ask) => Promise<Answer>;
let cookie: string;
let intake: GuardIntake;
/** Findings look back from the clock of the machine, so the evidence has to be of today. */
const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
const HOUR_MS = 3_600_000;

const fingerprint = (purpose: string, value: string) => `${purpose}-${value}`.padEnd(22, '_').slice(0, 22);
const context = { fingerprint, segment: pathSegmenter(fingerprint) };

function batch(seq: number, changes: Partial<GuardBatch> = {}): GuardBatch {
  return {
    worker: '42-a',
    seq,
    atMs: nowMs - 1000,
    observations: Array.from({ length: 30 }, (_, at) =>
      record(
        {
          ...emptyExchange,
          atMs: nowMs - HOUR_MS + at * 1000,
          host: 'api.shop.example',
          service: 'shop',
          path: `/orders/${at}`,
          status: 200,
          requestHeaders: [],
        },
        context,
      ),
    ),
    decisions: [
      sampleDecision(0, { atMs: nowMs - HOUR_MS, incident: 'S-SQL', template: '/orders/{int}' }),
      sampleDecision(0, { atMs: nowMs - HOUR_MS, incident: 'S-XSS', rule: 'attacks.xss.handler', outcome: 'would-block', agent: null }),
      sampleDecision(0, {
        atMs: nowMs - 2 * HOUR_MS,
        incident: 'S-SLOW',
        section: 'behaviour',
        rule: 'behaviour.slow-headers',
        method: '',
        template: '',
        service: null,
        host: null,
        status: null,
        count: 800,
      }),
      sampleDecision(0, { atMs: nowMs - 48 * HOUR_MS, incident: 'S-OLD' }),
    ],
    minutes: [{ minuteMs: nowMs - HOUR_MS, service: 'shop', requests: 31 }],
    losses: [],
    status: sampleStatus({ requests: 31, blocked: 1, wouldBlock: 1, faults: 800, failOpen: 2 }),
    ...changes,
  };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-threats-'));
  server = await startTestServer({ host: workspaceHost({ dir, url: null }, 'test'), catalogue, now: () => nowMs });
  await server.app.openAll('test');
  ({ call, cookie } = await server.signIn());
  const workspace = await server.app.workspace('main');
  intake = guardIntake(workspace);
  expect(await intake.take(batch(1))).toBe(true);
  await workspace.rebuild();
});

afterAll(async () => {
  await intake.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function get<T>(path: string): Promise<T> {
  const answer = await call(`/workspaces/main${path}`);
  expect(answer.status, `${path} ${answer.text.slice(0, 400)}`).toBe(200);
  return answer.json as T;
}

describe('what a guard decided', () => {
  test('is summed up for the last 24 hours, with what stands out', async () => {
    const summary = await get<ThreatSummary>('/threats/summary');
    expect(summary).toMatchObject({ requests: 31, blocked: 801, wouldBlock: 1, allowed: 0, isGuarded: true });
    expect(summary.sections).toEqual([
      { section: 'behaviour', blocked: 800, wouldBlock: 0 },
      { section: 'attacks', blocked: 1, wouldBlock: 1 },
    ]);
    expect(summary.groups[0]).toMatchObject({ rule: 'behaviour.slow-headers', count: 800 });
  });

  test('is listed, filtered by what is wanted and what is not, and found by the number of a caller', async () => {
    const all = await get<DecisionPage>('/threats/decisions');
    expect(all.rows.map(({ incident }) => incident)).toEqual(['S-XSS', 'S-SQL', 'S-SLOW']);
    const some = await get<DecisionPage>('/threats/decisions?section=attacks&not.rule=attacks.xss.handler&from=0');
    expect(some.rows.map(({ incident }) => incident)).toEqual(['S-SQL', 'S-OLD']);
    const nobody = await get<DecisionPage>('/threats/decisions?agent=&limit=1');
    expect(nobody).toMatchObject({ total: 1, rows: [{ incident: 'S-XSS' }] });
    expect(await get<DecisionRecord>('/threats/decisions/S-OLD')).toMatchObject({ incident: 'S-OLD', count: 1 });
    expect((await call('/workspaces/main/threats/decisions/S-NONE')).status).toBe(404);
    expect((await call('/workspaces/main/threats/decisions?colour=red')).status).toBe(400);
  });

  test('is counted by value, and drawn over every step of the span', async () => {
    const facets = await get<DecisionFacets>('/threats/facets?section=attacks');
    expect(facets.section).toEqual([
      { value: 'behaviour', count: 800 },
      { value: 'attacks', count: 2 },
    ]);
    expect(facets.outcome.map(({ value }) => value).sort()).toEqual(['block', 'would-block']);
    const series = await get<DecisionSeries>('/threats/series');
    expect(series.points.length).toBeGreaterThan(90);
    expect(series.points.reduce((sum, point) => sum + point.requests, 0)).toBe(31);
    expect(series.points.reduce((sum, point) => sum + point.blocked, 0)).toBe(801);
    const wide = await get<DecisionSeries>(`/threats/series?from=0&to=${nowMs}&step=60000`);
    expect(wide.points.length).toBeLessThanOrEqual(2001);
    expect((await call('/workspaces/main/threats/series?step=1')).status).toBe(400);
  });

  test('is a finding with an operation as its place and decisions as its evidence', async () => {
    const { rows } = await get<FindingPage>('/findings');
    const slow = rows.find(({ rule }) => rule === 'guard.slow-attack');
    expect(slow?.title).toContain('203.0.113.0/24');
    const injection = rows.find(({ rule }) => rule === 'guard.injection-attempts');
    expect(injection?.places.map(({ operation }) => operation)).toHaveLength(1);
    const seen = await get<EvidenceView>(`/evidence?ref=${encodeURIComponent(slow?.evidence[0] ?? '')}`);
    expect(seen).toMatchObject({ kind: 'decision', decision: { incident: 'S-SLOW', count: 800 } });
    const { findings } = await get<ThreatSummary>('/threats/summary');
    expect(findings).toContain(slow?.id);
  });

  test('and how its workers are is told', async () => {
    expect(await get<GuardStatus>('/guard/status')).toMatchObject({
      alive: 1,
      policyVersions: ['p1'],
      doors: ['proxy 127.0.0.1:7788'],
      totals: { requests: 31, faults: 800, failOpen: 2, lostObservations: 0 },
      workers: [{ id: '42-a', isAlive: true, heardMs: nowMs - 1000 }],
    });
  });

  test('reaches a page that listens as an event of its own', async () => {
    const heard = new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: server.port,
          path: '/api/v1/workspaces/main/events',
          headers: { cookie, 'sec-fetch-site': 'same-origin' },
        },
        (response) => {
          let text = '';
          response.on('data', (part: Buffer) => {
            text += part.toString();
            const event = /event: decisions\ndata: (.*)\n/.exec(text)?.[1];
            if (event === undefined) return;
            resolve(event);
            request.destroy();
          });
          void intake.take(batch(2, { decisions: [sampleDecision(1, { atMs: nowMs, incident: 'S-NEW' })] }));
        },
      );
      request.on('error', reject);
      request.end();
    });
    expect(JSON.parse(await heard)).toEqual({ kind: 'decisions', atMs: expect.any(Number), count: 1 });
  });
});

test('without a guard there is nothing to see, and it is said that this proves nothing', async () => {
  expect((await call('/workspaces', { method: 'POST', body: JSON.stringify({ name: 'bare' }) })).status).toBe(200);
  const answer = await call('/workspaces/bare/threats/summary');
  expect(answer.json).toMatchObject({ requests: 0, blocked: 0, isGuarded: false, groups: [] });
  expect((await call('/workspaces/bare/guard/status')).json).toMatchObject({ alive: 0, workers: [] });
});
