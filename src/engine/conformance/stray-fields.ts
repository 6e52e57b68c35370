/** Fields of a JSON value that its schema does not declare, and how deep the value is, in one walk. */
import type { JsonValue } from '../http/exchange.ts';
import { maskKey } from '../http/json-fields.ts';
import type { FieldShape } from './field-shape.ts';

export interface StrayField {
  /** `$.items[].note`, keys that look like data masked. */
  readonly path: string;
  readonly why: 'undeclared' | 'refused' | 'read-only' | 'write-only';
}

export interface StrayWalk {
  /** Each path once, at most `straysMax`. */
  readonly strays: readonly StrayField[];
  readonly isTooDeep: boolean;
}

export const straysMax = 20;

/** @param depthMax levels of objects and lists; the walk goes no deeper */
export function strayFields(value: JsonValue, shape: FieldShape | null, depthMax: number): StrayWalk {
  const walk = new Walk(depthMax);
  walk.visit(value, shape, 0);
  return { strays: [...walk.strays.values()], isTooDeep: walk.isTooDeep };
}

class Walk {
  readonly strays = new Map<string, StrayField>();
  isTooDeep = false;
  readonly #depthMax: number;
  readonly #trail: string[] = ['$'];

  constructor(depthMax: number) {
    this.#depthMax = depthMax;
  }

  /** INVARIANT: calls itself at most `depthMax` deep. */
  visit(value: JsonValue, shape: FieldShape | null, depth: number): void {
    if (typeof value !== 'object' || value === null) return;
    if (depth >= this.#depthMax) {
      this.isTooDeep = true;
      return;
    }
    if (Array.isArray(value)) {
      const items = shape === null ? null : shape.items;
      this.#trail.push('[]');
      for (const item of value) this.visit(item as JsonValue, items, depth + 1);
      this.#trail.pop();
      return;
    }
    for (const name in value) {
      // The value was made by JSON.parse or by the form reader: its members are its own.
      const member = (value as Readonly<Record<string, JsonValue>>)[name] as JsonValue;
      const known = shape?.field(name) ?? null;
      const isBelow = typeof member === 'object' && member !== null;
      if (!isBelow && known !== null && !known.isReadOnly && !known.isWriteOnly) continue;
      this.#trail.push(name);
      if (shape !== null && known === null && shape.others !== 'open') this.#found(shape.others === 'closed' ? 'refused' : 'undeclared');
      else if (known?.isReadOnly === true) this.#found('read-only');
      else if (known?.isWriteOnly === true) this.#found('write-only');
      if (isBelow) this.visit(member, known ?? (shape === null || shape.others !== 'open' ? null : shape.rest), depth + 1);
      this.#trail.pop();
    }
  }

  #found(why: StrayField['why']): void {
    if (this.strays.size >= straysMax) return;
    const path = this.#trail.reduce((text, step) => (step === '[]' ? `${text}[]` : `${text}.${maskKey(step)}`));
    const key = `${why} ${path}`;
    if (!this.strays.has(key)) this.strays.set(key, { path, why });
  }
}
