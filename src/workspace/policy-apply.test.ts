import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { proofDemandDefault } from '../engine/policy/proof.ts';
import { inputOfBytes } from '../sources/input.ts';
import { readPolicy } from '../sources/policy-file.ts';
import { fingerprinter, openFingerprintKey } from './fingerprint-key.ts';
import { openWorkspace } from './open-workspace.ts';
import { applyPolicy, type PlanParts, planPolicy, replayOf } from './policy-apply.ts';
import { PolicyVersions } from './policy-versions.ts';
import type { Workspace } from './use-cases.ts';

const START_MS = Date.UTC(2026, 0, 5, 10);
let dir = '';
let workspace: Workspace;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-apply-'));
  workspace = await openWorkspace({ dir, mode: 'write', now: () => START_MS + 86_400_000 });
});
afterEach(async () => {
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A thousand calls, two a second, by ten addresses; every tenth is a search. */
function logText(): string {
  return Array.from({ length: 1000 }, (_, at) =>
    JSON.stringify({
      ...{
        time: new Date(START_MS + at * 500).toISOString(),
        method: 'GET',
        status: 200,
        remote_addr: `192.0.2.${at % 10}`,
        host: 'api.example.com',
      },
      uri: at % 10 === 0 ? `/v1/search?q=${at === 500 ? '1%27%20or%201%3D1--' : `word${at}`}` : `/v1/orders/${1000 + at}`,
    }),
  ).join('\n');
}

function parts(text: string, changes: Partial<PlanParts> = {}): PlanParts {
  const policy = readPolicy(text, { file: 'p', base: defaultPolicy });
  return {
    ...{ candidate: { policy, text, file: 'p' }, contracts: [], fingerprint: fingerprinter(openFingerprintKey(dir)), traffic: [] },
    ...{ demand: proofDemandDefault, now: () => START_MS },
    ...changes,
  };
}

async function apply(text: string, because: string | null = null) {
  const plan = await planPolicy(workspace.store, parts(text));
  return applyPolicy(workspace.store, plan, { actor: 'ann', because, now: () => START_MS });
}

const quiet = 'modes: { attacks: log, validation: log, behaviour: log, protocol: log, response: log, overload: log }\n';
const limit = (requests: number) =>
  `${quiet}limits: { per-address: { by: address, requests: ${requests}, window: 1m } }\ndefaults: { limits: [per-address] }\n`;

test('a limit that nobody would have met is applied on the proof of kept traffic, one that many would have met is refused', async () => {
  await workspace.importInputs([inputOfBytes('access.log', Buffer.from(logText()))], {});
  expect(await apply('mode: log\n')).toEqual({ number: 1, onTrial: false });
  await expect(apply(limit(3))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('of the good requests would be refused'),
  });
  expect((await new PolicyVersions(workspace.store, () => 0).inForce()).active).toBe(1);
  expect(await apply(limit(600))).toEqual({ number: 2, onTrial: false });
  expect((await workspace.store.getPolicyVersion(2))?.proof).toMatchObject({ basis: 'masked', requests: 1000, good: 1000, refusedGood: 0 });
});

test('without enough traffic, or without values to look at, nothing is raised to block, unless somebody says why', async () => {
  await expect(apply(limit(600))).rejects.toMatchObject({ code: 'conflict' });
  await workspace.importInputs([inputOfBytes('access.log', Buffer.from(logText()))], {});
  await expect(apply('mode: block\n')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('For attacks, 0 requests could be judged'),
  });
  expect(await apply('mode: block\n', 'being attacked now')).toEqual({ number: 1, onTrial: false });
  expect(await workspace.store.listAudit(1)).toMatchObject([
    { action: 'policy.apply', subject: 'p1', detail: 'without proof: being attacked now' },
  ]);
  expect(await workspace.store.getPolicyVersion(1)).toMatchObject({ because: 'being attacked now', proof: null });
});

test('what loosens needs no proof', async () => {
  await apply('mode: block\n', 'at once');
  expect(await apply('mode: block\nmodes: { attacks: log }\n')).toEqual({ number: 2, onTrial: false });
});

test('captures are replayed in full, and their report holds no value of theirs', async () => {
  const file = join(dir, 'capture.har');
  const entry = (at: number, url: string, postData?: object) => ({
    startedDateTime: new Date(START_MS + at * 1000).toISOString(),
    time: 5,
    request: {
      method: postData === undefined ? 'GET' : 'POST',
      url: `https://api.example.com${url}`,
      httpVersion: 'HTTP/1.1',
      headers: [{ name: 'Host', value: 'api.example.com' }],
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: -1,
      ...(postData === undefined ? {} : { postData }),
    },
    response: {
      status: 200,
      statusText: 'OK',
      httpVersion: 'HTTP/1.1',
      headers: [],
      cookies: [],
      content: { size: 0, mimeType: 'application/json' },
      redirectURL: '',
      headersSize: -1,
      bodySize: 0,
    },
    cache: {},
    timings: { send: 0, wait: 5, receive: 0 },
  });
  const attack = "1' or '1'='1' -- ";
  const entries = [
    entry(0, '/v1/orders/7381'),
    entry(1, `/v1/search?q=${encodeURIComponent(attack)}`),
    entry(2, '/v1/login', { mimeType: 'application/json', text: JSON.stringify({ username: attack, password: 'hunter2hunter2' }) }),
    entry(3, '/v1/search?q=blue+shoes'),
  ];
  writeFileSync(file, JSON.stringify({ log: { version: '1.2', creator: { name: 't', version: '1' }, entries } }));
  const report = await replayOf(workspace.store, null, parts('mode: block\n', { traffic: [file] }));
  expect(report).toMatchObject({ basis: 'raw', requests: 4, good: 4, refused: { requests: 2, good: 2 } });
  expect(report.rules.map(({ rule, requests }) => [rule.startsWith('attacks.sqli'), requests])).toEqual(
    report.rules.map(({ requests }) => [true, requests]),
  );
  const told = JSON.stringify(report);
  for (const value of ['7381', 'hunter2', "1' or", 'blue']) expect(told).not.toContain(value);
  expect(report.unknown.map(({ check }) => check)).toEqual(['protocol']);
  expect(report.wholly).toBe(4);
});

test('where a guard watched in log mode, its silence is proof and its records are refusals', async () => {
  await apply('mode: log\n');
  const text = logText();
  await workspace.importInputs([inputOfBytes('access.log', Buffer.from(text))], {});
  // The same exchanges, as a guard would have recorded them.
  const [source] = await workspace.store.listSources();
  if (source === undefined) throw new Error('the log was not imported');
  await workspace.store.commitImport({
    source: { ...source, format: 'guard' },
    checkpoint: null,
    paths: [],
    rollups: [],
    exchanges: [],
    documents: [],
  });
  const record: DecisionRecord = {
    ...{
      atMs: START_MS + 250_000,
      incident: 'S-1',
      outcome: 'would-block',
      section: 'attacks',
      rule: 'attacks.sqli.quote-logic',
      reason: 'r',
    },
    ...{
      place: 'query.q',
      alsoRules: [],
      method: 'GET',
      template: '/v1/search',
      service: null,
      host: null,
      status: 200,
      client: 'c',
      network: null,
    },
    ...{ principal: null, agent: null, policyVersion: 'p1', allowedBy: null, count: 1 },
  };
  await workspace.store.addDecisions([record]);
  const plan = await planPolicy(workspace.store, parts('mode: block\nmodes: { overload: log, response: log, protocol: log }\n'));
  expect(plan.report).toMatchObject({ requests: 1000, refused: { requests: 1, good: 1 }, wholly: 1000 });
  expect(plan.proof).toEqual({ isEnough: true, gaps: [], refusedShare: 0.001 });
  const strict = { ...parts('mode: block\n'), demand: { ...proofDemandDefault, refusedShareMax: 0.0005 } };
  expect((await planPolicy(workspace.store, strict)).proof.isEnough).toBe(false);
});
