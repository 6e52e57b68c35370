/** How much each unit of a control weighs: by who can reach it and what data it carries, not by how many rows it has. */
import type { Facts, UnitResult } from '../controls/control.ts';
import type { Operation } from '../inventory/operation.ts';
import { dataWeight, exposureWeight } from './weights.ts';

export interface Exposure {
  /** Weight of a unit, above 0. */
  weight(unit: UnitResult): number;
  restricted(unit: UnitResult): boolean;
  publicRestricted(unit: UnitResult): boolean;
}

interface Standing {
  readonly weight: number;
  readonly restricted: boolean;
  readonly publicRestricted: boolean;
}

const plain: Standing = { weight: 1, restricted: false, publicRestricted: false };

/**
 * A service weighs by its most exposed operation; its operations share that weight, so that a service with a thousand
 * rows does not drown the others. Built once an assessment.
 */
export function exposureOf(facts: Facts): Exposure {
  const operations = new Map<string, Standing>();
  const services = new Map<string, { sum: number; top: number; restricted: boolean; publicRestricted: boolean }>();
  for (const operation of facts.operations) {
    const raw = rawWeight(operation);
    const restricted = operation.dataLevel?.value === 'restricted';
    const publicRestricted = restricted && operation.audience?.value === 'public';
    const service = services.get(operation.service) ?? { sum: 0, top: 0, restricted: false, publicRestricted: false };
    service.sum += raw;
    service.top = Math.max(service.top, raw);
    service.restricted ||= restricted;
    service.publicRestricted ||= publicRestricted;
    services.set(operation.service, service);
  }
  for (const operation of facts.operations) {
    const service = services.get(operation.service);
    if (service === undefined) continue;
    const restricted = operation.dataLevel?.value === 'restricted';
    operations.set(operation.id, {
      weight: (rawWeight(operation) / service.sum) * service.top,
      restricted,
      publicRestricted: restricted && operation.audience?.value === 'public',
    });
  }
  const documents = new Map(facts.documents.map((document) => [document.place.file, document.service]));
  const standing = (unit: UnitResult): Standing => {
    if (unit.unitKind === 'operation') return operations.get(unit.unit) ?? plain;
    if (unit.unitKind === 'organisation') return plain;
    const service = services.get(unit.unitKind === 'document' ? (documents.get(unit.unit) ?? '') : unit.unit);
    return service === undefined ? plain : { ...service, weight: service.top };
  };
  return {
    weight: (unit) => standing(unit).weight,
    restricted: (unit) => standing(unit).restricted,
    publicRestricted: (unit) => standing(unit).publicRestricted,
  };
}

function rawWeight(operation: Operation): number {
  return exposureWeight[operation.audience?.value ?? 'unknown'] * dataWeight[operation.dataLevel?.value ?? 'unknown'];
}
