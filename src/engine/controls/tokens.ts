/** TEC-21: a token is believed only after it was checked. */
import type { Facts, UnitResult } from './control.ts';
import { checksTokens } from './guard-enforcement.ts';
import { operationName } from './standing.ts';
import { operationUnit, organisation, unknown } from './unit.ts';

export function soundTokens(facts: Facts): readonly UnitResult[] {
  const guarded = facts.operations.map((operation) => checksTokens(facts, operation));
  if (guarded.every((unit) => unit === null))
    return [unknown({ unit: 'organisation', unitKind: 'organisation' }, 'not-yet', 'No source that can show this is connected.')];
  const units = facts.operations.flatMap((operation, at): readonly UnitResult[] => {
    const shown = guarded[at];
    if (shown !== null && shown !== undefined) return [shown];
    if (!takesTokens(operation.auth.seen)) return [];
    return [unknown(operationUnit(operation.id), 'not-yet', `Nothing shows how the tokens of ${operationName(operation)} are checked.`)];
  });
  const life = unknown(organisation('token-life'), 'not-yet', 'Nothing shows how long tokens live, or how old their keys are.');
  return [...units, life];
}

function takesTokens(seen: Readonly<Record<string, number>>): boolean {
  return (seen.jwt ?? 0) + (seen.bearer ?? 0) > 0;
}
