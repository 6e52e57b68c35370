/** JSON read by the runtime's own parser, with places found afterwards by a scan of the text, only where somebody asks. */
import { jsonErrorOffset } from './json-error.ts';
import type { StructuredDocument } from './structured-document.ts';
import { type Pointer, type SyntaxProblem, TextLines } from './text-position.ts';

/** A container with more children than this keeps its index, so that asking for each child stays linear. */
const indexKeptFrom = 32;
/** So does every container nearer to the root than this. */
const indexedDepth = 2;

/** Reads JSON; a syntax error gives one problem and no value. */
export function readJsonText(text: string): StructuredDocument {
  const lines = new TextLines(text);
  try {
    const value: unknown = JSON.parse(text);
    const places = new JsonPlaces(text);
    return { value, problems: [], positionOf: (pointer) => lines.positionOf(places.offsetOf(pointer)) };
  } catch {
    const problem = syntaxProblem(text, lines);
    return { value: undefined, problems: [problem], positionOf: () => ({ line: 1, column: 1 }) };
  }
}

/** The runtime's own message quotes the text around the error; that could be a secret, so it is not shown. */
function syntaxProblem(text: string, lines: TextLines): SyntaxProblem {
  const offset = jsonErrorOffset(text);
  const kind = offset >= text.length ? 'the text ends too early' : 'unexpected character';
  return { ...lines.positionOf(Math.min(offset, text.length)), message: `Not valid JSON: ${kind}.` };
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
      const child = this.#childOf(value, { depth, key });
      if (child === undefined) return found;
      found = child.key;
      value = child.value;
    }
    return found;
  }

  #childOf(container: number, { depth, key }: { depth: number; key: string }): Child | undefined {
    const kept = this.#kept.get(container);
    if (kept !== undefined) return kept.get(key);
    const children = new Map<string, Child>();
    for (const { name, child } of eachChild(this.#text, container)) {
      if (depth >= indexedDepth && children.size <= indexKeptFrom && name === key) return child;
      children.set(name, child);
    }
    if (children.size > indexKeptFrom || depth < indexedDepth) this.#kept.set(container, children);
    return children.get(key);
  }
}

/** The members or items of the container that begins at an offset, in the order of the text. */
function* eachChild(text: string, container: number): Generator<{ readonly name: string; readonly child: Child }> {
  const open = text.charCodeAt(container);
  const isObject = open === 0x7b;
  if (!isObject && open !== 0x5b) return;
  let at = skipSpace(text, container + 1);
  for (let index = 0; at < text.length; index++) {
    const code = text.charCodeAt(at);
    if (code === 0x7d || code === 0x5d) return;
    let name = String(index);
    const key = at;
    if (isObject) {
      const end = stringEnd(text, at);
      name = unquote(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    yield { name, child: { key, value: at } };
    at = skipSpace(text, valueEnd(text, at));
    if (text.charCodeAt(at) === 0x2c) at = skipSpace(text, at + 1);
  }
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
