import { expect, expectTypeOf, test } from 'vitest';
import type { Finding } from '../engine/evidence/finding.ts';
import type { FirstAnswers, Settings } from '../engine/evidence/settings.ts';
import type { SourceRecord } from '../engine/evidence/source-account.ts';
import type { FoldedPath, InventorySummary, Operation } from '../engine/inventory/operation.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { Assessment, ChangeRecord, LedgerLine } from '../engine/posture/assessment.ts';
import type { ExchangeRow, FindingState } from '../store/store.ts';
import type { DecisionPreview, DoctorLine, EvidenceView, ImportReport, WorkspaceEvent } from '../workspace/use-cases.ts';
import type * as contract from './contract.ts';
import { changeDecision, findingStateChange, templateDecision, workspaceName } from './contract.ts';

/** Fails to compile unless each type can stand for the other: a field added on one side only is found here. */
function same<A, B>(..._proof: [A] extends [B] ? ([B] extends [A] ? [] : ['the second has less']) : ['the first has less']): void {}

test('what the API documents is exactly what the engine answers', () => {
  same<Operation, contract.Operation>();
  same<Finding, contract.Finding>();
  same<FindingState, contract.FindingState>();
  same<Assessment, contract.Assessment>();
  same<ChangeRecord, contract.ChangeRecord>();
  same<LedgerLine, contract.LedgerLine>();
  same<SourceRecord, contract.SourceRecord>();
  same<FoldedPath, contract.FoldedPath>();
  same<InventorySummary, contract.InventorySummary>();
  same<ExchangeRow, contract.ExchangeRow>();
  same<Settings, contract.Settings>();
  same<FirstAnswers, contract.FirstAnswers>();
  same<ImportReport, contract.ImportReport>();
  same<DecisionPreview, contract.DecisionPreview>();
  same<DoctorLine, contract.DoctorLine>();
  same<EvidenceView, contract.EvidenceView>();
  same<WorkspaceEvent, contract.WorkspaceEvent>();
  same<TemplateDecision, contract.StoredDecision['decision']>();
  expectTypeOf<contract.Operation>().not.toBeAny();
  expectTypeOf<contract.Assessment>().not.toBeAny();
  expectTypeOf<contract.Settings>().not.toBeAny();
});

test('closing a finding without a reason is refused, accepting it is not', () => {
  expect(findingStateChange.safeParse({ state: 'dismissed' }).success).toBe(false);
  expect(findingStateChange.safeParse({ state: 'dismissed', reason: '  ' }).success).toBe(false);
  expect(findingStateChange.safeParse({ state: 'snoozed', reason: 'after the release' }).success).toBe(false);
  expect(findingStateChange.safeParse({ state: 'accepted' }).success).toBe(true);
});

test('putting a change off needs a reason and an end, accepting it needs neither', () => {
  expect(changeDecision.safeParse({ key: 'k', action: 'accept' }).success).toBe(true);
  expect(changeDecision.safeParse({ key: 'k', action: 'decline' }).success).toBe(false);
  expect(changeDecision.safeParse({ key: 'k', action: 'not-now', reason: 'freeze' }).success).toBe(false);
  expect(changeDecision.safeParse({ key: 'k', action: 'not-now', reason: 'freeze', until: 1 }).success).toBe(true);
});

test('a workspace name cannot leave its folder', () => {
  for (const name of ['..', '../main', 'a/b', 'a\\b', '', '.hidden', 'a\0', 'A', 'x'.repeat(64)]) {
    expect(workspaceName.safeParse(name).success, name).toBe(false);
  }
  expect(workspaceName.safeParse('acme-2').success).toBe(true);
});

test('a decision with an unknown word or too many members is refused', () => {
  expect(templateDecision.safeParse({ kind: 'pin', service: 's', template: '/a', extra: 1 }).success).toBe(false);
  const templates = Array.from({ length: 201 }, (_, at) => `/a/${at}`);
  expect(templateDecision.safeParse({ kind: 'merge', service: 's', templates, into: '/a/{id}' }).success).toBe(false);
});
