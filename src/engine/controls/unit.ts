/** Small makers of unit results, so that a test reads as its rule. */
import type { EvidenceGrade, EvidenceRef, UnitResult, WaitsFor } from './control.ts';

/** What carries a verdict; `waitsFor` is set when only a word can change it, because no source shows the fact. */
export interface Proof {
  readonly because: string;
  readonly evidence: readonly EvidenceRef[];
  readonly grade: EvidenceGrade;
  readonly observedMs: number | null;
  readonly waitsFor?: WaitsFor;
}

export interface UnitName {
  readonly unit: string;
  readonly unitKind: UnitResult['unitKind'];
}

/** One part of what the organisation must have: `organisation:deputy`. */
export function organisation(part: string): UnitName {
  return { unit: `organisation:${part}`, unitKind: 'organisation' };
}

export function operationUnit(id: string): UnitName {
  return { unit: id, unitKind: 'operation' };
}

export function serviceUnit(service: string): UnitName {
  return { unit: service, unitKind: 'service' };
}

export function documentUnit(file: string): UnitName {
  return { unit: file, unitKind: 'document' };
}

export function met(name: UnitName, proof: Proof): UnitResult {
  return { ...name, ...proof, state: 'met', share: 1 };
}

export function failing(name: UnitName, proof: Proof): UnitResult {
  return { ...name, ...proof, state: 'failing', share: 0 };
}

/** @param share 0 to 1; the ends become failing and met. */
export function part(name: UnitName, share: number, proof: Proof): UnitResult {
  if (share <= 0) return failing(name, proof);
  if (share >= 1) return met(name, proof);
  return { ...name, ...proof, state: 'part', share };
}

export function unknown(name: UnitName, waitsFor: WaitsFor, because: string, evidence: readonly EvidenceRef[] = []): UnitResult {
  return { ...name, state: 'unknown', share: 0, grade: 'attested', observedMs: null, because, evidence, waitsFor };
}
