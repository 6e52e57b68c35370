import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workspaceHost } from '../cli/workspace-host.ts';
import { catalogue } from '../engine/controls/catalogue.ts';
import { emptyExchange } from '../engine/http/exchange.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { record } from '../engine/record.ts';
import { sampleDecision, sampleStatus } from '../store/decision-samples.fixture.ts';
import { type GuardIntake, guardIntake } from '../workspace/guard-intake.ts';
import type { CurrentPolicy, DecisionExplanation, PolicyPlace, PolicyPreview, PolicyVersion, RuleFromFilter } from './contract.ts';
import { type Answer, type Ask, startTestServer, type TestServer } from './server.fixture.ts';

/** Every answer here went through `checkAnswers`: one that does not fit its schema is a 500. */
let server: TestServer;
let dir: string;
let call: (path: string, ask?: Ask) => Promise<Answer>;
let intake: GuardIntake;
const nowMs = Math.floor(Date.now() / 60_000) * 60_000;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-policy-api-'));
  server = await startTestServer({ host: workspaceHost({ dir, url: null }, 'test'), catalogue, now: () => nowMs });
  await server.app.openAll('test');
  ({ call } = await server.signIn());
  const workspace = await server.app.workspace('main');
  intake = guardIntake(workspace);
  const context = { fingerprint: workspace.fingerprint, segment: pathSegmenter(workspace.fingerprint) };
  const exchange = (at: number) => ({
    ...emptyExchange,
    ...{ atMs: nowMs - 3_600_000 + at * 1000, method: 'GET', host: 'api.shop.example', path: `/orders/${at}`, status: 200 },
    ...{ clientAddress: `203.0.113.${at % 4}`, userAgent: at % 4 === 0 ? 'sqlmap/1.8' : 'okhttp/4', requestHeaders: [] },
  });
  const taken = await intake.take({
    worker: '42-a',
    seq: 1,
    atMs: nowMs,
    observations: Array.from({ length: 200 }, (_, at) => record(exchange(at), context)),
    decisions: [
      sampleDecision(0, {
        ...{ atMs: nowMs - 1_800_000, incident: 'S-SQL', outcome: 'would-block', agent: 'sqlmap', policyVersion: 'default' },
        ...{ rule: 'attacks.sqli.union-select', template: '/orders/{int}', service: null },
      }),
      sampleDecision(0, { atMs: nowMs - 1_700_000, incident: 'S-CUT', section: 'behaviour', rule: 'behaviour.idle-hoard', method: '' }),
    ],
    minutes: [],
    losses: [],
    status: sampleStatus(),
  });
  expect(taken).toBe(true);
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

async function post<T>(path: string, body: unknown = {}, status = 200): Promise<T> {
  const answer = await call(`/workspaces/main${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status, `${path} ${answer.text.slice(0, 400)}`).toBe(status);
  return answer.json as T;
}

describe('the policy of a workspace', () => {
  test('is the built-in one before any was applied, and says what it enforces', async () => {
    const current = await get<CurrentPolicy>('/policy');
    expect(current).toMatchObject({ text: '', version: 'default', active: null, candidate: null, summary: { mode: 'block', rules: [] } });
    expect(current.summary.sections).toContainEqual({ section: 'attacks', mode: 'block' });
    expect((await get<{ rows: PolicyVersion[] }>('/policy/versions')).rows).toEqual([]);
  });

  test('is previewed with whom it would have stopped, and with each fault of the text by its line', async () => {
    const text = 'mode: block\nrules:\n  - id: no-sqlmap\n    match: { agents: [sqlmap] }\n    because: a scanner\n    mode: block\n';
    const preview = await post<PolicyPreview>('/policy/preview', { text });
    expect(preview.problems).toEqual([]);
    // Beside the 50 of the rule, the two that the guard wrote down itself: the attack it only logged, and a connection it cut.
    expect(preview.replay).toMatchObject({ requests: 200, refused: { requests: 52 } });
    expect(preview.replay?.rules.find(({ rule }) => rule === 'rules.no-sqlmap')).toMatchObject({ mode: 'block', requests: 50, clients: 1 });
    expect(preview.stricter.map(({ section }) => section)).toContain('rules');
    expect(preview.proof?.isEnough).toBe(false);
    const broken = await post<PolicyPreview>('/policy/preview', { text: 'mode: perhaps\n' });
    expect(broken.problems[0]).toMatchObject({ line: 1 });
    expect(broken.replay).toBeNull();
    expect((await get<CurrentPolicy>('/policy')).active).toBeNull();
  });

  test('is made of a filter: a rule that logs, what it cannot say, and its replay', async () => {
    const rule = await post<RuleFromFilter>('/policy/rule-from-filter?agent=sqlmap&not.network=10.0.0.0/8');
    expect(rule.match).toEqual({ agents: ['sqlmap'] });
    expect(rule.leftOut).toMatchObject([{ field: 'not.network' }]);
    expect(rule.replay).toMatchObject({ logged: { requests: expect.any(Number) } });
    expect(rule.replay?.rules.find(({ rule: id }) => id === `rules.${rule.id}`)).toMatchObject({ mode: 'log', requests: 50 });
    expect(rule.policy).toContain(rule.id);
    await post('/policy/rule-from-filter', {}, 400);
  });

  test('is refused without proof, applied with a reason, and rolled back', async () => {
    const strict = 'mode: block\nlists:\n  deny:\n    - id: okhttp\n      match: { agents: [okhttp] }\n      because: a test\n';
    await post('/policy/apply', { text: 'mode: log\n' });
    await post('/policy/apply', { text: strict }, 409);
    expect((await get<CurrentPolicy>('/policy')).version).toBe('p1');
    expect(await post('/policy/apply', { text: strict, proofWaivedBecause: 'attacked now' })).toEqual({ number: 2, onTrial: false });
    const current = await get<CurrentPolicy>('/policy');
    expect(current).toMatchObject({ version: 'p2', active: 2, text: strict, summary: { denied: 1 } });
    expect(await post('/policy/rollback', { because: 'too many refused' })).toEqual({ from: 2, to: 1 });
    const { rows } = await get<{ rows: PolicyVersion[] }>('/policy/versions');
    expect(rows.map(({ number, because }) => [number, because])).toEqual([
      [2, 'attacked now'],
      [1, null],
    ]);
    const audit = await get<{ rows: { actor: string; action: string }[] }>('/audit');
    expect(audit.rows.slice(0, 2)).toMatchObject([{ actor: 'tester', action: 'policy.rollback' }, { action: 'policy.apply' }]);
  });

  test('says of one place which routes hold there and from where each mode comes', async () => {
    const text = [
      'modes: { validation: log }',
      'limits: { each: { by: identity, requests: 60, window: 1m } }',
      'defaults: { limits: [each] }',
      'routes:',
      '  - { id: admin, match: { paths: ["/admin/**"] }, modes: { attacks: log }, criticality: critical }',
      '  - { id: partner, match: { hosts: [partner.example], paths: [/orders] }, limits: [] }',
      'rules:',
      '  - { id: old, match: { agents: [okhttp] }, because: too old, mode: log }',
      'mode: log',
    ].join('\n');
    await post('/policy/apply', { text, proofWaivedBecause: 'a test' });
    const at = (query: string) => get<PolicyPlace>(`/policy/place?service=shop${query}`);
    const admin = await at('&method=GET&template=/admin/users/{id}');
    expect(admin.routes).toEqual([{ id: 'admin', fit: 'yes' }]);
    expect(admin.settings).toContainEqual({ name: 'criticality', value: '"critical"', from: 'route admin' });
    expect(admin.limits).toMatchObject([{ name: 'each', requests: 60 }]);
    expect(admin.sections.find(({ section }) => section === 'attacks')).toMatchObject({ mode: 'log', decidedBy: 'policy' });
    expect(admin.entries).toMatchObject([{ kind: 'rule', id: 'old', fit: 'unknown' }]);
    // The host is what only a request tells, so the route is named, and marked.
    expect((await at('&method=GET&template=/orders')).routes).toEqual([{ id: 'partner', fit: 'unknown' }]);
    expect((await at('')).routes.map(({ id, fit }) => [id, fit])).toEqual([
      ['admin', 'unknown'],
      ['partner', 'unknown'],
    ]);
    expect((await call('/workspaces/main/policy/place')).status).toBe(400);
  });

  test('explains a decision by the number its caller was shown, with a change that would undo it', async () => {
    const why = await get<DecisionExplanation>('/policy/explain?decision=S-SQL');
    expect(why).toMatchObject({
      isPolicyKept: true,
      decision: { incident: 'S-SQL' },
      mode: { section: 'attacks', mode: 'block' },
      undo: { title: 'Leave out attacks.sqli@query.q for GET /orders/{int}' },
    });
    expect((await post<PolicyPreview>('/policy/preview', { text: why.undo?.yaml })).problems).toEqual([]);
    expect((await get<DecisionExplanation>('/policy/explain?decision=S-CUT')).undo).toBeNull();
    expect((await call('/workspaces/main/policy/explain?decision=S-NONE')).status).toBe(404);
  });
});
