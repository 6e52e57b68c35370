/** TEC-16: no credential travels in an address, where logs and histories keep it. */
import type { Facts, UnitResult } from './control.ts';
import { sampleMin } from './sample.ts';
import { count, operationName } from './standing.ts';
import { failing, met, operationUnit, unknown } from './unit.ts';

export function urlSecrets(facts: Facts): readonly UnitResult[] {
  // A source that never shows a query cannot show that none holds a credential.
  const showing = new Set(
    facts.operations.filter((one) => one.queryNames.length > 0 || one.credentialInUrl > 0).flatMap((one) => one.sources),
  );
  return facts.operations
    .filter((operation) => operation.traffic !== null)
    .map((operation): UnitResult => {
      const name = operationUnit(operation.id);
      const calls = operation.traffic?.count ?? 0;
      const proof = { evidence: [`operation:${operation.id}`], grade: 'observed', observedMs: operation.traffic?.lastMs ?? null } as const;
      if (operation.credentialInUrl > 0) {
        return failing(name, {
          ...proof,
          because: `${operationName(operation)}: ${count(operation.credentialInUrl, 'call')} carried a credential in the address.`,
        });
      }
      if (!operation.sources.some((source) => showing.has(source)))
        return unknown(name, 'time', 'The sources of this operation show no query strings.', proof.evidence);
      if (calls < sampleMin) return unknown(name, 'time', `Only ${count(calls, 'call')} seen; ${sampleMin} are needed.`, proof.evidence);
      return met(name, { ...proof, because: `${operationName(operation)}: no credential in the address of ${count(calls, 'call')}.` });
    });
}
