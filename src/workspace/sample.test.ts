import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../engine/inventory/operation.ts';
import { openWorkspace } from './open-workspace.ts';
import { isSampleHalf, loadSample, sampleName } from './sample.ts';
import type { ImportReport, Workspace } from './use-cases.ts';

const nowMs = Date.parse('2027-03-05T09:30:00Z');
const now = () => nowMs;

describe('the sample company', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stance-sample-'));
  let report: ImportReport;
  let workspace: Workspace;
  let operations: readonly Operation[];

  beforeAll(async () => {
    report = await loadSample({ dir, now });
    workspace = await openWorkspace({ dir, name: sampleName, mode: 'read', now });
    operations = await workspace.store.allOperations();
  });

  afterAll(async () => {
    await workspace.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function operation(name: string): Operation | undefined {
    return operations.find(({ method, template }) => `${method} ${template}` === name);
  }

  test('is read without a malformed line or a failed input', () => {
    expect(report.inputs.map(({ name, error }) => ({ name, error })).filter(({ error }) => error !== null)).toEqual([]);
    expect(report.inputs.reduce((sum, input) => sum + input.account.malformed, 0)).toBe(0);
    expect(report.inputs).toHaveLength(11);
  });

  test('has a past: the score of each day it was taken in, and a cause for every movement', async () => {
    const scores = await workspace.store.listScores(0);
    const daysAgo = scores.map((score) => Math.round((nowMs - score.atMs) / 86_400_000));
    expect(daysAgo).toEqual([20, 13, 3, 0]);
    const ledger = await workspace.store.listLedger({ limit: 500 });
    const moved = ledger.reduce((sum, line) => sum + line.deltaProven, 0);
    expect(moved).toBeCloseTo((scores.at(-1)?.proven ?? 0) - (scores[0]?.proven ?? 0), 4);
    expect((await workspace.store.listSources()).every((source) => source.sight.inFuture === 0)).toBe(true);
  });

  test('says when it is half loaded', async () => {
    expect(await isSampleHalf({ dir })).toBe(false);
  });

  test('lives in a workspace of its own that says it is a sample', () => {
    expect({ name: workspace.name, badge: workspace.badge }).toEqual({ name: 'sample', badge: 'sample' });
  });

  const states: readonly (readonly [string, Operation['state']])[] = [
    ['GET /v2/products/{productId}', 'active'],
    ['POST /v2/orders', 'active'],
    ['PUT /partner/v1/orders/{orderId}/shipment', 'active'],
    ['GET /v2/internal/export/customers', 'shadow'],
    ['POST /v2/gift-cards/redemptions', 'shadow'],
    ['GET /v1/products', 'zombie'],
    ['POST /v2/coupons/redemptions', 'silent'],
    ['POST /v2/orders/{orderId}/returns', 'unused'],
  ];
  test.each(states)('%s is %s', (name, state) => {
    expect(operation(name)?.state).toBe(state);
  });

  test('shows no scanner, static file or page as an operation', () => {
    expect(
      operations.map(({ template }) => template).filter((template) => /\.(php|js|css|webp|env)|^\/$|wp-|\.git/.test(template)),
    ).toEqual([]);
    expect(operations.length).toBeLessThan(50);
  });

  test('has an export and a tracking page that answer without a credential', () => {
    expect(operation('GET /v2/internal/export/customers')?.auth.okWithout).toBeGreaterThan(50);
    expect(operation('GET /v2/orders/{orderId}/tracking')?.drift.map(({ kind }) => kind)).toContain('auth-removed');
  });

  test('has owners from CODEOWNERS and stance.yaml, and an API that nobody owns', () => {
    expect(operation('POST /v2/payments')?.owner?.value).toBe('checkout');
    expect(operation('PUT /partner/v1/orders/{orderId}/shipment')?.orphan).toBe(true);
  });

  test('has a posture between nothing and everything, and one change to make', async () => {
    const { total, next } = report.assessment;
    expect(total.proven).toBeGreaterThan(5);
    expect(total.proven).toBeLessThan(60);
    expect(total.possible).toBeGreaterThan(total.proven);
    expect(next).not.toBeNull();
  });

  test('keeps its dates at the distance they were written at: a drill that is old stays old, a waiver that runs still runs', async () => {
    const { plans, waivers } = await workspace.settings();
    const daysAgo = (date: string | null | undefined) => (nowMs - Date.parse(date ?? '')) / 86_400_000;
    expect(daysAgo(plans.find(({ kind }) => kind === 'incident-response')?.exercisedOn)).toBeGreaterThan(365);
    expect(daysAgo(waivers[0]?.until)).toBeLessThan(0);
  });

  test('loaded again at the same moment, counts nothing twice', async () => {
    await workspace.close();
    const again = await loadSample({ dir, now });
    workspace = await openWorkspace({ dir, name: sampleName, mode: 'read', now });
    expect(again.inputs.every(({ kind, account, already }) => kind !== 'traffic' || account.seen === already)).toBe(true);
    const calls = (all: readonly Operation[]) => all.reduce((sum, one) => sum + (one.traffic?.count ?? 0), 0);
    expect(calls(await workspace.store.allOperations())).toBe(calls(operations));
  });
});
