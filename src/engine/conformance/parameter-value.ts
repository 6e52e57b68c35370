/** Parameters as sent, read by their style (OpenAPI 3, "Style Values") into the values they may mean. */
import type { JsonValue } from '../http/exchange.ts';
import type { ParameterPlan } from './compile-contract.ts';
import type { ParameterContract } from './contract.ts';
import type { FieldShape } from './field-shape.ts';
import { decodedText } from './query-text.ts';
import { delimiterOf, meanings, parsedOr, settle, TextNode, textValue } from './text-value.ts';

export interface ParameterRead {
  /** Values that the text may mean, likeliest first; the parameter holds when one of them fits. */
  readonly values: readonly JsonValue[];
  /** A parameter that is no list came more than once. */
  readonly hasDuplicate: boolean;
}

/**
 * @param texts decoded texts in order, or what brackets made of them
 * @param raw the same texts as sent, for delimiters
 */
export function parameterValue(plan: ParameterPlan, texts: readonly string[] | TextNode, raw: readonly string[]): ParameterRead {
  const { declared, shape } = plan;
  if (texts instanceof TextNode) {
    const { value, hasDuplicate } = settle(texts, shape);
    return { values: [value], hasDuplicate };
  }
  const isList = shape.types?.has('array') === true;
  const isObject = shape.types?.has('object') === true;
  const text = texts[0] ?? '';
  const isRepeated = texts.length > 1 && !(declared.in === 'header' && isList);
  if (isRepeated && !isList && shape.types !== null) return { values: [], hasDuplicate: true };
  if (declared.contentType !== null)
    return { values: [declared.contentType.includes('json') ? parsedOr(text) : text], hasDuplicate: texts.length > 1 };
  const values: JsonValue[] = [];
  if (texts.length === 1 && (!isList || hasScalar(shape)) && (!isObject || hasScalar(shape)))
    values.push(...meanings(bare(declared, text), shape));
  if (isList) values.push(listOf(declared, texts, raw).map((item) => textValue(item, shape.items)));
  else if (texts.length > 1) values.push(texts.map((item) => item));
  if (isObject) values.push(objectOf(declared, text, shape));
  return { values, hasDuplicate: false };
}

function hasScalar({ types }: FieldShape): boolean {
  return types === null || [...types].some((type) => type !== 'array' && type !== 'object' && type !== 'null');
}

/** Without what `label` and `matrix` put in front. */
function bare({ style, name }: ParameterContract, text: string): string {
  if (style === 'label') return text.startsWith('.') ? text.slice(1) : text;
  if (style === 'matrix') return text.startsWith(`;${name}=`) ? text.slice(name.length + 2) : text;
  return text;
}

function listOf(declared: ParameterContract, texts: readonly string[], raw: readonly string[]): readonly string[] {
  const { style, explode, name } = declared;
  const text = texts[0] ?? '';
  if (style === 'label') return bare(declared, text).split(explode ? '.' : ',');
  if (style === 'matrix') return explode ? text.split(`;${name}=`).slice(1) : bare(declared, text).split(',');
  if (style === 'simple') return texts.flatMap((item) => item.split(',').map((part) => part.trim()));
  if (explode || style === 'deepObject') return texts;
  // Also clients that repeat a list that is declared as one text.
  const delimiter = delimiterOf(style);
  if (declared.in !== 'query') return texts.flatMap((item) => item.split(delimiter));
  return raw.flatMap((item) => splitRaw(item, delimiter));
}

/** Splits before decoding: an encoded delimiter is part of the value. Spaces and bars can only come encoded. */
function splitRaw(raw: string, delimiter: string): readonly string[] {
  const isEncodedAnyway = delimiter !== ',';
  if (isEncodedAnyway) return (decodedText(raw) ?? raw).split(delimiter);
  const parts = raw.split(',');
  // Many clients encode the commas as well.
  const split = parts.length > 1 ? parts : raw.split(/%2c/i);
  return split.map((part) => decodedText(part) ?? part);
}

function objectOf(declared: ParameterContract, text: string, shape: FieldShape): JsonValue {
  const value = Object.create(null) as Record<string, JsonValue>;
  const put = (name: string, part: string) => {
    value[name] = textValue(part, shape.field(name) ?? shape.rest);
  };
  const plain = bare(declared, text);
  if (declared.explode && declared.style !== 'form') {
    for (const part of plain.split(declared.style === 'label' ? '.' : declared.style === 'matrix' ? ';' : ',')) {
      const equals = part.indexOf('=');
      if (equals > 0) put(part.slice(0, equals), part.slice(equals + 1));
    }
    return value;
  }
  if (/^\s*\{/.test(plain)) return parsedOr(plain);
  const parts = plain.split(delimiterOf(declared.style));
  for (let at = 0; at + 1 < parts.length; at += 2) put(parts[at] ?? '', parts[at + 1] ?? '');
  return value;
}
