/** Made-up decision records and workers of a guard. Deterministic. */
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import type { GuardStatus } from '../engine/evidence/guard-batch.ts';
import { START_MS } from './store-samples.fixture.ts';

export function sampleDecision(at: number, changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    atMs: START_MS + at * 1000,
    incident: `S-${String(at).padStart(12, '0')}`,
    outcome: 'block',
    section: 'attacks',
    rule: 'attacks.sqli',
    reason: 'The query parameter q reads as SQL.',
    place: 'query.q',
    alsoRules: [],
    method: 'GET',
    template: '/orders/{id}',
    service: 'shop',
    host: 'api.shop.example',
    status: 403,
    client: 'clientprint',
    network: '203.0.113.0/24',
    principal: null,
    agent: 'curl',
    policyVersion: 'p1',
    allowedBy: null,
    count: 1,
    ...changes,
  };
}

export function sampleStatus(changes: Partial<GuardStatus> = {}): GuardStatus {
  return {
    pid: 4711,
    startedMs: START_MS,
    policyVersion: 'p1',
    doors: ['proxy 127.0.0.1:7788'],
    requests: 10,
    blocked: 2,
    wouldBlock: 1,
    faults: 0,
    failOpen: 0,
    folded: 0,
    lostObservations: 0,
    lostDecisions: 0,
    spoolBytes: 0,
    ...changes,
  };
}
