/**
 * What one place of one operation looked like so far: types, shapes, lengths, kinds of characters and, where values repeat,
 * keyed prints of them. Never a value.
 *
 * Each aspect is tested on every value before it is learned, so a place knows how long its own rule would have been right.
 */
import type { Fingerprint } from '../evidence/fingerprint.ts';
import { recognizeSegment } from '../http/segment.ts';
import type { PlaceValue } from './request-places.ts';

export const aspects = ['type', 'shape', 'length', 'characters', 'value'] as const;
export type Aspect = (typeof aspects)[number];

/** Serialisable. */
export interface PlaceState {
  /** Values seen. */
  seen: number;
  /** Requests that had the place. */
  requests: number;
  types: string[];
  /** Names of formats (`int`, `uuid`, ...); null = too many to mean anything. */
  shapes: string[] | null;
  /** Longest seen, as power of two. */
  lengthBand: number;
  /** Bits of `characterKinds`. */
  characters: number;
  /** Distinct values by print; null = no enumeration. */
  prints: Fingerprint[] | null;
  /** Values since each aspect was last surprised. */
  calm: Record<Aspect, number>;
}

/** More formats in one place than this are free text. */
const shapesMax = 4;
/** More distinct values than this are no enumeration. */
const printsMax = 24;
/** An enumeration repeats: each of its values came this often on average. */
const repeatsMin = 20;
/** Text looked at, characters. */
const textMax = 4096;
/** Text that may have a format; longer is text. */
const shapeTextMax = 80;

/** Formats that say something: a word or a token tells one value from none. */
const loose: ReadonlySet<string> = new Set(['word', 'alnum', 'text', 'token', 'path', 'key', 'empty', 'unset', 'other']);

/** What machines choose from: what people write repeats by chance only. */
const enumerable: ReadonlySet<string> = new Set(['word', 'alnum', 'int', 'version']);

export function newPlace(): PlaceState {
  const calm = { type: 0, shape: 0, length: 0, characters: 0, value: 0 };
  return { seen: 0, requests: 0, types: [], shapes: [], lengthBand: 0, characters: 0, prints: [], calm };
}

/** Facts of one value, without the value. */
export interface ValueFacts {
  readonly type: string;
  readonly shape: string | null;
  readonly lengthBand: number;
  readonly characters: number;
  readonly print: Fingerprint | null;
}

/** @param print makes keyed prints of words and small numbers; null where prints are no longer kept */
export function factsOf(value: PlaceValue, print: ((text: string) => Fingerprint) | null): ValueFacts {
  if (value.text === null) return { type: value.type, shape: null, lengthBand: 0, characters: 0, print: null };
  const text = value.text.length > textMax ? value.text.slice(0, textMax) : value.text;
  const shape = text === '' ? 'empty' : text.length > shapeTextMax ? 'text' : recognizeSegment(text, false).shape;
  return {
    type: value.type,
    shape,
    lengthBand: Math.ceil(Math.log2(value.text.length + 1)),
    characters: charactersOf(text),
    print: print !== null && enumerable.has(shape) ? print(text) : null,
  };
}

/** Aspects in which the value is unlike all before it. */
export function surprises(place: PlaceState, facts: ValueFacts): readonly Aspect[] {
  const found: Aspect[] = [];
  if (!place.types.includes(facts.type)) found.push('type');
  if (facts.shape === null) return found;
  if (
    place.shapes !== null &&
    place.shapes.length > 0 &&
    isStructured(place.shapes) &&
    facts.shape !== 'empty' &&
    !place.shapes.includes(facts.shape)
  ) {
    found.push('shape');
  }
  // The next band is within what growth explains: at least twice the longest is not.
  if (facts.lengthBand > place.lengthBand + 1) found.push('length');
  if ((facts.characters & ~place.characters) !== 0) found.push('characters');
  if (place.prints !== null && facts.shape !== 'empty' && (facts.print === null || !place.prints.includes(facts.print)))
    found.push('value');
  return found;
}

/** Takes the value into the model; the aspects that were surprised start over. */
export function learnValue(place: PlaceState, facts: ValueFacts): void {
  const surprised = surprises(place, facts);
  place.seen += 1;
  for (const aspect of aspects) place.calm[aspect] = surprised.includes(aspect) ? 0 : place.calm[aspect] + 1;
  if (!place.types.includes(facts.type)) place.types.push(facts.type);
  if (facts.shape === null) return;
  if (place.shapes !== null && !place.shapes.includes(facts.shape))
    place.shapes = place.shapes.length >= shapesMax ? null : [...place.shapes, facts.shape];
  place.lengthBand = Math.max(place.lengthBand, facts.lengthBand);
  place.characters |= facts.characters;
  if (place.prints === null || facts.shape === 'empty') return;
  if (facts.print === null) place.prints = null;
  else if (!place.prints.includes(facts.print)) place.prints = place.prints.length >= printsMax ? null : [...place.prints, facts.print];
}

/** Whether the aspect means anything here, however long it was calm. */
export function isTelling(place: PlaceState, aspect: Aspect): boolean {
  if (aspect === 'shape') return place.shapes !== null && isStructured(place.shapes);
  if (aspect === 'value') return place.prints !== null && place.prints.length > 0 && place.seen >= repeatsMin * place.prints.length;
  return true;
}

function isStructured(shapes: readonly string[]): boolean {
  return shapes.some((shape) => shape !== 'empty') && shapes.every((shape) => shape === 'empty' || !loose.has(shape));
}

/** Kinds of characters, a bit each: what separates text of people from text of machines, and both from text of attacks. */
const characterKinds: readonly RegExp[] = [
  /[a-z]/,
  /[A-Z]/,
  /[0-9]/,
  /[ \t]/,
  /[-_]/,
  /\./,
  /\//,
  /:/,
  /@/,
  /%/,
  /\+/,
  /,/,
  /=/,
  /['"`]/,
  /[<>]/,
  /[()]/,
  /[[\]{}]/,
  /[;|&$]/,
  /\\/,
  /[!?#*~^]/,
  /[\r\n]/,
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/,
  /[^\0-\x7f]/,
];

const kindOfCode: readonly number[] = Array.from({ length: 128 }, (_, code) => {
  const kind = characterKinds.findIndex((pattern) => pattern.test(String.fromCharCode(code)));
  return kind < 0 ? 0 : 1 << kind;
});
const beyondAscii = 1 << (characterKinds.length - 1);

function charactersOf(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits |= kindOfCode[text.charCodeAt(at)] ?? beyondAscii;
  return bits;
}
