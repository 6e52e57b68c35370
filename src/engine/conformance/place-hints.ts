/**
 * What the specification tells the recognisers of attacks about a place: that its schema leaves no room for one, or what
 * kind of text stands there by right.
 */
import type { CompiledOperation } from './compile-contract.ts';
import type { SchemaObject } from './contract.ts';
import type { FieldShape } from './field-shape.ts';
import { harmlessFormats } from './formats.ts';
import { isHarmlessPattern } from './linear-pattern.ts';

/**
 * `validated`: a value that passed validation cannot carry an attack (enumerations, numbers, ids, dates, narrow patterns).
 * Holds for a request only when validation had no objection to it; the others hold always.
 */
export type PlaceHint = 'validated' | 'url' | 'html' | 'code' | 'plain' | 'free-text';

/** Places whose hint is remembered for one operation; names within open objects are the caller's. */
const rememberedMax = 5000;

export class PlaceHints {
  readonly #operation: CompiledOperation;
  readonly #body: FieldShape | null;
  readonly #known = new Map<string, PlaceHint | undefined>();

  /** @param mediaType of the request's body, without parameters; null = none */
  constructor(operation: CompiledOperation, mediaType: string | null) {
    this.#operation = operation;
    const key = mediaType === null ? null : operation.mediaKey(mediaType);
    this.#body = key === null ? null : operation.requestMedia(key).shape;
  }

  /** @param place `query.q`, `header.x-page`, `cookie.theme`, `body.$.items[].note`, `body.note` of a form */
  get(place: string): PlaceHint | undefined {
    if (this.#known.has(place)) return this.#known.get(place);
    const hint = this.#hint(place);
    if (this.#known.size < rememberedMax) this.#known.set(place, hint);
    return hint;
  }

  #hint(place: string): PlaceHint | undefined {
    const dot = place.indexOf('.');
    const where = place.slice(0, dot);
    const name = place.slice(dot + 1);
    if (where === 'body') return this.#body === null ? undefined : hintOf(shapeAt(this.#body, name));
    const { query, headers, cookies } = this.#operation.head;
    if (where === 'query') {
      const own = query.get(name);
      // JSON in a parameter has places of its own below it.
      return own === undefined || own.declared.contentType !== null ? undefined : hintOf(leafOf(own.shape));
    }
    const list = where === 'header' ? headers : where === 'cookie' ? cookies : [];
    const plan = list.find(({ declared }) => declared.name === name);
    return plan === undefined ? undefined : hintOf(leafOf(plan.shape));
  }
}

const hintsOf = new WeakMap<CompiledOperation, Map<string, PlaceHints>>();

/** The same hints for the same operation and kind of body, so that each place is worked out once. */
export function placeHints(operation: CompiledOperation, mediaType: string | null): PlaceHints {
  const known = hintsOf.get(operation) ?? new Map<string, PlaceHints>();
  hintsOf.set(operation, known);
  const key = (mediaType === null ? null : operation.mediaKey(mediaType)) ?? '';
  const hints = known.get(key) ?? new PlaceHints(operation, mediaType);
  known.set(key, hints);
  return hints;
}

function leafOf(shape: FieldShape): FieldShape {
  return shape.types?.has('array') === true && shape.types.size === 1 ? shape.items : shape;
}

function shapeAt(root: FieldShape, name: string): FieldShape | null {
  let shape: FieldShape | null = root;
  const path = name.startsWith('$') ? name.slice(1) : `.${name}`;
  for (const step of path.match(/\.[^.[\]]+|\[\]/g) ?? []) {
    if (shape === null) return null;
    shape = step === '[]' ? shape.items : shape.field(step.slice(1));
  }
  return shape === null || name.startsWith('$') ? shape : leafOf(shape);
}

function hintOf(shape: FieldShape | null): PlaceHint | undefined {
  if (shape?.types == null) return undefined;
  const texts = shape.parts.filter(holdsText);
  if (!shape.types.has('string')) return 'validated';
  if (texts.length > 0 && texts.every(isHarmless)) return 'validated';
  for (const part of texts) {
    const format = part.format;
    if (format === 'uri' || format === 'url' || format === 'uri-reference' || format === 'iri') return 'url';
    if (format === 'html' || part.contentMediaType === 'text/html') return 'html';
    if (format === 'email' || format === 'idn-email' || format === 'hostname') return 'plain';
    if (format === 'regex') return 'code';
    if (format === 'markdown') return 'free-text';
  }
  return undefined;
}

function holdsText(part: SchemaObject): boolean {
  const type = part.type;
  return type === 'string' || (Array.isArray(type) && type.includes('string')) || (type === undefined && Array.isArray(part.enum));
}

function isHarmless(part: SchemaObject): boolean {
  if (Array.isArray(part.enum) || part.const !== undefined) return true;
  if (typeof part.format === 'string' && harmlessFormats.has(part.format)) return true;
  return typeof part.pattern === 'string' && isHarmlessPattern(part.pattern);
}
