/** PPL-04: every service leads to living people. */
import type { Facts, UnitResult } from './control.ts';
import { byService, count, ownershipMs, personOf, plainName } from './standing.ts';
import { failing, met, part, serviceUnit, unknown } from './unit.ts';

export function livingOwners(facts: Facts): readonly UnitResult[] {
  const somebodyOwns =
    facts.owners.length > 0 || facts.settings.apis.some((api) => api.owner !== null) || facts.operations.some((one) => one.owner !== null);
  return [...byService(facts.operations)].map(([service, operations]): UnitResult => {
    const name = serviceUnit(service);
    const owner = operations.find((one) => one.owner !== null)?.owner ?? null;
    const observedMs = ownershipMs(facts);
    if (owner === null) {
      if (!somebodyOwns) return unknown(name, 'ownership', 'Neither CODEOWNERS nor stance.yaml says who owns this service.');
      return failing(name, {
        because: `Nobody owns ${service} (${count(operations.length, 'operation')}).`,
        evidence: ['setting:owners'],
        grade: 'configured',
        observedMs,
      });
    }
    const people = activePeople(facts, owner.value);
    const proof = { evidence: ['setting:owners'], grade: 'configured', observedMs } as const;
    if (people === null)
      return unknown(name, 'settings', `${owner.value} owns it (${owner.from}); who stands behind that name is not listed.`, [
        'setting:owners',
      ]);
    if (people >= 2) return met(name, { ...proof, because: `${owner.value} owns it (${owner.from}), ${people} active people.` });
    return part(name, people / 2, {
      ...proof,
      because: `${owner.value} owns it (${owner.from}), ${people === 1 ? 'only one active person' : 'nobody active'}.`,
    });
  });
}

/** Active people behind an owner text, which may list several; null when none of the names is known. */
function activePeople(facts: Facts, owner: string): number | null {
  let known = false;
  const active = new Set<string>();
  for (const name of owner.split(/[,\s]+/).filter((one) => one !== '')) {
    const person = personOf(facts, name);
    const team = facts.settings.people.filter((one) => one.team !== null && plainName(one.team) === plainName(name));
    for (const one of person === null ? team : [person, ...team]) {
      known = true;
      if (one.active) active.add(one.id);
    }
  }
  return known ? active.size : null;
}
