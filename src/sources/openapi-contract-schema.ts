/**
 * Schemas of OpenAPI 2.0, 3.0 and 3.1 made into JSON Schema 2020-12. Shared schemas keep their reference, so that one that
 * contains itself stays finite. What documents commonly get wrong is read as it was meant where that only accepts more.
 */
import type { Schema } from '../engine/conformance/contract.ts';
import type { JsonValue } from '../engine/http/exchange.ts';
import type { DocumentNode } from './document-node.ts';
import type { OpenapiFiles } from './openapi-files.ts';

type Draft = Record<string, JsonValue>;

/** Schemas taken over from one document; the largest published ones have a tenth of it. */
const schemasMax = 2_000_000;
/** Nesting within one schema, references not counted. */
const depthMax = 100;
const gapsMax = 50;
const enumMax = 10_000;

const types: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const counts = ['maxLength', 'minLength', 'maxItems', 'minItems', 'maxProperties', 'minProperties', 'minContains', 'maxContains'] as const;
const singles = ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'unevaluatedProperties', 'unevaluatedItems'] as const;
const named = ['properties', 'patternProperties', 'dependentSchemas'] as const;
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;

export class ContractSchemas {
  readonly shared: Record<string, Schema> = Object.create(null) as Record<string, Schema>;
  readonly gaps: string[] = [];
  readonly #files: OpenapiFiles;
  /** Before 3.1 a schema is a dialect of its own: `nullable`, boolean `exclusiveMinimum`, nothing beside `$ref`. */
  readonly #isOld: boolean;
  readonly #names = new Map<unknown, string>();
  readonly #taken = new Set<string>();
  readonly #waiting: { readonly name: string; readonly node: DocumentNode }[] = [];
  #count = 0;

  constructor(files: OpenapiFiles, isOld: boolean) {
    this.#files = files;
    this.#isOld = isOld;
  }

  /** The schema at `node`; what it refers to is in `shared` when `finish` was called. */
  of(node: DocumentNode): Schema {
    return this.#convert(node, 0);
  }

  /** Works off what was referred to. Schemas that refer to each other are met here one after the other, not inside each other. */
  finish(): void {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      this.shared[next.name] = this.#convert(next.node, 0);
    }
  }

  #convert(node: DocumentNode, depth: number): Schema {
    if (typeof node.value === 'boolean') return node.value;
    if (!node.isMap) return true;
    this.#count += 1;
    if (this.#count > schemasMax || depth > depthMax) {
      this.#gap('Schemas beyond the bound for one document are not checked.');
      return true;
    }
    return typeof node.get('$ref') === 'string' ? this.#reference(node, depth) : this.#plain(node, depth);
  }

  #reference(node: DocumentNode, depth: number): Schema {
    const target = this.#files.resolve(node).node;
    if (target === null) {
      this.#gap(`\`${String(node.get('$ref')).slice(0, 120)}\` leads nowhere; what it stands for is not checked.`);
      return true;
    }
    const reference: Draft = { $ref: `#/$defs/${this.#nameOf(target)}` };
    // Beside a reference 3.0 ignores everything, but people write these two and mean them.
    if (node.get('nullable') === true) return { anyOf: [reference, { type: 'null' }] };
    if (this.#isOld) return copyFlags(node, reference);
    const beside = this.#plain(node, depth);
    return typeof beside === 'object' && Object.keys(beside).length > 0 ? { ...beside, ...reference } : reference;
  }

  #nameOf(target: DocumentNode): string {
    if (target.value === null || typeof target.value !== 'object') return this.#newName(target);
    const known = this.#names.get(target.value);
    return known ?? this.#newName(target);
  }

  #newName(target: DocumentNode): string {
    const base = target.key.replace(/[^\w.-]/g, '_').slice(0, 100) || 'schema';
    let name = base;
    for (let at = 2; this.#taken.has(name); at++) name = `${base}_${at}`;
    this.#taken.add(name);
    this.#names.set(target.value, name);
    this.#waiting.push({ name, node: target });
    return name;
  }

  #plain(node: DocumentNode, depth: number): Schema {
    const draft: Draft = {};
    const stated = node
      .child('type')
      .texts()
      .filter((type) => types.has(type));
    if (stated.length > 0) draft.type = stated.length === 1 ? (stated[0] ?? '') : stated;
    copyFlags(node, draft);
    this.#values(node, draft, stated);
    this.#numbers(node, draft);
    this.#texts(node, draft);
    this.#parts(node, draft, depth);
    const discriminator = discriminatorOf(node, this.#files, (target) => this.#nameOf(target));
    if (discriminator !== null) draft.discriminator = discriminator;
    return this.#isOld && (node.get('nullable') === true || node.get('x-nullable') === true) ? orNull(draft, stated) : draft;
  }

  #values(node: DocumentNode, draft: Draft, stated: readonly string[]): void {
    const values = node.child('enum');
    if (values.isList && values.items().length > 0 && values.items().length <= enumMax) {
      const plain = (values.value as readonly JsonValue[]).filter((value) => value !== undefined);
      // `type: string, enum: [1, 2, true]`: YAML read what was meant as text.
      const isText = stated.length > 0 && stated.every((type) => type === 'string');
      draft.enum = isText ? plain.flatMap((value) => (isScalar(value) ? [value, String(value)] : [value])) : plain;
    }
    if (!this.#isOld && node.has('const')) draft.const = node.get('const') as JsonValue;
  }

  #numbers(node: DocumentNode, draft: Draft): void {
    for (const word of counts) {
      const value = node.child(word).number;
      if (value !== null && Number.isInteger(value) && value >= 0) draft[word] = value;
    }
    const multiple = node.child('multipleOf').number;
    if (multiple !== null && multiple > 0) draft.multipleOf = multiple;
    for (const [word, strict] of [
      ['minimum', 'exclusiveMinimum'],
      ['maximum', 'exclusiveMaximum'],
    ] as const) {
      const value = node.child(word).number;
      const bound = node.get(strict);
      if (bound === true && value !== null) draft[strict] = value;
      else if (value !== null) draft[word] = value;
      if (typeof bound === 'number' && Number.isFinite(bound)) draft[strict] = bound;
    }
    if (node.get('uniqueItems') === true) draft.uniqueItems = true;
  }

  #texts(node: DocumentNode, draft: Draft): void {
    for (const word of ['pattern', 'format', 'contentEncoding', 'contentMediaType'] as const) {
      const value = node.get(word);
      if (typeof value === 'string' && value !== '') draft[word] = value;
    }
    const required = node.child('required');
    if (required.isList) draft.required = [...new Set(required.texts())];
    const dependent = node.child('dependentRequired');
    if (dependent.isMap) draft.dependentRequired = Object.fromEntries(dependent.members().map((member) => [member.key, member.texts()]));
  }

  #parts(node: DocumentNode, draft: Draft, depth: number): void {
    for (const word of singles) if (node.child(word).exists) draft[word] = this.#convert(node.child(word), depth + 1);
    for (const word of lists) {
      const parts = node
        .child(word)
        .items()
        .map((part) => this.#convert(part, depth + 1));
      if (parts.length > 0) draft[word] = parts;
    }
    for (const word of named) {
      const members = node.child(word).members();
      if (members.length === 0) continue;
      const map = Object.create(null) as Draft;
      for (const member of members) map[member.key] = this.#convert(member, depth + 1);
      draft[word] = map;
    }
    const items = node.child('items');
    // A list of schemas is how earlier drafts wrote `prefixItems`.
    if (items.isList) draft.prefixItems = items.items().map((part) => this.#convert(part, depth + 1));
    else if (items.exists) draft.items = this.#convert(items, depth + 1);
    const rest = node.child('additionalProperties');
    if (rest.isMap || typeof rest.value === 'boolean') draft.additionalProperties = this.#convert(rest, depth + 1);
  }

  #gap(what: string): void {
    if (this.gaps.length < gapsMax && !this.gaps.includes(what)) this.gaps.push(what);
  }
}

function isScalar(value: JsonValue): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function copyFlags(node: DocumentNode, draft: Draft): Draft {
  for (const word of ['readOnly', 'writeOnly'] as const) if (node.get(word) === true) draft[word] = true;
  return draft;
}

function orNull(draft: Draft, stated: readonly string[]): Schema {
  if (stated.length === 0) return { anyOf: [draft, { type: 'null' }] };
  const values = draft.enum;
  const withNull = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {};
  return { ...draft, ...withNull, type: [...new Set([...stated, 'null'])] };
}

/** Which choice a value of the discriminating property means: stated in `mapping`, else the schema's own name. */
function discriminatorOf(node: DocumentNode, files: OpenapiFiles, nameOf: (target: DocumentNode) => string): JsonValue | null {
  const property = node.at('discriminator', 'propertyName').text ?? node.child('discriminator').text;
  if (property === null) return null;
  const mapping: Record<string, string> = {};
  const stated = node.at('discriminator', 'mapping').members();
  for (const choice of [...node.child('oneOf').items(), ...node.child('anyOf').items()]) {
    const reference = choice.child('$ref').text;
    const target = reference === null ? null : files.resolve(choice).node;
    if (reference === null || target === null) continue;
    const own = reference.slice(reference.lastIndexOf('/') + 1);
    const values = stated.filter(({ text }) => text === reference || text === own).map(({ key }) => key);
    for (const value of [...values, own]) mapping[value] ??= `#/$defs/${nameOf(target)}`;
  }
  return { propertyName: property, mapping };
}
