/** A YAML or JSON document as plain values, with the place of every key, and what is wrong with its text. */
import { StanceError } from '../errors.ts';
import { readJsonText } from './json-document.ts';
import type { Input } from './source.ts';
import { type Pointer, problemsMax, type SyntaxProblem, type TextPosition } from './text-position.ts';
import { readYamlText } from './yaml-document.ts';

export interface StructuredDocument {
  /** Objects, lists, text, numbers, booleans and null; `undefined` when nothing could be read. */
  readonly value: unknown;
  /** What the text itself has wrong; at most 100. */
  readonly problems: readonly SyntaxProblem[];
  /** Where the key at `pointer` stands, or the nearest ancestor that exists; the start of the document for the root. */
  positionOf(pointer: Pointer): TextPosition;
}

/** Characters of broken JSON that are given to the slower, forgiving YAML parser. */
const forgivingCharsMax = 16 * 1024 * 1024;

/** Bytes of a document that is read whole. */
export const documentBytesMax = 256 * 1024 * 1024;

/**
 * Reads one document. JSON that is broken is read again as YAML (of which JSON is a part), whose parser goes on after
 * an error, so that what is readable is kept.
 */
export function readStructured(text: string): StructuredDocument {
  const documents = readStructuredMany(text);
  return documents[0] ?? { value: undefined, problems: [], positionOf: () => ({ line: 1, column: 1 }) };
}

/** Reads every document of a stream separated by `---`; a JSON text is one document. */
export function readStructuredMany(text: string): StructuredDocument[] {
  if (!looksLikeJson(text)) return readYamlText(text);
  const json = readJsonText(text);
  if (json.problems.length === 0 || text.length > forgivingCharsMax) return [json];
  const forgiving = readYamlText(text).slice(0, 1);
  return forgiving.map((document) => ({ ...document, problems: [...json.problems, ...document.problems].slice(0, problemsMax) }));
}

function looksLikeJson(text: string): boolean {
  const first = /\S/.exec(text.slice(0, 4096))?.[0];
  return first === '{' || first === '[';
}

/** All bytes of an input as text: UTF-8, or UTF-16 when it says so by its first two bytes. */
export async function readWholeText(input: Input): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of input.bytes()) {
    bytes += part.byteLength;
    if (bytes > documentBytesMax) {
      throw new StanceError('too-large', {
        message: `${input.name} is larger than ${documentBytesMax / 1024 / 1024} MiB, the most that one document may have.`,
        next: 'Split the document into files that refer to each other, and import the folder.',
      });
    }
    parts.push(part);
  }
  return decodeText(Buffer.concat(parts));
}

/** Bytes to text; a byte-order mark decides and is dropped, invalid bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
