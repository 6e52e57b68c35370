/** PRC-18: old versions and deprecated operations end on a date. */
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { dateMs } from './date.ts';
import { byService, count, isSpecification, operationMs, operationName } from './standing.ts';
import { failing, met, operationUnit, serviceUnit, unknown } from './unit.ts';

export function retirement(facts: Facts): readonly UnitResult[] {
  const described = new Set(facts.documents.filter((one) => isSpecification(one.format)).map((one) => one.service));
  const units: UnitResult[] = [];
  for (const [service, operations] of byService(facts.operations)) {
    const current = newestMajor(operations);
    const leaving = operations.filter((one) => one.deprecated || one.sunset !== null || (majorOf(one) ?? current) !== current);
    for (const operation of leaving) units.push(ending(facts, operation, current));
    if (leaving.length === 0) {
      const seen = operations.filter((one) => one.traffic !== null);
      if (!described.has(service) || seen.length === 0) {
        units.push(
          unknown(
            serviceUnit(service),
            described.has(service) ? 'traffic' : 'specification',
            `${service} needs a specification and traffic to show that no old version is served.`,
          ),
        );
      } else {
        units.push(
          met(serviceUnit(service), {
            because: `${service} serves one version; none of its ${count(operations.length, 'operation')} is deprecated.`,
            evidence: seen.slice(0, 3).map((one) => `operation:${one.id}`),
            grade: 'configured',
            observedMs: Math.max(...seen.map((one) => one.traffic?.lastMs ?? 0)),
          }),
        );
      }
    }
  }
  return units;
}

function ending(facts: Facts, operation: Operation, current: number | null): UnitResult {
  const name = operationUnit(operation.id);
  const what = operationName(operation);
  const observedMs = operationMs(facts, operation);
  const proof = {
    evidence: [`operation:${operation.id}`],
    grade: operation.traffic === null ? 'configured' : 'observed',
    observedMs,
  } as const;
  const sunset = dateMs(operation.sunset);
  if (sunset === null) {
    const old = operation.deprecated ? 'is deprecated' : `is version ${majorOf(operation)}, beside ${current},`;
    return failing(name, { ...proof, because: `${what} ${old} and has no sunset date.` });
  }
  if (sunset > facts.nowMs) return met(name, { ...proof, because: `${what} ends on ${operation.sunset}.` });
  const answered = operation.traffic !== null && operation.traffic.lastMs > sunset && operation.traffic.ok > 0;
  if (answered) {
    return failing(name, {
      ...proof,
      because: `${what} ended on ${operation.sunset} and is still answered (${count(operation.traffic?.ok ?? 0, 'good answer')}).`,
    });
  }
  if (operation.traffic === null)
    return unknown(name, 'traffic', `${what} ended on ${operation.sunset}; no traffic shows whether it is closed.`, proof.evidence);
  return met(name, { ...proof, because: `${what} ended on ${operation.sunset} and has not been answered since.` });
}

/** Major version of an operation: the path says it (`/v2/`), else its document; null when neither does. */
function majorOf(operation: Operation): number | null {
  const text = /\/v(\d+)(?:\/|$)/i.exec(operation.template)?.[1] ?? operation.version?.match(/\d+/)?.[0];
  return text === undefined ? null : Number(text);
}

/** Only a major version breaks callers, so only an older major version needs an end. */
function newestMajor(operations: readonly Operation[]): number | null {
  return operations.reduce<number | null>((newest, one) => {
    const major = majorOf(one);
    return major === null ? newest : Math.max(newest ?? major, major);
  }, null);
}
