import { describe, expect, test } from 'vitest';
import type { DecisionGroup } from '../evidence/decision-group.ts';
import { type ThreatEvidence, threatFindings } from './threat-findings.ts';

let made = 0;

function group(changes: Partial<DecisionGroup>): DecisionGroup {
  return {
    outcome: 'block',
    section: 'attacks',
    rule: 'attacks.sqli.union-select',
    service: 'shop',
    host: 'api.shop.example',
    method: 'GET',
    template: '/orders/{id}',
    network: '203.0.113.0/24',
    client: 'Ab3xYz0000clientprint',
    count: 10,
    firstMs: 0,
    lastMs: 1,
    incident: `S-${++made}`,
    ...changes,
  };
}

const nothingLost = { observations: 0, decisions: 0, requests: 0 };

function found(groups: readonly DecisionGroup[], more: Partial<ThreatEvidence> = {}) {
  return threatFindings({ groups, lost: nothingLost, operationOf: () => null, ...more });
}

const slow = { section: 'behaviour', method: '', template: '', service: null } as const;

describe('findings from decisions', () => {
  const fires: readonly (readonly [string, string, Partial<DecisionGroup>])[] = [
    ['guard.slow-attack', 'high', { ...slow, rule: 'behaviour.slow-headers', count: 900 }],
    ['guard.slow-attack', 'high', { ...slow, rule: 'behaviour.slow-body', count: 900 }],
    ['guard.slow-attack', 'high', { ...slow, rule: 'behaviour.slow-read', count: 900 }],
    ['guard.slow-attack', 'medium', { ...slow, rule: 'behaviour.idle', count: 30 }],
    ['guard.slow-attack', 'high', { ...slow, rule: 'protocol.rapid-reset', section: 'protocol', count: 500 }],
    ['guard.injection-attempts', 'medium', {}],
    ['guard.injection-attempts', 'high', { outcome: 'would-block' }],
    ['guard.injection-attempts', 'low', { count: 1 }],
    ['guard.malformed-requests', 'low', { section: 'protocol', rule: 'protocol.length-twice' }],
    ['guard.undecided', 'high', { section: 'protocol', rule: 'protocol.decision-failed', count: 1 }],
    ['guard.slow-attack', 'high', { ...slow, rule: 'behaviour.slow-drip', count: 900, network: null, client: null }],
    ['guard.content-discovery', 'low', { section: 'behaviour', rule: 'behaviour.discovery' }],
    ['guard.content-discovery', 'medium', { rule: 'attacks.sensitive-file.dotfile', outcome: 'would-block' }],
    ['guard.credential-guessing', 'high', { section: 'behaviour', rule: 'behaviour.guessing', method: 'POST', template: '/login' }],
    ['guard.credential-guessing', 'critical', { section: 'behaviour', rule: 'behaviour.guessing', outcome: 'would-block' }],
    ['guard.credential-guessing', 'medium', { section: 'authentication', rule: 'authentication.key-unknown', count: 60 }],
    ['guard.limit-hit', 'info', { section: 'limits', rule: 'limits.login' }],
    ['guard.fail-open-used', 'high', { section: 'authentication', rule: 'authentication.fail-open', outcome: 'would-block' }],
    ['guard.undeclared-operation', 'medium', { section: 'validation', rule: 'validation.undeclared-operation', outcome: 'would-block' }],
    ['guard.undeclared-operation', 'low', { section: 'validation', rule: 'validation.undeclared-operation' }],
  ];

  test.each(fires)('%s, %s', (rule, severity, changes) => {
    expect(found([group(changes)]).map((finding) => [finding.rule, finding.severity])).toEqual([[rule, severity]]);
  });

  const silent: readonly (readonly [string, Partial<DecisionGroup>])[] = [
    ['a few slow phones', { ...slow, rule: 'behaviour.slow-body', count: 9 }],
    ['people who mistype', { section: 'authentication', rule: 'authentication.missing', count: 49 }],
    ['a deny-list entry at work', { section: 'list', rule: 'list.partner' }],
    ['a wrong type in a query', { section: 'validation', rule: 'validation.query-type' }],
    ['a scope that is not there', { section: 'authorization', rule: 'authorization.scope' }],
  ];

  test.each(silent)('nothing for %s', (_, changes) => {
    expect(found([group(changes)])).toEqual([]);
  });

  test('the rows above are all there', () => {
    expect([fires.length, silent.length]).toEqual([20, 5]);
  });

  test('a slow attack names its mode, the network and the client, and keeps its id as it goes on', () => {
    const [first] = found([group({ ...slow, rule: 'behaviour.slow-body', count: 400 })]);
    expect(first?.title).toBe('Slow attack by slow body (bodies sent in drops) from 203.0.113.0/24 (client Ab3xYz00, 400)');
    expect(first?.evidence).toEqual([expect.stringMatching(/^decision:S-/)]);
    const [later] = found([
      group({ ...slow, rule: 'behaviour.slow-body', count: 900 }),
      group({ ...slow, rule: 'behaviour.slow-body', count: 2000, network: '198.51.100.0/24', client: 'other' }),
    ]);
    expect(later?.id).toBe(first?.id);
    expect(later?.title).toContain('198.51.100.0/24 (client other, 2,000) and 1 more');
    expect(later?.detail).toContain('2,900 connections');
  });

  test('one cause is one finding whatever the number of clients, with its operations as places', () => {
    const many = Array.from({ length: 500 }, (_, at) => group({ client: `c${at}`, template: `/t${at}/{id}` }));
    const findings = found(many, { operationOf: ({ template }) => `op${template}` });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.detail).toContain('5,000 requests from 500 clients');
    expect(findings[0]?.places).toHaveLength(50);
    expect(findings[0]?.evidence).toHaveLength(20);
  });

  test('a limit that many different clients meet is worth a look, one that a single client meets is doing its work', () => {
    const met = (clients: number) =>
      found(Array.from({ length: clients }, (_, at) => group({ section: 'limits', rule: 'limits.all', client: `c${at}` })))[0]?.severity;
    expect([met(1), met(19), met(20)]).toEqual(['info', 'info', 'medium']);
  });

  test('lost evidence is told with its share, and nothing lost is not told', () => {
    const lossOf = (observations: number, requests: number) => found([], { lost: { observations, decisions: 0, requests } });
    expect(lossOf(0, 1000)).toEqual([]);
    expect(lossOf(5, 100_000)[0]).toMatchObject({ rule: 'guard.dropped-evidence', severity: 'medium' });
    expect(lossOf(5000, 100_000)[0]).toMatchObject({ severity: 'high', detail: expect.stringContaining('5,000 exchanges') });
  });

  test('a service that is not known is called by the host that was asked for, under an id that the host cannot change', () => {
    const [one] = found([group({ service: null, host: 'a.example' })]);
    const [other] = found([group({ service: null, host: 'b.example' })]);
    expect(one?.title).toContain('a.example');
    expect(other?.id).toBe(one?.id);
  });

  test('the order of groups does not matter', () => {
    const groups = fires.map(([, , changes], at) => group({ ...changes, incident: `S-${at}` }));
    expect(found([...groups].reverse())).toEqual(found(groups));
  });
});
