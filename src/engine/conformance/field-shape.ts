/**
 * A schema seen as fields: what may stand in a place when references are followed and compositions laid over each other.
 * Wider than validation on purpose (a choice counts as all its options): it answers which fields are declared, which types
 * a text may mean, and what kind of text a place holds.
 */
import { asSchema, isMap, referredName } from './checked-schema.ts';
import type { Schema, SchemaObject } from './contract.ts';

/** Parts that one place is laid together from, and places remembered for one contract. */
const partsMax = 300;
const shapesMax = 20_000;

export class FieldShapes {
  readonly #shared: Readonly<Record<string, Schema>>;
  readonly #known = new Map<string, FieldShape>();
  readonly #ids = new WeakMap<SchemaObject, number>();
  #lastId = 0;

  constructor(shared: Readonly<Record<string, Schema>>) {
    this.#shared = shared;
  }

  /** The same shape for the same schemas, so that schemas that contain themselves stay finite. */
  of(schemas: readonly Schema[]): FieldShape {
    const key = schemas.map((schema) => (typeof schema === 'boolean' ? String(schema) : this.#idOf(schema))).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= shapesMax) this.#known.clear();
    const shape = new FieldShape(this, this.#gather(schemas));
    this.#known.set(key, shape);
    return shape;
  }

  #idOf(schema: SchemaObject): number {
    const known = this.#ids.get(schema);
    if (known !== undefined) return known;
    this.#lastId += 1;
    this.#ids.set(schema, this.#lastId);
    return this.#lastId;
  }

  #gather(schemas: readonly Schema[]): readonly SchemaObject[] {
    const parts = new Set<SchemaObject>();
    const waiting = [...schemas].reverse();
    for (let schema = waiting.pop(); schema !== undefined && parts.size < partsMax; schema = waiting.pop()) {
      if (typeof schema === 'boolean' || parts.has(schema)) continue;
      parts.add(schema);
      const name = referredName(schema.$ref);
      if (name !== null) waiting.push(this.#shared[name] ?? true);
      for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
        const list = schema[word];
        if (Array.isArray(list)) for (const part of list) waiting.push(asSchema(part));
      }
      for (const word of ['then', 'else'] as const) if (schema[word] !== undefined) waiting.push(asSchema(schema[word]));
    }
    return [...parts];
  }
}

export class FieldShape {
  /** What it is laid together from, without references. */
  readonly parts: readonly SchemaObject[];
  /** JSON types that may stand here; null = the schema does not say. */
  readonly types: ReadonlySet<string> | null;
  /** `closed`: other fields are refused in so many words; `unsaid`: nothing is said of others; `open`: any may come. */
  readonly others: 'closed' | 'unsaid' | 'open';
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
  readonly #shapes: FieldShapes;
  readonly #properties: ReadonlyMap<string, readonly Schema[]>;
  readonly #children = new Map<string, FieldShape>();
  #items: FieldShape | null = null;
  #rest: FieldShape | null = null;

  constructor(shapes: FieldShapes, parts: readonly SchemaObject[]) {
    this.#shapes = shapes;
    this.parts = parts;
    this.types = typesOf(parts);
    this.isReadOnly = parts.some((part) => part.readOnly === true);
    this.isWriteOnly = parts.some((part) => part.writeOnly === true);
    this.#properties = propertiesOf(parts);
    this.others = othersOf(parts, this.#properties.size);
  }

  /** Names of declared fields. */
  get names(): IterableIterator<string> {
    return this.#properties.keys();
  }

  /** Shape of a declared field; null when it is not declared. */
  field(name: string): FieldShape | null {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const schemas = this.#properties.get(name);
    if (schemas === undefined) return null;
    const shape = this.#shapes.of(schemas);
    this.#children.set(name, shape);
    return shape;
  }

  /** Shape of fields that are not declared by name. */
  get rest(): FieldShape {
    this.#rest ??= this.#shapes.of(this.parts.flatMap((part) => [...optional(part.additionalProperties), ...patternSchemas(part)]));
    return this.#rest;
  }

  get items(): FieldShape {
    this.#items ??= this.#shapes.of(
      this.parts.flatMap((part) => [...optional(part.items), ...(Array.isArray(part.prefixItems) ? part.prefixItems.map(asSchema) : [])]),
    );
    return this.#items;
  }

  /** Whether a value of this JSON type may stand here. */
  allows(type: string): boolean {
    return this.types === null || this.types.has(type) || (type === 'integer' && this.types.has('number'));
  }
}

function optional(value: SchemaObject[string] | undefined): Schema[] {
  return value === undefined ? [] : [asSchema(value)];
}

function patternSchemas(part: SchemaObject): Schema[] {
  return isMap(part.patternProperties) ? Object.values(part.patternProperties).map(asSchema) : [];
}

/** A part that states no type and is a leaf of its own leaves the type open; one that only refers or composes does not. */
function typesOf(parts: readonly SchemaObject[]): ReadonlySet<string> | null {
  const types = new Set<string>();
  for (const part of parts) {
    const stated = part.type;
    if (typeof stated === 'string') types.add(stated);
    else if (Array.isArray(stated)) for (const type of stated) types.add(String(type));
    else if (Array.isArray(part.enum)) for (const value of part.enum) types.add(typeName(value));
    else if (isMap(part.properties)) types.add('object');
  }
  return types.size === 0 ? null : types;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function propertiesOf(parts: readonly SchemaObject[]): ReadonlyMap<string, readonly Schema[]> {
  const properties = new Map<string, Schema[]>();
  for (const part of parts) {
    if (!isMap(part.properties)) continue;
    for (const [name, schema] of Object.entries(part.properties)) {
      const list = properties.get(name);
      if (list === undefined) properties.set(name, [asSchema(schema)]);
      else list.push(asSchema(schema));
    }
  }
  return properties;
}

function othersOf(parts: readonly SchemaObject[], declared: number): FieldShape['others'] {
  let isClosed = false;
  for (const part of parts) {
    for (const word of ['additionalProperties', 'unevaluatedProperties'] as const) {
      if (part[word] === false) isClosed = true;
      else if (part[word] !== undefined) return 'open';
    }
    if (part.patternProperties !== undefined || part.dependentSchemas !== undefined) return 'open';
    // A base schema: what its heirs add is declared where they are.
    const isChoice = Array.isArray(part.oneOf) || Array.isArray(part.anyOf);
    if (part.discriminator !== undefined && !isChoice) return 'open';
  }
  if (isClosed) return 'closed';
  return declared === 0 ? 'open' : 'unsaid';
}
