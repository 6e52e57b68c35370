/** Holds a document against the grammar of its version: members of a wrong type, missing ones, and ones nobody knows. */
import type { DocumentNode } from './document-node.ts';
import { counted, type FindingList } from './finding-list.ts';
import { type Grammar, grammar2, grammar3, type ObjectKind, type Shape } from './openapi-grammar.ts';
import { openapiRules } from './openapi-rules.ts';

/** Nesting below this is not judged. */
const depthMax = 150;

/** Reports each kind of mistake once, with its places. References are judged where they lead. */
export function checkStructure(root: DocumentNode, findings: FindingList): void {
  if (!root.isMap) {
    const found = root.value === undefined || root.value === null ? 'nothing' : root.isList ? 'a list' : 'plain text';
    findings.add(openapiRules.structure, {
      cause: 'Document',
      detail: `The document is ${found}, where a map is expected.`,
      place: { ...root.place, operation: null },
    });
    return;
  }
  const walk = new StructureWalk(root.has('swagger') ? grammar2 : grammar3, findings);
  walk.check(root, 'Document', 0);
}

class StructureWalk {
  readonly #grammar: Grammar;
  readonly #findings: FindingList;
  readonly #seen = new Set<unknown>();

  constructor(grammar: Grammar, findings: FindingList) {
    this.#grammar = grammar;
    this.#findings = findings;
  }

  check(node: DocumentNode, name: string, depth: number): void {
    const kind = this.#grammar[name];
    if (kind === undefined || depth > depthMax || this.#seen.has(node.value) || typeof node.get('$ref') === 'string') return;
    this.#seen.add(node.value);
    for (const required of kind.required) if (!node.has(required)) this.#missing(node, name, required);
    const value = node.value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(value)) {
      if (key.startsWith('x-') || key === '$ref') continue;
      const shape = shapeOf(kind, key);
      if (shape === null) this.#unknown(node, { kind: name, key });
      else if (shape !== 'any') this.#member(node, { kind: name, key, shape, depth });
    }
  }

  #member(owner: DocumentNode, member: { kind: string; key: string; shape: Shape; depth: number }): void {
    const { kind, key, shape, depth } = member;
    const value = owner.get(key);
    const isFine = fits(value, shape);
    if (!isFine) {
      // In a map by path or status the key is somebody's own word.
      const where = Object.hasOwn(this.#grammar[kind]?.members ?? {}, key) ? `${kind}.${key}` : kind;
      this.#findings.add(openapiRules.structure, {
        cause: where,
        detail: (count) => `${counted(count, 'place')} where ${where} is not ${expected(shape)}.`,
        place: () => ({ ...owner.child(key).place, operation: null }),
      });
      return;
    }
    const inner = shape.replace(/[[\]{}]/g, '');
    if (!Object.hasOwn(this.#grammar, inner) || value === null || typeof value !== 'object') return;
    const node = owner.child(key);
    const children = shape.startsWith('[') ? node.items() : shape.startsWith('{') ? node.members() : [node];
    for (const child of children) {
      if (child.isMap) this.check(child, inner, depth + 1);
      else if (child !== node && !(inner === 'Schema' && typeof child.value === 'boolean') && !child.key.startsWith('x-'))
        this.#notAnObject(child, inner);
    }
  }

  #notAnObject(node: DocumentNode, kind: string): void {
    this.#findings.add(openapiRules.structure, {
      cause: kind,
      detail: (count) => `${counted(count, 'place')} where ${kind} is not a map.`,
      place: () => ({ ...node.place, operation: null }),
    });
  }

  #missing(node: DocumentNode, kind: string, key: string): void {
    this.#findings.add(openapiRules.structure, {
      cause: `${kind} without ${key}`,
      detail: (count) => `${counted(count, `${kind} object`, { one: 'has', many: 'have' })} no \`${key}\`, which must be there.`,
      place: () => ({ ...node.place, operation: null }),
    });
  }

  #unknown(node: DocumentNode, { kind, key }: { kind: string; key: string }): void {
    const place = () => ({ ...node.child(key).place, operation: null });
    const older = this.#grammar === grammar3 && (isMember(grammar2[kind], key) || isMember(grammar2.Document, key));
    if (older) {
      this.#findings.add(openapiRules.oldMember, {
        detail: (count) => `${counted(count, 'place')}, such as \`${key}\` in ${kind}.`,
        place,
      });
      return;
    }
    this.#findings.add(openapiRules.unknownField, {
      cause: `${kind}.${key.slice(0, 80)}`,
      detail: (count) => `${counted(count, `${kind} object`, { one: 'has', many: 'have' })} a member \`${key.slice(0, 80)}\`.`,
      place,
    });
  }
}

function isMember(kind: ObjectKind | undefined, key: string): boolean {
  return kind !== undefined && Object.hasOwn(kind.members, key);
}

function shapeOf(kind: ObjectKind, key: string): Shape | null {
  return Object.hasOwn(kind.members, key) ? (kind.members[key] ?? null) : kind.others;
}

function fits(value: unknown, shape: Shape): boolean {
  if (shape.startsWith('[')) return Array.isArray(value);
  switch (shape) {
    case 'any':
      return true;
    case 'text':
      return typeof value === 'string';
    case 'scalar':
      return value !== null && typeof value !== 'object';
    case 'bool':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number';
    case 'Schema':
      return typeof value === 'boolean' || isMapValue(value) || Array.isArray(value);
    default:
      return isMapValue(value);
  }
}

function isMapValue(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function expected(shape: Shape): string {
  if (shape.startsWith('[')) return 'a list';
  return { text: 'text', scalar: 'a single value', bool: 'true or false', number: 'a number', Schema: 'a schema' }[shape] ?? 'a map';
}
