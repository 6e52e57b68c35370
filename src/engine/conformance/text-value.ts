/** Text of parameters and form fields read as the JSON value it means by its declared shape. */
import type { JsonValue } from '../http/exchange.ts';
import type { FieldEncoding } from './contract.ts';
import type { FieldShape } from './field-shape.ts';

/** Levels of `a[b][c]`; what is deeper stays part of the name. */
const bracketsMax = 8;
const integerText = /^[+-]?\d{1,400}(?:\.0{1,20})?$/;
const numberText = /^[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,4})?$/;

/** Texts gathered under one name: `a=1&a=2` has two texts, `a[x]=1` a member. */
export class TextNode {
  readonly texts: string[] = [];
  readonly members = new Map<string, TextNode>();

  /** Puts a text under a name with brackets: `filter[size][]`. */
  put(name: string, text: string): void {
    let at: TextNode = this;
    for (const step of steps(name)) at = at.member(step);
    at.texts.push(text);
  }

  member(name: string): TextNode {
    const known = this.members.get(name);
    if (known !== undefined) return known;
    const made = new TextNode();
    this.members.set(name, made);
    return made;
  }
}

/** `filter[size][]` as `filter`, `size`, ``; a name whose brackets do not pair is itself. */
export function steps(name: string): readonly string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !name.endsWith(']')) return [name];
  const inner = name.slice(open + 1, -1).split('][');
  if (inner.length > bracketsMax || inner.some((step) => step.includes('[') || step.includes(']'))) return [name];
  return [name.slice(0, open), ...inner];
}

/** What was met on the way: a scalar sent several times. */
export interface Settled {
  readonly value: JsonValue;
  readonly hasDuplicate: boolean;
}

/** The value of gathered texts. Of a scalar that came several times the first counts, and the fact is told. */
export function settle(node: TextNode, shape: FieldShape, encoding: FieldEncoding | null = null): Settled {
  const seen = { hasDuplicate: false };
  const value = settleNode(node, shape, encoding, seen);
  return { value, hasDuplicate: seen.hasDuplicate };
}

function settleNode(node: TextNode, shape: FieldShape, encoding: FieldEncoding | null, seen: { hasDuplicate: boolean }): JsonValue {
  if (node.members.size > 0) return settleMembers(node, shape, seen);
  const texts = splitTexts(node.texts, encoding);
  const isList = shape.types?.has('array') === true;
  if (texts.length > 1) {
    if (isList || shape.types === null) return texts.map((text) => textValue(text, isList ? shape.items : shape));
    seen.hasDuplicate = true;
  }
  const text = texts[0] ?? '';
  if (isJsonField(text, shape, encoding)) return parsedOr(text);
  const isScalar = shape.types === null || [...shape.types].some((type) => type !== 'array' && type !== 'object');
  return isList && !(isScalar && node.texts.length === 1 && texts.length === 1)
    ? texts.map((item) => textValue(item, shape.items))
    : textValue(text, shape);
}

function settleMembers(node: TextNode, shape: FieldShape, seen: { hasDuplicate: boolean }): JsonValue {
  const names = [...node.members.keys()];
  if (shape.types?.has('array') === true && names.every((name) => /^\d{0,6}$/.test(name))) {
    return [...node.members.values()].flatMap((member) =>
      member.members.size > 0 ? [settleNode(member, shape.items, null, seen)] : member.texts.map((text) => textValue(text, shape.items)),
    );
  }
  const value = Object.create(null) as Record<string, JsonValue>;
  for (const [name, member] of node.members) value[name] = settleNode(member, shape.field(name) ?? shape.rest, null, seen);
  return value;
}

function splitTexts(texts: readonly string[], encoding: FieldEncoding | null): readonly string[] {
  const delimiter = encoding === null || encoding.explode !== false ? null : delimiterOf(encoding.style);
  return delimiter === null ? texts : texts.flatMap((text) => text.split(delimiter));
}

export function delimiterOf(style: string | null): string {
  if (style === 'spaceDelimited') return ' ';
  if (style === 'pipeDelimited') return '|';
  return style === 'tabDelimited' ? '\t' : ',';
}

function isJsonField(text: string, shape: FieldShape, encoding: FieldEncoding | null): boolean {
  if (encoding?.contentType?.includes('json') === true) return true;
  return /^\s*[{[]/.test(text) && shape.types !== null && (shape.types.has('object') || shape.types.has('array'));
}

/** The value of JSON text, or the text itself where it is none. */
export function parsedOr(text: string): JsonValue {
  try {
    // What JSON.parse gives is a JSON value.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** One text as the first of its possible meanings. */
export function textValue(text: string, shape: FieldShape): JsonValue {
  return meanings(text, shape)[0] ?? text;
}

/** What a text may mean in this place, the likeliest first: itself where text may stand, then number, truth value and nothing. */
export function meanings(text: string, shape: FieldShape): readonly JsonValue[] {
  const { types } = shape;
  if (types === null || (types.size === 1 && types.has('string'))) return [text];
  const found: JsonValue[] = [];
  if ((types.has('integer') && integerText.test(text)) || (types.has('number') && numberText.test(text))) found.push(Number(text));
  if (types.has('boolean') && /^(?:true|false)$/i.test(text)) found.push(text.toLowerCase() === 'true');
  if (types.has('null') && (text === '' || text === 'null')) found.push(null);
  if (!types.has('string')) return found.length === 0 ? [text] : found;
  return acceptsText(text, shape) ? [text, ...found] : [...found, text];
}

/** A choice of `integer` and `string, enum: ['']` means the number when `5` comes. */
function acceptsText(text: string, shape: FieldShape): boolean {
  return shape.parts.some((part) => {
    const type = part.type;
    if (type !== 'string' && !(Array.isArray(type) && type.includes('string'))) return false;
    return !Array.isArray(part.enum) || part.enum.includes(text);
  });
}
