/** Where facts stand in time and who is who: shared readings of sources, settings and people. */

import type { PersonSetting } from '../evidence/settings.ts';
import type { Operation } from '../inventory/operation.ts';
import type { Facts } from './control.ts';

/** When the settings were last read: the newest import of `stance.yaml`, else now, since settings kept in Stance are current. */
export function settingsMs(facts: Facts): number {
  return newestImport(facts, 'settings') ?? facts.nowMs;
}

/** When this document was last read. */
export function documentMs(facts: Facts, file: string): number {
  const named = facts.sources.filter((source) => source.kind === 'declaration' && source.name === file);
  if (named.length > 0) return Math.max(...named.map((source) => source.importedMs));
  return newestImport(facts, 'declaration') ?? facts.nowMs;
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
