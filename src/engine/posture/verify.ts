/**
 * Whether an accepted change holds, from evidence alone. A fact in a document or in the settings is verified at the
 * first import or change after acceptance that shows it; what traffic shows needs three observations over 72 hours.
 */
import { controlById } from '../controls/catalogue.ts';
import type { Connector, Facts, UnitResult } from '../controls/control.ts';
import { dayMs, hourMs } from '../controls/date.ts';
import { connectors } from '../controls/draft-source.ts';
import { documentMs } from '../controls/standing.ts';
import type { ChangeRecord } from './assessment.ts';
import { isMissing } from './candidates.ts';
import { exposureOf } from './exposure.ts';
import { judge } from './judgement.ts';
import { sharesOf } from './score.ts';

/** Observations needed for what is sampled, and the time they must span. */
export const proof = { observations: 3, spanMs: 72 * hourMs };
/** A verified change is looked at again at least this often. */
const lookAgainMs = 7 * dayMs;
/** Checks kept with a record, newest last. */
export const checksMax = 60;

/** What the evidence says of a change at one time; null = nothing newer to judge by. */
interface Observation {
  readonly holds: boolean;
  readonly because: string;
  readonly observedMs: number;
  readonly sampled: boolean;
}

/** The record with a further check, when there is something new to check; only accepted, verified and regressed changes are looked at. */
export function verifyChange(record: ChangeRecord, facts: Facts, nowMs: number): ChangeRecord {
  if (record.state !== 'accepted' && record.state !== 'verified' && record.state !== 'regressed') return record;
  const seen = observe(record, facts);
  if (seen === null) return record;
  const last = record.checks.at(-1);
  // The same evidence looked at twice is one observation; time of the evidence and time of the look must both move on.
  if (last !== undefined && !last.holds && !seen.holds) return record;
  if (last !== undefined && last.holds === seen.holds && (seen.observedMs <= (last.observedMs ?? last.atMs) || nowMs <= last.atMs))
    return record;
  if (record.state === 'verified' && seen.holds && last !== undefined && nowMs - last.atMs < lookAgainMs) return record;
  const checks = [...record.checks, { atMs: nowMs, holds: seen.holds, because: seen.because, observedMs: seen.observedMs }].slice(
    -checksMax,
  );
  if (!seen.holds) return { ...record, checks, state: record.state === 'verified' ? 'regressed' : record.state };
  if (record.state === 'verified' || !enough(checks, seen.sampled)) return { ...record, checks };
  return { ...record, checks, state: 'verified', verifiedMs: nowMs };
}

function enough(checks: ChangeRecord['checks'], sampled: boolean): boolean {
  if (!sampled) return true;
  const run = checks.slice(checks.findLastIndex((check) => !check.holds) + 1);
  const first = run[0];
  const last = run.at(-1);
  if (first === undefined || last === undefined || run.length < proof.observations) return false;
  // Receipt counts beside observation, so that a log written afterwards cannot stand for three days.
  return last.atMs - first.atMs >= proof.spanMs && (last.observedMs ?? last.atMs) - (first.observedMs ?? first.atMs) >= proof.spanMs;
}

function observe(record: ChangeRecord, facts: Facts): Observation | null {
  const connector = connectors.find((one) => record.key === `find-out:${one}`);
  if (connector !== undefined) return observeSource(connector, record, facts);
  const control = controlById.get(record.control);
  if (control === undefined) return null;
  const exposure = exposureOf(facts);
  const limits = record.frozen?.limits ?? [];
  if (limits.length > 0) return observeLimits(limits, record, facts);
  const judgement = judge(control, facts, exposure);
  const wanted = record.frozen?.units ?? [];
  const found = new Map(judgement.units.map((unit) => [unit.result.unit, unit.result]));
  const units = wanted.flatMap((unit) => {
    const result = found.get(unit);
    return result === undefined ? [] : [result];
  });
  const sampled = units.some(
    (unit) => unit.grade === 'observed' && unit.evidence.some((ref) => ref.startsWith('operation:') || ref.startsWith('source:')),
  );
  const observedMs = units.length === 0 ? facts.nowMs : Math.min(...units.map((unit) => evidenceMs(unit, facts, sampled)));
  if (observedMs <= record.decidedMs) return null;
  const gone = wanted.filter((unit) => !found.has(unit));
  const removed = gone.every((unit) => mayBeRemoved(record.control, unit));
  if (units.length === 0 && !(gone.length > 0 && removed)) return null;
  const open = units.filter((unit) => !shows(unit));
  const first = open[0];
  if (first !== undefined) return { holds: false, because: first.because, observedMs, sampled };
  if (!removed)
    return { holds: false, because: 'Part of what was promised is no longer seen, so nothing shows that it holds.', observedMs, sampled };
  if (sampled && !sensorsHealthy(facts)) return null;
  return { holds: true, because: units[0]?.because ?? 'What was to be removed is gone.', observedMs, sampled };
}

/** Limits that an acceptance put in force hold once a guard that runs says so, for the operations they were meant for. */
function observeLimits(limits: readonly string[], record: ChangeRecord, { guard }: Facts): Observation | null {
  if (guard === null || guard.alive === 0 || guard.heardMs <= record.decidedMs) return null;
  const guarded = (record.frozen?.units ?? []).flatMap((unit) => guard.operations.get(unit) ?? []);
  const seen = guarded.filter(({ seenMs, settings }) => settings !== null && seenMs > record.decidedMs);
  if (seen.length === 0) return null;
  const run = new Set(seen.flatMap(({ settings }) => settings?.limits.map(({ name }) => name) ?? []));
  const missing = limits.filter((name) => !run.has(name));
  const said =
    missing.length === 0 ? `The guard counts by ${limits.join(', ')}.` : `The guard does not count by ${missing.join(', ')} yet.`;
  return { holds: missing.length === 0, because: said, observedMs: Math.max(...seen.map(({ seenMs }) => seenMs)), sampled: false };
}

/** A word given by a click verifies nothing: answers and statements are claims, and what is claimed is not shown. */
function shows(unit: UnitResult): boolean {
  return unit.state === 'met' && !unit.evidence.some((ref) => ref.startsWith('answer:') || ref.startsWith('attestation:'));
}

/** A waiver that is taken out is dealt with, and so is an operation excluded with a reason. */
function mayBeRemoved(control: string, unit: string): boolean {
  return unit.startsWith('organisation:waiver ') || (control === 'TEC-02' && unit.startsWith('op_'));
}

/**
 * Settings in force are seen now, however they came in: they did not show it when the change was accepted, so they have
 * changed since. For a document its import counts, since the dates written inside may be any.
 */
function evidenceMs(unit: UnitResult, facts: Facts, sampled: boolean): number {
  if (sampled) return unit.observedMs ?? 0;
  if (unit.evidence.some((ref) => ref.startsWith('setting:'))) return facts.nowMs;
  const times = unit.evidence.flatMap((ref) => {
    const document = facts.documents.find((one) => `document:${one.digest}` === ref);
    return document === undefined ? [] : [documentMs(facts, document.place.file)];
  });
  return times.length === 0 ? (unit.observedMs ?? facts.nowMs) : Math.max(...times);
}

function sensorsHealthy(facts: Facts): boolean {
  const control = controlById.get('TEC-36');
  return control === undefined || sharesOf(judge(control, facts, exposureOf(facts)).units).low >= 0.5;
}

function observeSource(connector: Connector, record: ChangeRecord, facts: Facts): Observation | null {
  const kinds =
    connector === 'ownership'
      ? ['ownership', 'settings']
      : connector === 'specification' || connector === 'gateway'
        ? ['declaration']
        : ['traffic'];
  const imports = facts.sources
    .filter((one) => kinds.includes(one.kind))
    .map((one) => (connector === 'live-traffic' ? (one.lastMs ?? 0) : one.importedMs));
  const observedMs = imports.length === 0 ? 0 : Math.max(...imports);
  if (observedMs <= record.decidedMs) return null;
  const missing = isMissing(connector, facts);
  return {
    holds: !missing,
    because: missing ? 'An import arrived, and it does not show what is missing.' : 'An import after acceptance shows it.',
    observedMs,
    sampled: false,
  };
}
