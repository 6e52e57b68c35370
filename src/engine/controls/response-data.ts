/** TEC-13: responses hold only what the specification declares. */
import type { Facts, UnitResult } from './control.ts';
import { sampleMin } from './sample.ts';
import { count, operationName } from './standing.ts';
import { failing, met, operationUnit, unknown } from './unit.ts';

export function responseData(facts: Facts): readonly UnitResult[] {
  return facts.operations.flatMap((operation): readonly UnitResult[] => {
    const name = operationUnit(operation.id);
    const seen = operation.fieldsSeen?.response ?? null;
    const declared = operation.fieldsDeclared.response;
    if (seen === null || seen.length === 0) return [unknown(name, 'bodies', 'No source shows bodies of this operation.')];
    if (declared.length === 0) return [unknown(name, 'specification', 'No specification declares the response fields.')];
    const extra = operation.drift.find((one) => one.kind === 'field-undeclared');
    const calls = operation.traffic?.ok ?? 0;
    const proof = { evidence: [`operation:${operation.id}`], grade: 'observed', observedMs: operation.traffic?.lastMs ?? null } as const;
    if (extra !== undefined) return [failing(name, { ...proof, because: `${operationName(operation)}: ${extra.text}` })];
    if (calls < sampleMin)
      return [unknown(name, 'time', `Only ${count(calls, 'good answer')} seen; ${sampleMin} are needed.`, proof.evidence)];
    return [met(name, { ...proof, because: `${count(seen.length, 'field')} in ${count(calls, 'good answer')}, all declared.` })];
  });
}
