/** Where facts stand in time and who is who: shared readings of sources, settings and people. */

import type { PersonSetting } from '../evidence/settings.ts';
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';

/** When the settings were last read: the newest import of `stance.yaml`, else now, since settings kept in Stance are current. */
export function settingsMs(facts: Facts): number {
  return newestImport(facts, 'settings') ?? facts.nowMs;
}

/** When this document was last read. */
export function documentMs(facts: Facts, file: string): number {
  let named: number | null = null;
  let any: number | null = null;
  for (const source of facts.sources) {
    if (source.kind !== 'declaration') continue;
    if (any === null || source.importedMs > any) any = source.importedMs;
    if (source.name === file && (named === null || source.importedMs > named)) named = source.importedMs;
  }
  return named ?? any ?? facts.nowMs;
}

/** When ownership was last read, from CODEOWNERS or the settings. */
export function ownershipMs(facts: Facts): number {
  return newestImport(facts, 'ownership') ?? settingsMs(facts);
}

function newestImport(facts: Facts, kind: string): number | null {
  let newest: number | null = null;
  for (const source of facts.sources)
    if (source.kind === kind && (newest === null || source.importedMs > newest)) newest = source.importedMs;
  return newest;
}

/** `@acme/team-orders` and `Team-Orders` are the same name. */
export function plainName(name: string): string {
  return name.trim().replace(/^@/, '').replace(/^.*\//, '').toLowerCase();
}

export function personOf(facts: Facts, name: string): PersonSetting | null {
  const plain = plainName(name);
  return facts.settings.people.find((person) => plainName(person.id) === plain || plainName(person.name) === plain) ?? null;
}

/** `unlisted` = nobody of that name among the people; with no list of people at all every name is `unlisted`. */
export function personState(facts: Facts, name: string): 'active' | 'inactive' | 'unlisted' {
  const person = personOf(facts, name);
  if (person === null) return 'unlisted';
  return person.active ? 'active' : 'inactive';
}

const indexes = new WeakMap<readonly Operation[], ReadonlyMap<string, Operation>>();

/** Operations by id; built once for a list, since every draft and every candidate looks some up. */
export function operationsById(operations: readonly Operation[]): ReadonlyMap<string, Operation> {
  const known = indexes.get(operations);
  if (known !== undefined) return known;
  const built = new Map(operations.map((one) => [one.id, one]));
  indexes.set(operations, built);
  return built;
}

/** The operations these units are about, in the order of the units. */
export function operationsOf(facts: Facts, units: readonly UnitResult[]): readonly Operation[] {
  const byId = operationsById(facts.operations);
  return units.flatMap((unit) => {
    const operation = unit.unitKind === 'operation' ? byId.get(unit.unit) : undefined;
    return operation === undefined ? [] : [operation];
  });
}

/** Operations by service, in the order of their first appearance. */
export function byService(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const services = new Map<string, Operation[]>();
  for (const operation of operations) {
    const group = services.get(operation.service);
    if (group === undefined) services.set(operation.service, [operation]);
    else group.push(operation);
  }
  return services;
}

export function operationName(operation: Operation): string {
  return operation.graphql ?? `${operation.method} ${operation.template}`;
}

/** Formats that describe an API, as opposed to routing it. */
export function isSpecification(format: string): boolean {
  return format.startsWith('openapi') || format.startsWith('postman');
}

/** Newest time this operation was seen or, when only declared, read. */
export function operationMs(facts: Facts, operation: Operation): number | null {
  if (operation.traffic !== null) return operation.traffic.lastMs;
  const place = operation.declared[0]?.place;
  return place === undefined ? null : documentMs(facts, place.file);
}

export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}
