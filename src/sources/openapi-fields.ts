/** Schemas flattened to fields: `$.items[].name`, breadth first, so that a bound cuts the deepest and not the last. */
import { type DeclaredField, declaredFieldsMax } from '../engine/evidence/declaration.ts';
import type { DocumentNode } from './document-node.ts';
import type { OpenapiFiles } from './openapi-files.ts';

export type Side = 'request' | 'response';

/** Steps from the root of a body to its deepest field that is kept. */
const depthMax = 8;
/** Schemas visited for one side of one operation: compositions can name each other without adding a field. */
const visitsMax = 4000;
/**
 * Fields handed out for one document, a shared schema counted each time: what is kept of a document writes them out again.
 * The largest of 45 published specs comes to a quarter of this.
 */
const documentFieldsMax = 500_000;

interface Visit {
  readonly node: DocumentNode;
  readonly path: string;
  readonly depth: number;
  readonly required: boolean;
  /** Schemas on the way here, so that one that contains itself is opened once. */
  readonly within: Chain | null;
  /** A composition's part adds to its parent's field instead of being one. */
  readonly isPart: boolean;
  readonly label: string | null;
}

interface Chain {
  readonly value: unknown;
  readonly up: Chain | null;
}

export class OpenapiFields {
  readonly #files: OpenapiFiles;
  readonly #known: Readonly<Record<Side, Map<unknown, readonly DeclaredField[]>>> = { request: new Map(), response: new Map() };
  readonly #interned = new Map<string, DeclaredField>();
  #kept = 0;

  constructor(files: OpenapiFiles) {
    this.#files = files;
  }

  /** Whether the document's bound was reached, and later operations have no fields. */
  get isFull(): boolean {
    return this.#kept >= documentFieldsMax;
  }

  /** Fields of a schema; a schema that several operations share is flattened once. */
  of(schema: DocumentNode, side: Side): readonly DeclaredField[] {
    if (!schema.exists) return [];
    const shared = this.#files.resolve(schema).node?.value;
    const known = this.#known[side].get(shared);
    if (this.isFull) return [];
    if (known !== undefined) {
      this.#kept += known.length;
      return known;
    }
    const fields = this.#flatten(schema, side);
    this.#kept += fields.length;
    if (shared !== null && typeof shared === 'object') this.#known[side].set(shared, fields);
    return fields;
  }

  #flatten(schema: DocumentNode, side: Side): DeclaredField[] {
    const fields = new Map<string, DeclaredField>();
    const queue: Visit[] = [{ node: schema, path: '$', depth: 0, required: true, within: null, isPart: false, label: null }];
    for (let at = 0; at < queue.length && at < visitsMax && fields.size < declaredFieldsMax; at++) {
      const visit = queue[at];
      if (visit !== undefined) this.#open(visit, { side, fields, queue });
    }
    return [...fields.values()];
  }

  #open(visit: Visit, into: { side: Side; fields: Map<string, DeclaredField>; queue: Visit[] }): void {
    const target = this.#files.resolve(visit.node).node;
    if (target === null || !target.isMap) return;
    if (isHidden(target, into.side)) return;
    const label = classLabel(target) ?? classLabel(visit.node) ?? visit.label;
    if (!visit.isPart && visit.path !== '$') this.#keep(visit, { target, label, fields: into.fields });
    if (includes(visit.within, target.value)) return;
    const within: Chain = { value: target.value, up: visit.within };
    const next = { ...visit, within, label: null };
    const required: ReadonlySet<unknown> = new Set(
      target
        .child('required')
        .items()
        .map(({ value }) => value),
    );
    for (const property of target.child('properties').members()) {
      if (into.queue.length > visitsMax) break;
      const isRequired = visit.required && required.has(property.key);
      into.queue.push(...deeper(next, { node: property, path: `${visit.path}.${property.key}`, required: isRequired }));
    }
    for (const item of itemSchemas(target)) into.queue.push(...deeper(next, { node: item, path: `${visit.path}[]`, required: false }));
    const rest = target.child('additionalProperties');
    if (rest.isMap && rest.members().length > 0)
      into.queue.push(...deeper(next, { node: rest, path: `${visit.path}.{key}`, required: false }));
    for (const part of target.child('allOf').items()) into.queue.push({ ...next, node: part, isPart: true });
    for (const choice of [...target.child('oneOf').items(), ...target.child('anyOf').items(), target.child('then'), target.child('else')]) {
      if (choice.exists) into.queue.push({ ...next, node: choice, isPart: true, required: false });
    }
  }

  #keep(visit: Visit, seen: { target: DocumentNode; label: string | null; fields: Map<string, DeclaredField> }): void {
    const known = seen.fields.get(visit.path);
    const field: DeclaredField = {
      path: visit.path,
      type: known !== undefined && known.type !== 'any' ? known.type : typeOf(seen.target, this.#files),
      required: visit.required || (known?.required ?? false),
      dataClass: known?.dataClass ?? seen.label,
    };
    seen.fields.set(visit.path, this.#intern(field));
  }

  #intern(field: DeclaredField): DeclaredField {
    const key = `${field.path}\n${field.type}\n${field.required}\n${field.dataClass}`;
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    this.#interned.set(key, field);
    return field;
  }
}

function deeper(from: Visit, to: { node: DocumentNode; path: string; required: boolean }): Visit[] {
  return from.depth >= depthMax ? [] : [{ ...from, ...to, depth: from.depth + 1, isPart: false }];
}

function includes(chain: Chain | null, value: unknown): boolean {
  for (let link = chain; link !== null; link = link.up) if (link.value === value) return true;
  return false;
}

/** A field that only answers carry is none of the request, and the other way round. */
function isHidden(schema: DocumentNode, side: Side): boolean {
  return schema.get(side === 'request' ? 'readOnly' : 'writeOnly') === true;
}

function itemSchemas(schema: DocumentNode): DocumentNode[] {
  const items = schema.child('items');
  const all = [...(items.isList ? items.items() : [items]), ...schema.child('prefixItems').items()];
  return all.filter(({ isMap }) => isMap);
}

const classNames = ['x-data-class', 'x-data-classification', 'x-classification', 'x-sensitivity', 'x-data-category'];
const flagNames: Readonly<Record<string, string>> = {
  'x-pii': 'pii',
  'x-phi': 'phi',
  'x-pci': 'pci',
  'x-personal-data': 'personal',
  'x-sensitive': 'sensitive',
};

/** The classification label an object states by an extension, in lower case; `x-pii: true` is `pii`. */
export function classLabel(node: DocumentNode): string | null {
  if (!node.hasExtensions) return null;
  for (const name of classNames) {
    const stated = node.child(name);
    const text = stated.isMap ? (stated.child('class').text ?? stated.child('level').text) : (stated.texts()[0] ?? null);
    if (text !== null) return text.trim().toLowerCase().slice(0, 60);
  }
  for (const [name, label] of Object.entries(flagNames)) {
    const { value } = node.child(name);
    if (value === true) return label;
    if (typeof value === 'string' && value !== '' && value.toLowerCase() !== 'false') return value.trim().toLowerCase().slice(0, 60);
  }
  return null;
}

/** `string`, `integer`, `array`, `string|null`, ...; `any` when the schema does not say. */
export function typeOf(schema: DocumentNode, files: OpenapiFiles, hops = 0): string {
  const type = schema.get('type');
  const nullable = schema.get('nullable') === true || schema.get('x-nullable') === true;
  if (typeof type === 'string' && !nullable) return type;
  const stated = schema.child('type').texts();
  const types = stated.length > 0 ? stated : [impliedType(schema, files, hops)];
  return [...new Set(nullable ? [...types, 'null'] : types)].join('|');
}

function impliedType(schema: DocumentNode, files: OpenapiFiles, hops: number): string {
  if (schema.has('properties') || schema.has('additionalProperties')) return 'object';
  if (schema.has('items') || schema.has('prefixItems')) return 'array';
  const sample: unknown = schema.child('const').value ?? schema.child('enum').items()[0]?.value;
  if (sample !== undefined && sample !== null) return Array.isArray(sample) ? 'array' : typeof sample;
  if (hops >= 6) return 'any';
  for (const word of ['allOf', 'oneOf', 'anyOf']) {
    for (const part of schema.child(word).items()) {
      const target = files.resolve(part).node;
      const type = target === null ? 'any' : typeOf(target, files, hops + 1);
      if (type !== 'any' && type !== 'null') return type;
    }
  }
  return 'any';
}
