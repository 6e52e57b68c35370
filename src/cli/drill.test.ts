import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type FailModeDrill, lastFailModeDrill } from '../workspace/drill-record.ts';
import { openWorkspace } from '../workspace/open-workspace.ts';
import { stance } from './cli.fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'stance-drill-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const policy = (catalogue: string) => `providers:
  idp: { kind: jwt, issuer: https://idp.example.com/, audiences: [shop], algorithms: [RS256] }
defaults: { authentication: [idp] }
routes:
  - { id: health, match: { paths: [/health] }, public: true, authentication: [], fail-mode: open }
  - { id: catalogue, match: { paths: ["/catalogue/**"] }, fail-mode: open${catalogue} }
  - { id: office, match: { addresses: [10.0.0.0/8], paths: ["/office/{id}"], methods: [PUT] } }
  - { id: hidden, match: { paths: [/same] } }
  - { id: over, match: { paths: [/same] } }
`;

function drill(text: string) {
  writeFileSync(join(dir, 'policy.yaml'), text);
  return stance(['drill', 'fail-mode', '--policy', 'policy.yaml', '--data', join(dir, 'data'), '--json'], { cwd: dir });
}

test('each route does what its fail mode says when the guard is broken, at each door, with evidence; and the proof is kept', async () => {
  const { code, stdout, stderr } = await drill(policy(''));
  const { trials, notReached } = JSON.parse(stdout) as FailModeDrill;
  expect(trials.filter(({ holds }) => !holds)).toEqual([]);
  expect([code, notReached]).toEqual([0, ['hidden']]);
  expect(stderr).toContain('hidden was not reached');
  const of = (route: string, broken: string, door = 'proxy') =>
    trials
      .filter((trial) => trial.route === route && trial.broken === broken && trial.door === door)
      .map(({ observed, evidence }) => [observed, ...evidence]);
  expect(of('defaults', 'decision')).toEqual([['closed', 'protocol.decision-failed']]);
  expect(of('defaults', 'identity-provider', 'forward-auth')).toEqual([['closed', 'authentication.unavailable']]);
  expect(of('catalogue', 'identity-provider')).toEqual([['open', 'authentication.fail-open']]);
  expect(of('health', 'decision', 'forward-auth')).toEqual([['open', 'protocol.fail-open']]);
  expect(of('health', 'admission')).toEqual([['open', 'overload.fail-open']]);
  // Nobody can answer in the place of a service that is down; and who writes evidence down decides nothing.
  expect([of('health', 'upstream'), of('health', 'control-plane')]).toEqual([[['closed']], [['open']]]);
  expect(of('office', 'decision')).toEqual([['closed', 'protocol.decision-failed']]);
  const workspace = await openWorkspace({ dir: join(dir, 'data'), mode: 'read' });
  expect((await lastFailModeDrill(workspace.store))?.trials).toHaveLength(trials.length);
  expect(await workspace.store.listAudit(1)).toMatchObject([
    { action: 'drill fail-mode', detail: expect.stringContaining(`${trials.length} of ${trials.length}`) },
  ]);
  await workspace.close();
});

test('a route that does other than its policy says fails the drill, and the evidence names why', async () => {
  const { code, stdout } = await drill(policy(`, rules: ["method == 'PUT'"]`));
  const failed = (JSON.parse(stdout) as FailModeDrill).trials.filter(({ holds }) => !holds);
  expect(code).toBe(1);
  expect(failed.map(({ route, broken, expected, observed }) => [route, broken, expected, observed])).toContainEqual([
    'catalogue',
    'identity-provider',
    'open',
    'closed',
  ]);
  expect(failed[0]?.evidence).toContain('authorization.rule');
});
