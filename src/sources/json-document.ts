/** JSON read by the runtime's own parser, with places found afterwards by a scan of the text, only where somebody asks. */
import type { StructuredDocument } from './structured-document.ts';
import { type Pointer, type SyntaxProblem, TextLines, type TextPosition } from './text-position.ts';

/** A container with more children than this, or near the root, keeps its index, so that asking for each child stays linear. */
const indexKeptFrom = 32;

/** Reads JSON; a syntax error gives one problem and no value. */
export function readJsonText(text: string): StructuredDocument {
  const lines = new TextLines(text);
  try {
    const value: unknown = JSON.parse(text);
    const places = new JsonPlaces(text);
    return { value, problems: [], positionOf: (pointer) => lines.positionOf(places.offsetOf(pointer)) };
  } catch (cause) {
    const problem = syntaxProblem(cause, text, lines);
    return { value: undefined, problems: [problem], positionOf: () => ({ line: 1, column: 1 }) };
  }
}

function syntaxProblem(cause: unknown, text: string, lines: TextLines): SyntaxProblem {
  const message = cause instanceof Error ? cause.message : 'not JSON';
  const stated = /at position (\d+)/.exec(message)?.[1];
  const offset = stated !== undefined ? Number(stated) : /end of JSON|Unterminated/.test(message) ? text.length : 0;
  const position: TextPosition = lines.positionOf(Math.min(offset, text.length));
  // The runtime's message quotes the text around the error; that could be a value, so only the kind of error is kept.
  const kind = /end of JSON|Unterminated/.test(message) ? 'the text ends too early' : 'unexpected character';
  return { ...position, message: `Not valid JSON: ${kind}.` };
}

interface Child {
  readonly key: number;
  readonly value: number;
}

/** Finds the offset of a key in JSON text that is known to parse. */
class JsonPlaces {
  readonly #text: string;
  readonly #kept = new Map<number, Map<string, Child>>();

  constructor(text: string) {
    this.#text = text;
  }

  offsetOf(pointer: Pointer): number {
    let value = skipSpace(this.#text, 0);
    let found = value;
    for (const [depth, key] of pointer.entries()) {
      const child = this.#children(value, depth).get(key);
      if (child === undefined) return found;
      found = child.key;
      value = child.value;
    }
    return found;
  }

  #children(container: number, depth: number): Map<string, Child> {
    const kept = this.#kept.get(container);
    if (kept !== undefined) return kept;
    const children = scanChildren(this.#text, container);
    if (children.size > indexKeptFrom || depth < 2) this.#kept.set(container, children);
    return children;
  }
}

function scanChildren(text: string, container: number): Map<string, Child> {
  const children = new Map<string, Child>();
  const open = text.charCodeAt(container);
  const isObject = open === 0x7b;
  if (!isObject && open !== 0x5b) return children;
  let at = skipSpace(text, container + 1);
  for (let index = 0; at < text.length; index++) {
    const code = text.charCodeAt(at);
    if (code === 0x7d || code === 0x5d) break;
    let name = String(index);
    const key = at;
    if (isObject) {
      const end = stringEnd(text, at);
      name = unquote(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    children.set(name, { key, value: at });
    at = skipSpace(text, valueEnd(text, at));
    if (text.charCodeAt(at) === 0x2c) at = skipSpace(text, at + 1);
  }
  return children;
}

function unquote(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09 && code !== 0xfeff) break;
  }
  return at;
}

/** Offset after the closing quote of the string that begins at `from`. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function valueEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && code === 0x2c) return at;
    at++;
  }
  return at;
}
