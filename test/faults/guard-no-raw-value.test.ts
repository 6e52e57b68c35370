import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileGuard, defaultPolicy } from '../../src/engine/decide.ts';
import { pathSegmenter } from '../../src/engine/http/path-segmenter.ts';
import type { RequestHead } from '../../src/engine/http/request.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { EvidenceBuffer } from '../../src/gateway/evidence-buffer.ts';
import { EvidenceSpool } from '../../src/gateway/evidence-spool.ts';
import { GuardDecider } from '../../src/gateway/guard-decider.ts';
import { fingerprinter, openFingerprintKey } from '../../src/workspace/fingerprint-key.ts';
import { guardIntake } from '../../src/workspace/guard-intake.ts';
import { guardSpoolDir, takeGuardSpool } from '../../src/workspace/guard-spool-intake.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'stance-guard-marker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Values that must not be found on disk or in an answer, each in another place of a request. */
const markers = {
  email: 'zq.marker@planted.example',
  token: 'tok9fQ7planted31Zz0marker88Lm',
  address: '203.0.113.77',
  user: 'planteduser4711',
  bearer: 'plantedbearervalue0123456789',
  attack: "plantedattack' or 1=1--",
  script: '<script>plantedscript()</script>',
  cookie: 'plantedcookievalue',
  bodyName: 'Plantedname',
  bodyKey: 'zq.key@planted.example',
};

const head = (changes: Partial<RequestHead>): RequestHead => ({
  method: 'POST',
  scheme: 'https',
  host: 'api.shop.example',
  path: '/orders',
  query: null,
  headers: [
    { name: 'host', value: 'api.shop.example' },
    { name: 'user-agent', value: 'okhttp/4.9' },
    { name: 'authorization', value: `Bearer ${markers.bearer}` },
    { name: 'cookie', value: `sid=${markers.cookie}` },
    { name: 'content-type', value: 'application/json' },
    { name: 'content-length', value: '400' },
  ],
  clientAddress: markers.address,
  certificate: null,
  httpVersion: '1.1',
  tlsVersion: 'TLSv1.3',
  clientShape: null,
  ...changes,
});

const requests: readonly { readonly head: RequestHead; readonly body: unknown }[] = [
  { head: head({ path: `/customers/${encodeURIComponent(markers.email)}/cards` }), body: { name: markers.bodyName } },
  { head: head({ path: `/customers/${markers.token}/cards` }), body: { [markers.bodyKey]: markers.attack } },
  { head: head({ query: `q=${encodeURIComponent(markers.attack)}` }), body: {} },
  { head: head({ query: `${encodeURIComponent(markers.email)}=${encodeURIComponent(markers.attack)}` }), body: {} },
  { head: head({ query: `access_token=${markers.token}&q=${encodeURIComponent(markers.script)}` }), body: {} },
  { head: head({}), body: { name: markers.bodyName, note: markers.script, users: { [markers.bodyKey]: { note: markers.attack } } } },
  { head: head({ headers: [...head({}).headers, { name: 'x-note', value: markers.attack }] }), body: {} },
  { head: head({ path: `/${encodeURIComponent(markers.script)}` }), body: {} },
];

test.each(['block', 'log'] as const)('nothing a guard writes holds a raw value, in mode %s: spool, database, findings', async (mode) => {
  const dir = join(folder, mode);
  const fingerprint = fingerprinter(openFingerprintKey(dir));
  const policy: Policy = { ...defaultPolicy, mode };
  const buffer = new EvidenceBuffer({
    worker: '42-a',
    pid: 42,
    sink: async () => false,
    spool: new EvidenceSpool(guardSpoolDir(dir, 'main'), '42-a'),
    now: Date.now,
    describe: () => ({ policyVersion: policy.version, doors: [] }),
  });
  const decider = new GuardDecider({
    compiled: compileGuard(policy, []),
    state: { limiter: null, watch: null },
    callers: {
      authenticate: () => ({ kind: 'none' }),
      bodyObjections: () => [],
    },
    admission: null,
    onLimits: null,
    onScopes: null,
    evidence: buffer,
    fingerprint,
    segment: pathSegmenter(fingerprint),
    now: Date.now,
    chance: () => 0,
  });
  for (const request of requests) {
    let ruling = await decider.head(request.head);
    const bytes = new TextEncoder().encode(JSON.stringify(request.body));
    if (ruling.bodyBytes > 0) ruling = decider.body(ruling, { bytes, isWhole: true });
    decider.done(ruling, {
      atMs: Date.now(),
      status: ruling.refusal?.status ?? 200,
      durationMs: 3,
      requestBytes: bytes.length,
      responseBytes: 20,
      answerHeaders: [{ name: 'set-cookie', value: `sid=${markers.cookie}` }],
      failure: null,
    });
  }
  decider.broken({ atMs: Date.now(), rule: 'behaviour.slow-body', reason: 'Too slow.', clientAddress: markers.address, count: 20 });
  await buffer.close(0);
  const spooled = allFiles(dir).filter((file) => file.endsWith('.jsonl'));
  expect(spooled.length).toBeGreaterThan(0);
  expectNone(spooled);

  const workspace = await openWorkspace({ dir, mode: 'write' });
  const intake = guardIntake(workspace);
  expect(await takeGuardSpool(guardSpoolDir(dir, 'main'), intake)).toBe(spooled.length);
  await intake.close();
  const decisions = await workspace.store.listDecisionRecords({});
  expect(decisions.rows.filter(({ section }) => section === 'attacks').length).toBeGreaterThanOrEqual(4);
  const shown = JSON.stringify([
    decisions.rows,
    await workspace.store.allOperations(),
    await workspace.store.listFolded({}),
    await workspace.store.listFindings(),
    await workspace.doctor(),
  ]);
  expect(shown).toContain('guard.');
  await workspace.close();
  for (const [name, value] of Object.entries(markers)) expect(shown.includes(value), `${name} in what is shown`).toBe(false);
  expect(shown).not.toContain('planted');
  expectNone(allFiles(dir));
});

function expectNone(files: readonly string[]): void {
  for (const file of files) {
    const bytes = readFileSync(file);
    for (const [name, value] of Object.entries(markers)) expect(bytes.includes(value), `${name} in ${file}`).toBe(false);
  }
}

function allFiles(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? allFiles(path) : [path];
  });
}
