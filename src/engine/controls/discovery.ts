/** TEC-01 and TEC-03: the inventory rests on independent sources, and its rows can be used. */
import type { SourceRecord } from '../evidence/source-account.ts';
import type { Facts, UnitResult } from './control.ts';
import { hourMs } from './date.ts';
import { isSpecification, operationMs, operationName } from './standing.ts';
import { met, operationUnit, organisation, part, unknown } from './unit.ts';

/** Smallest share of all operations that must surely be known. */
export const completenessMin = 0.95;

export function independentSources(facts: Facts): readonly UnitResult[] {
  const kinds = sourceKinds(facts);
  const sources = organisation('independent-sources');
  if (kinds.size === 0) {
    const why = 'No source of operations is imported.';
    return [unknown(sources, 'traffic', why), unknown(organisation('completeness'), 'traffic', why)];
  }
  const observedMs = Math.min(...kinds.values());
  const evidence = facts.sources
    .filter((one) => one.kind !== 'settings')
    .slice(0, 5)
    .map((one) => `source:${one.id}`);
  const names = [...kinds.keys()].join(' and ');
  const first = part(sources, kinds.size / 2, {
    because: kinds.size === 1 ? `Only one kind of source: ${names}.` : `${kinds.size} independent kinds of source: ${names}.`,
    evidence,
    grade: 'observed',
    observedMs,
  });
  return [first, completeness(facts, evidence, observedMs)];
}

function completeness(facts: Facts, evidence: readonly string[], observedMs: number): UnitResult {
  const name = organisation('completeness');
  const estimate = facts.inventory.completeness;
  if (estimate === null)
    return unknown(
      name,
      facts.documents.some((one) => isSpecification(one.format)) ? 'traffic' : 'specification',
      'How complete the inventory is can only be estimated from two independent sources.',
    );
  const percent = Math.floor(estimate.lowerShare * 100);
  const because = `${estimate.both} operations are in both, ${estimate.bySpec} declared, ${estimate.byTraffic} seen: surely ${percent} % of all are known.`;
  const proof = { because, evidence, grade: 'observed', observedMs } as const;
  return estimate.lowerShare >= completenessMin ? met(name, proof) : part(name, estimate.lowerShare, proof);
}

/** Kinds of source that can name operations, with the newest time each was heard. */
function sourceKinds(facts: Facts): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  const heard = (kind: string, atMs: number): void => {
    kinds.set(kind, Math.max(kinds.get(kind) ?? 0, atMs));
  };
  for (const source of facts.sources) if (source.kind === 'traffic' && source.account.read > 0) heard('traffic', trafficMs(source));
  for (const document of facts.documents) {
    const record = facts.sources.find((one) => one.kind === 'declaration' && one.name === document.place.file);
    heard(isSpecification(document.format) ? 'specifications' : 'gateway routes', record?.importedMs ?? facts.nowMs);
  }
  return kinds;
}

function trafficMs(source: SourceRecord): number {
  return source.lastMs ?? source.importedMs;
}

const factNames = ['owner', 'environment', 'audience', 'version', 'data level'] as const;

export function inventoryFacts(facts: Facts): readonly UnitResult[] {
  return facts.operations.map((operation): UnitResult => {
    const held: Readonly<Record<(typeof factNames)[number], boolean>> = {
      owner: operation.owner !== null,
      environment: operation.environments.length > 0,
      audience: operation.audience !== null,
      version: operation.version !== null,
      'data level': operation.dataLevel !== null,
    };
    const missing = factNames.filter((one) => !held[one]);
    return part(operationUnit(operation.id), 1 - missing.length / factNames.length, {
      because:
        missing.length === 0 ? `${operationName(operation)} has all facts.` : `${operationName(operation)} lacks ${missing.join(', ')}.`,
      evidence: [`operation:${operation.id}`],
      grade: 'configured',
      observedMs: operationMs(facts, operation),
    });
  });
}

/** A source that follows or runs and was last heard this long ago is blind. */
export const blindAfterMs = 24 * hourMs;
