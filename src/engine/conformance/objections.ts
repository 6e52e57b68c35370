/** Objections of validation: gathered up to a bound, with the mode their kind has. */
import type { Mode, Objection } from '../evidence/decision.ts';
import type { SchemaFault } from './schema-fault.ts';
import { pathOf } from './schema-fault.ts';

/** Of one request; the first say enough to mend it. */
export const objectionsMax = 20;

export interface ObjectionParts {
  /** Behind the section: `query-type`. */
  readonly rule: string;
  readonly reason: string;
  readonly place: string | null;
  readonly status?: number;
  /** `block` unless said. */
  readonly mode?: Mode;
}

export class ObjectionList {
  readonly #objections: Objection[] = [];
  readonly #section: 'validation' | 'response';

  constructor(section: 'validation' | 'response') {
    this.#section = section;
  }

  add({ rule, reason, place, status = 400, mode = 'block' }: ObjectionParts): void {
    if (mode === 'off' || this.#objections.length >= objectionsMax) return;
    this.#objections.push({ section: this.#section, rule: `${this.#section}.${rule}`, mode, status, reason, place });
  }

  get isEmpty(): boolean {
    return this.#objections.length === 0;
  }

  all(): Objection[] {
    return this.#objections;
  }
}

/** `must be an integer`, `at $.items[].name must be ...`, `must have the field id`. */
export function faultWords(fault: SchemaFault): string {
  const path = pathOf(fault.pointer);
  const at = path === '$' ? '' : `at ${path} `;
  return fault.field === null ? `${at}must be ${fault.expected}` : `${at}must have the field ${fault.field.slice(0, 80)}`;
}
