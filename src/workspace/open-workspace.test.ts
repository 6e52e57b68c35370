import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInputs } from '../sources/input.ts';
import { openWorkspace } from './open-workspace.ts';
import type { Workspace } from './use-cases.ts';

const startMs = Date.parse('2026-03-03T08:00:00Z');
let dir = '';
let workspace: Workspace;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-workspace-'));
  workspace = await openWorkspace({ dir, mode: 'write', now: () => startMs + 3_600_000 });
});

afterEach(async () => {
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

function logOf(paths: readonly string[], status = 200, method = 'GET'): string {
  return `${paths.map((path, at) => `198.51.100.${at % 50} - - [${clf(startMs + at * 1000)}] "${method} ${path} HTTP/1.1" ${status} 120 "-" "okhttp/4.9"`).join('\n')}\n`;
}

function clf(ms: number): string {
  const [day, time] = new Date(ms).toISOString().split('T') as [string, string];
  return `${day.slice(8)}/Mar/${day.slice(0, 4)}:${time.slice(0, 8)} +0000`;
}

async function importText(name: string, text: string) {
  const file = join(dir, name);
  writeFileSync(file, text);
  return workspace.importInputs(openInputs(file), {});
}

const names = 'anna berta carla dora emma frida gina hanna ida jana klara lena mona nora olga paula'.split(' ');

async function templates(): Promise<string[]> {
  return (await workspace.store.allOperations()).map(
    (operation) => `${operation.method} ${operation.template} ${operation.traffic?.count ?? 0}`,
  );
}

test('a log becomes operations, and the same content again counts nothing twice, under any name', async () => {
  const text = logOf(Array.from({ length: 60 }, (_, at) => `/orders/${1000 + at}`));
  const first = await importText('a.log', text);
  expect(first.inputs[0]?.account).toMatchObject({ seen: 60, read: 60, malformed: 0 });
  expect(await templates()).toEqual(['GET /orders/{orderId} 60']);
  const second = await importText('b.log', text);
  expect(second.inputs[0]?.already).toBe(60);
  expect(await templates()).toEqual(['GET /orders/{orderId} 60']);
});

test('a log that has grown is read on from where it ended', async () => {
  const paths = Array.from({ length: 40 }, (_, at) => `/orders/${1000 + at}`);
  await importText('a.log', logOf(paths.slice(0, 25)));
  await importText('a.log', logOf(paths));
  expect(await templates()).toEqual(['GET /orders/{orderId} 40']);
  expect(await workspace.store.listSources()).toHaveLength(1);
});

test('the parts of every account add up to what was seen', async () => {
  const report = await importText(
    'mixed.log',
    `${logOf(['/orders/1', '/favicon.ico', '/style.css'])}this is no log line\n\n${logOf(['/.env'], 404)}`,
  );
  const account = report.inputs[0]?.account;
  const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((a, b) => a + b, 0);
  expect(account?.malformed).toBe(1);
  expect(account?.malformedLines[0]).toMatchObject({ line: 4 });
  expect((account?.read ?? 0) + sum(account?.folded) + sum(account?.excluded) + (account?.malformed ?? 0)).toBe(account?.seen);
});

test('names that turned out to be values are gone from disk, and can still be split off by naming them', async () => {
  await importText('people.log', logOf(names.flatMap((name) => [`/people/${name}/orders`, `/people/${name}`])));
  const folded = await templates();
  expect(folded.filter((row) => row.includes('{')).length).toBe(folded.length);
  const [service] = (await workspace.store.allOperations()).map((operation) => operation.service);
  const template =
    (await workspace.store.allOperations()).map((operation) => operation.template).find((text) => !text.endsWith('/orders')) ?? '';
  await workspace.decide({ kind: 'split', service: service ?? '', template, values: ['anna'] }, 'tester');
  expect(await templates()).toContain('GET /people/anna 1');
  const later = logOf(['/people/anna', '/people/zora'], 200).replaceAll('08:00:', '08:30:');
  await importText('later.log', later);
  expect(await templates()).toContain('GET /people/anna 2');
});

test('merge, rename, pin and exclude outlive re-learning, apply to old data, and can be undone', async () => {
  await importText(
    'v.log',
    logOf([
      '/v1/reports/daily',
      '/v1/reports/weekly',
      '/v1/reports/monthly',
      ...Array.from({ length: 12 }, (_, at) => `/v1/users/${at + 1}`),
    ]),
  );
  const service = (await workspace.store.allOperations())[0]?.service ?? '';
  const merge = {
    kind: 'merge',
    service,
    templates: ['/v1/reports/daily', '/v1/reports/weekly', '/v1/reports/monthly'],
    into: '/v1/reports/{period}',
  } as const;
  const preview = await workspace.previewDecision(merge);
  expect(preview.after).toEqual([{ method: 'GET', template: '/v1/reports/{period}', calls: 3 }]);
  const id = await workspace.decide(merge, 'tester');
  expect(await templates()).toContain('GET /v1/reports/{period} 3');
  await workspace.decide({ kind: 'rename', service, template: '/v1/users/{userId}', into: '/v1/users/{memberNumber}' }, 'tester');
  await workspace.decide({ kind: 'exclude', service, method: null, template: '/v1/reports/{period}', reason: 'retired' }, 'tester');
  await workspace.rebuild();
  expect(await templates()).toEqual(['GET /v1/users/{memberNumber} 12']);
  expect((await workspace.store.listFolded({ reason: 'excluded-by-you' })).total).toBeGreaterThan(0);
  for (const decision of await workspace.store.listDecisions()) if (decision.id !== id) await workspace.undoDecision(decision.id, 'tester');
  expect(await templates()).toContain('GET /v1/reports/{period} 3');
  await workspace.undoDecision(id, 'tester');
  expect((await templates()).filter((row) => row.includes('/v1/reports/{period}'))).toEqual([]);
});

test('a specification and its traffic meet in one operation, and each state has its word', async () => {
  await importText(
    'shop.yaml',
    `openapi: 3.0.3
info: { title: shop, version: '1' }
servers: [{ url: 'https://api.shop.example' }]
paths:
  /orders/{orderId}:
    get: { responses: { '200': { description: ok } } }
  /baskets/{basketId}:
    get: { deprecated: true, responses: { '200': { description: ok } } }
  /never:
    get: { responses: { '200': { description: ok } } }
`,
  );
  expect((await workspace.store.allOperations()).every((operation) => operation.state === 'declared')).toBe(true);
  await workspace.importInputs(
    openInputs(
      await written(
        't.log',
        logOf([...Array.from({ length: 20 }, (_, at) => `/orders/${at + 1}`), '/baskets/7', '/baskets/8', '/hidden/export']),
      ),
    ),
    { host: 'api.shop.example' },
  );
  const states = Object.fromEntries((await workspace.store.allOperations()).map((operation) => [operation.template, operation.state]));
  expect(states).toEqual({
    '/orders/{orderId}': 'active',
    '/baskets/{basketId}': 'zombie',
    '/never': 'unused',
    '/hidden/export': 'shadow',
  });
  const summary = (await workspace.store.inventorySummary())?.summary;
  expect(summary?.byState).toMatchObject({ active: 1, zombie: 1, unused: 1, shadow: 1 });
  const rules = (await workspace.store.listFindings()).map((finding) => finding.rule);
  expect(rules).toEqual(expect.arrayContaining(['inventory.shadow', 'inventory.zombie', 'owner.missing']));
});

test('settings edits keep comments, reach the file they came from, and never overwrite a change made meanwhile', async () => {
  const file = await written('stance.yaml', '# ours\nproject: shop\n');
  await workspace.importInputs(openInputs(file), {});
  await workspace.putAnswers({ lead: 'nobody' }, 'tester');
  expect(readFileSync(file, 'utf8')).toBe('# ours\nproject: shop\nanswers:\n  lead: nobody\n');
  expect((await workspace.settings()).answers.lead).toBe('nobody');
  writeFileSync(file, 'project: edited elsewhere\n');
  await expect(workspace.putAnswers({ lead: 'unknown' }, 'tester')).rejects.toMatchObject({ code: 'conflict' });
  expect(readFileSync(file, 'utf8')).toBe('project: edited elsewhere\n');
  await expect(workspace.putSettings('nonsense: [', 'tester')).rejects.toMatchObject({ code: 'config-invalid' });
  expect((await workspace.settings()).answers.lead).toBe('nobody');
});

test('the plan that stance.yaml points at is read for its parts, and its words are not kept', async () => {
  await written(
    'plan.md',
    '# Incident response\n\n## Goals of the plan\n\n## Roles and who decides\n\nZebraquartz is the word nobody else uses here at all.\n',
  );
  await workspace.importInputs(
    openInputs(await written('stance.yaml', 'plans:\n  incident-response: { location: plan.md, owner: ann, reviewed-on: 2026-03-01 }\n')),
    {},
  );
  const plan = (await workspace.settings()).plans[0];
  expect(plan?.parts?.length).toBeGreaterThan(0);
  expect(JSON.stringify([await workspace.settings(), await workspace.store.latestAssessment()])).not.toContain('Zebraquartz');
});

test('an unreadable input fails alone: the others are imported', async () => {
  const good = await written('good.log', logOf(['/orders/1', '/orders/2']));
  const bad = await written('bad.bin', '\u0000\u0001\u0002 neither this nor that');
  async function* both() {
    yield* openInputs(bad);
    yield* openInputs(good);
  }
  const report = await workspace.importInputs(both(), {});
  expect(report.inputs.map((input) => input.error?.code ?? 'ok')).toEqual(['input-unknown-format', 'ok']);
  expect(await templates()).toHaveLength(1);
});

test('every export reads back as what it is', async () => {
  await importText('a.log', logOf(Array.from({ length: 30 }, (_, at) => `/orders/${1000 + at}`)));
  const openapi = JSON.parse((await workspace.export('openapi-3.1', {})).text);
  expect(openapi.openapi).toBe('3.1.0');
  expect(openapi.paths['/orders/{orderId}'].get['x-stance-calls']).toBe(30);
  expect(JSON.parse((await workspace.export('openapi-3.0', {})).text).openapi).toBe('3.0.3');
  expect(JSON.parse((await workspace.export('cyclonedx', {})).text).services[0].endpoints).toHaveLength(1);
  expect((await workspace.export('csv', {})).text.split('\r\n')).toHaveLength(3);
  expect(JSON.parse((await workspace.export('json', {})).text)).toHaveLength(1);
  await expect(workspace.export('csv', { service: 'nowhere' })).rejects.toMatchObject({ code: 'not-found' });
});

test('what doctor says of a log without credentials is that it is blind, not that nothing was sent', async () => {
  await importText('a.log', logOf(Array.from({ length: 30 }, (_, at) => `/orders/${1000 + at}`)));
  const lines = await workspace.doctor();
  expect(lines.find((line) => line.text.startsWith('Credentials are not visible'))?.level).toBe('blind');
  const operation = (await workspace.store.allOperations())[0];
  expect(operation?.auth).toMatchObject({ judged: 0, okWithout: 0 });
});

test('a reader cannot write, and an evidence reference opens', async () => {
  await importText('a.log', logOf(Array.from({ length: 30 }, (_, at) => `/orders/${1000 + at}`)));
  const id = (await workspace.store.allOperations())[0]?.id ?? '';
  const view = await workspace.evidence(`operation:${id}`);
  expect(view?.kind === 'operation' ? view.exchanges.length : 0).toBe(30);
  expect(await workspace.evidence('operation:op_nowhere')).toBeNull();
  const reader = await openWorkspace({ dir, mode: 'read' });
  await expect(reader.rebuild()).rejects.toMatchObject({ code: 'workspace-busy' });
  expect(await reader.store.allOperations()).toHaveLength(1);
  await reader.close();
});

test('a change is accepted, mended in the document, verified by importing it, and told in the ledger', async () => {
  const spec = (security: string) => `openapi: 3.0.3
info: { title: shop, version: '1' }
servers: [{ url: 'https://api.shop.example' }]
${security}paths:
  /orders:
    get: { responses: { '200': { description: ok }, '401': { description: no } } }
`;
  let nowMs = startMs;
  await workspace.close();
  workspace = await openWorkspace({ dir, mode: 'write', now: () => nowMs });
  await importText('shop.yaml', spec(''));
  const before = await workspace.assess();
  expect(before.total.proven).toBeLessThan(before.total.possible);
  const owner =
    before.candidates.find((candidate) => candidate.key.includes('PPL-01') && candidate.blockedBy === null) ?? before.candidates[0];
  expect(owner).toBeDefined();
  nowMs += 60_000;
  const accepted = await workspace.decideChange(
    owner?.key ?? '',
    { action: 'accept', reason: null, untilMs: null, owner: 'platform' },
    'tester',
  );
  expect(accepted).toMatchObject({ state: 'accepted', verifiedMs: null });
  const again = { action: 'accept', reason: null, untilMs: null, owner: 'platform' } as const;
  await expect(workspace.decideChange(owner?.key ?? '', again, 'tester')).rejects.toMatchObject({ code: 'conflict' });
  expect((await workspace.store.listChanges())[0]?.decidedMs).toBe(accepted.decidedMs);
  const other = before.candidates.find((candidate) => candidate.key !== owner?.key);
  await expect(
    workspace.decideChange(other?.key ?? '', { action: 'accept', reason: null, untilMs: null, owner: 'platform' }, 'tester'),
  ).rejects.toMatchObject({ code: 'conflict' });
  await expect(
    workspace.decideChange(other?.key ?? '', { action: 'decline', reason: '', untilMs: null, owner: null }, 'tester'),
  ).rejects.toMatchObject({ code: 'usage' });
  nowMs += 60_000;
  await workspace.putSettings(
    'project: shop\nroles:\n  api-security-lead: { person: ann, deputy: bo, accepted-on: 2026-03-02, also-builds: false }\npeople:\n  ann: { name: Ann }\n  bo: { name: Bo }\n',
    'tester',
  );
  const after = await workspace.store.latestAssessment();
  expect(after?.total.proven).toBeGreaterThan(before.total.proven);
  const ledger = await workspace.store.listLedger({ limit: 100 });
  expect(ledger.some((line) => line.cause === 'you' && line.control === 'PPL-01' && line.deltaProven > 0)).toBe(true);
  const moved = ledger.reduce((sum, line) => sum + line.deltaProven, 0);
  const first = (await workspace.store.listScores(0))[0];
  expect(moved).toBeCloseTo((after?.total.proven ?? 0) - (first?.proven ?? 0), 4);
  if (owner?.control === 'PPL-01') expect((await workspace.store.listChanges())[0]?.state).toBe('verified');
});

async function written(name: string, text: string): Promise<string> {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}
