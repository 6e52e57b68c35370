/** TEC-31: known attacks stop at the door of every external operation. */
import type { Facts, UnitResult } from './control.ts';
import { stopsAttacks } from './guard-enforcement.ts';
import { operationName } from './standing.ts';
import { operationUnit, organisation, unknown } from './unit.ts';

export function knownAttacks(facts: Facts): readonly UnitResult[] {
  const external = facts.operations.filter(
    ({ audience }) => audience === null || audience.value === 'public' || audience.value === 'partner',
  );
  const guarded = external.map((operation) => stopsAttacks(facts, operation));
  if (guarded.every((unit) => unit === null))
    return [unknown({ unit: 'organisation', unitKind: 'organisation' }, 'not-yet', 'No source that can show this is connected.')];
  // Refusing some attacks is not refusing 95 of 100: that takes a set of them, sent on purpose.
  const drill = unknown(organisation('attack-set'), 'not-yet', 'No set of attacks and good calls was sent to see what share is refused.');
  return [
    ...external.map(
      (operation, at) =>
        guarded[at] ?? unknown(operationUnit(operation.id), 'not-yet', `No guard is known to stand before ${operationName(operation)}.`),
    ),
    drill,
  ];
}
