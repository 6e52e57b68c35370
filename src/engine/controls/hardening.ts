/** TEC-05: no dangerous defaults in gateway configuration, no debug door that answers. */
import { severityOrder } from '../evidence/finding.ts';
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { byService, count, documentMs, isSpecification, operationName } from './standing.ts';
import { documentUnit, failing, met, operationUnit, organisation, part, unknown } from './unit.ts';

/** First path segments that frameworks open for debugging and administration. */
const debugDoors =
  /^\/(?:[^/]+\/)?(actuator|debug|_debug|__debug__|phpinfo\.php|server-status|server-info|metrics|heapdump|trace|_profiler|telescope|console|adminer|phpmyadmin)(\/|$)/i;

export function hardening(facts: Facts): readonly UnitResult[] {
  const units: UnitResult[] = facts.documents
    .filter((one) => !isSpecification(one.format))
    .map((document) => {
      const own = document.findings.filter((one) => one.severity !== 'info' && !one.controls.includes('TEC-25'));
      const worst = severityOrder.find((severity) => own.some((one) => one.severity === severity));
      const serious = own.filter((one) => one.severity === 'critical' || one.severity === 'high');
      const proof = {
        evidence: [`document:${document.digest}`, ...own.slice(0, 3).map((one) => `finding:${one.id}`)],
        grade: 'configured',
        observedMs: documentMs(facts, document.place.file),
      } as const;
      const name = documentUnit(document.place.file);
      if (serious.length > 0)
        return failing(name, {
          ...proof,
          because: `${document.place.file}: ${count(serious.length, 'serious default')}, first: ${serious[0]?.title}.`,
        });
      if (worst === undefined) return met(name, { ...proof, because: `${document.place.file}: no dangerous default found.` });
      return part(name, 0.5, {
        ...proof,
        because: `${document.place.file}: ${count(own.length, 'weak default')}, first: ${own[0]?.title}.`,
      });
    });
  for (const [, operations] of byService(facts.operations)) for (const door of operations.filter(isOpenDoor)) units.push(openDoor(door));
  return units.length > 0 ? units : [unknown(organisation('baseline'), 'gateway', 'No gateway configuration is imported.')];
}

function isOpenDoor(operation: Operation): boolean {
  return debugDoors.test(operation.template) && (operation.traffic?.ok ?? 0) > 0;
}

function openDoor(operation: Operation): UnitResult {
  return failing(operationUnit(operation.id), {
    because: `${operationName(operation)} answers (${count(operation.traffic?.ok ?? 0, 'good answer')}): a debugging or administration path.`,
    evidence: [`operation:${operation.id}`],
    grade: 'observed',
    observedMs: operation.traffic?.lastMs ?? null,
  });
}
