import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { readPolicy } from '../sources/policy-file.ts';
import { sampleDecision } from '../store/decision-samples.fixture.ts';
import { openStore } from '../store/open-store.ts';
import type { DecisionFilter, Store } from '../store/store.ts';
import { START_MS } from '../store/store-samples.fixture.ts';
import { ruleFromFilter, withRule } from './threats-rule.ts';

let store: Store;
let dir = '';
const nowMs = START_MS + 3_600_000;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-rule-'));
  store = await openStore({ dir, workspace: 'main', mode: 'write', now: () => nowMs });
  await store.addDecisions([
    sampleDecision(1, { count: 5 }),
    sampleDecision(2, { network: '198.51.100.0/24', client: 'other', agent: 'sqlmap' }),
    sampleDecision(3, { network: null, client: null, method: '', template: '', service: null, host: null, rule: 'behaviour.idle' }),
  ]);
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const made = (only: DecisionFilter, not: DecisionFilter = {}) => ruleFromFilter(store, { only, not }, nowMs);
const read = (yaml: string) => readPolicy(yaml, { file: 'x', base: defaultPolicy });

describe('a rule from a filter', () => {
  test('says what the filter says of requests, logs only, and is a policy', async () => {
    const rule = await made({ network: ['203.0.113.0/24'], method: ['GET'], template: ['/orders/{id}'], agent: ['curl'] });
    expect(rule.match).toEqual({ addresses: ['203.0.113.0/24'], methods: ['GET'], paths: ['/orders/{id}'], agents: ['curl'] });
    expect(rule.leftOut).toEqual([]);
    expect(rule.seen).toEqual({ records: 1, requests: 5 });
    expect(read(rule.yaml).rules).toEqual([
      expect.objectContaining({
        id: rule.id,
        mode: 'log',
        status: 403,
        match: rule.match,
        because: expect.stringContaining('5 decisions'),
      }),
    ]);
  });

  test('takes the networks of those it is about when it is about what became of them or who they are', async () => {
    const rule = await made({ rule: ['attacks.sqli'], client: ['clientprint', 'other'] });
    expect(rule.match).toEqual({ addresses: ['203.0.113.0/24', '198.51.100.0/24'] });
    expect(rule.leftOut.map(({ field }) => field)).toEqual(['rule', 'client']);
  });

  test('names what it cannot say, and is refused when it could say nothing', async () => {
    const rule = await made({ service: ['shop', ''] }, { client: ['other'] });
    expect(rule.match).toEqual({ services: ['shop'] });
    expect(rule.leftOut).toEqual([{ field: 'not.client', because: expect.any(String) }]);
    await expect(made({})).rejects.toMatchObject({ code: 'usage' });
    await expect(made({ rule: ['behaviour.idle'] })).rejects.toMatchObject({ code: 'usage' });
    await expect(made({ template: ['no path'] })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  test('joins a policy without touching what else stands there, and replaces itself', async () => {
    const rule = await made({ service: ['shop'] });
    expect(read(withRule('', rule)).rules).toHaveLength(1);
    expect(read(withRule('# only a comment\n', rule)).rules).toHaveLength(1);
    const text = '# ours\nmode: log # for now\nrules:\n  - id: old # kept\n    match: { methods: [TRACE] }\n    because: nobody needs it\n';
    const once = withRule(text, rule);
    expect(once).toContain('# ours');
    expect(once).toContain('# kept');
    expect(read(once).rules.map(({ id }) => id)).toEqual(['old', rule.id]);
    expect(read(withRule(once, rule)).rules.map(({ id }) => id)).toEqual(['old', rule.id]);
    expect(read(withRule('mode: log\n', rule))).toMatchObject({ mode: 'log', rules: [{ id: rule.id }] });
  });
});
