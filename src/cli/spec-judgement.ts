/**
 * Judges specs alone, by the same import and the same rules as everywhere, in a workspace that exists only meanwhile:
 * so the check in CI and the server cannot disagree.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import { type Finding, type FindingPlace, type Severity, severityOrder } from '../engine/evidence/finding.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import { StanceError } from '../errors.ts';
import { type OpenInput, openFile } from '../sources/input.ts';
import { openWorkspace } from '../workspace/open-workspace.ts';
import type { ImportedInput } from '../workspace/use-cases.ts';

export interface SpecJudgement {
  readonly findings: readonly Finding[];
  readonly operations: number;
  /** The documents as read, and the inventory they make. */
  readonly documents: readonly DeclaredApi[];
  readonly inventory: readonly Operation[];
  readonly settings: Settings;
  /** Inputs that could not be read. */
  readonly failed: readonly ImportedInput[];
}

/** @param settingsFile `stance.yaml` with waivers and owners; ignored when it is not there, null = none */
export async function judgeSpecs(inputs: readonly OpenInput[], settingsFile: string | null): Promise<SpecJudgement> {
  const dir = mkdtempSync(join(tmpdir(), 'stance-check-'));
  try {
    const workspace = await openWorkspace({ dir, mode: 'write', holder: 'stance check' });
    try {
      const settings = settingsFile !== null && existsSync(settingsFile) ? [await openFile(settingsFile)] : [];
      const report = await workspace.importInputs([...settings, ...inputs], {});
      return {
        findings: await workspace.store.listFindings(),
        operations: report.inputs.reduce((sum, input) => sum + input.operationsDeclared, 0),
        documents: await workspace.store.listDocuments(),
        inventory: await workspace.store.allOperations(),
        settings: await workspace.settings(),
        failed: report.inputs.filter(({ error }) => error !== null),
      };
    } finally {
      await workspace.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** One place of one finding: what a line in a pull request is about. */
export interface CheckItem {
  readonly status: 'new' | 'existing' | 'waived';
  readonly finding: Finding;
  readonly place: FindingPlace;
  /** Never from a line number, so that moved text stays the same. */
  readonly key: string;
}

export interface Comparison {
  /** Worst first. */
  readonly items: readonly CheckItem[];
  readonly fixed: readonly Omit<CheckItem, 'status'>[];
}

const noPlace: FindingPlace = { file: null, line: null, operation: null };

/**
 * What `head` brings that `base` had not. Without a base everything counts as new.
 * @param waived ids that a waiver in force covers
 */
export function compare(head: readonly Finding[], base: readonly Finding[] | null, waived: ReadonlySet<string>): Comparison {
  const before = new Map((base ?? []).flatMap(placesOf).map((item) => [item.key, item]));
  const now = head.flatMap(placesOf);
  const keys = new Set(now.map(({ key }) => key));
  const items = now.map(
    (item): CheckItem => ({ ...item, status: waived.has(item.finding.id) ? 'waived' : before.has(item.key) ? 'existing' : 'new' }),
  );
  return { items: items.sort(worstFirst), fixed: [...before.values()].filter(({ key }) => !keys.has(key)).sort(worstFirst) };
}

/** Ids waived on `nowMs`; a waiver counts until the end of its last day, UTC. */
export function waivedIds(settings: Settings, nowMs: number): ReadonlySet<string> {
  return new Set(settings.waivers.filter(({ until }) => Date.parse(`${until}T23:59:59.999Z`) >= nowMs).map(({ id }) => id));
}

/** Whether `severity` is at or above `gate`. */
export function isGated(severity: Severity, gate: Severity | 'none'): boolean {
  return gate !== 'none' && severityOrder.indexOf(severity) <= severityOrder.indexOf(gate);
}

export function gateOf(text: string): Severity | 'none' {
  if (text === 'none' || (severityOrder as readonly string[]).includes(text)) return text as Severity | 'none';
  throw new StanceError('usage', { message: `${text} is no gate.`, next: `One of ${severityOrder.join(', ')}, none.` });
}

function placesOf(finding: Finding): Omit<CheckItem, 'status'>[] {
  const places = finding.places.length === 0 ? [noPlace] : finding.places;
  const seen = new Set<string>();
  return places.flatMap((place) => {
    const key = `${finding.id} ${place.operation ?? ''}`.trimEnd();
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ finding, place, key }];
  });
}

function worstFirst(a: Omit<CheckItem, 'status'>, b: Omit<CheckItem, 'status'>): number {
  return (
    severityOrder.indexOf(a.finding.severity) - severityOrder.indexOf(b.finding.severity) ||
    (a.place.file ?? '').localeCompare(b.place.file ?? '') ||
    (a.place.line ?? 0) - (b.place.line ?? 0) ||
    (a.key < b.key ? -1 : 1)
  );
}
