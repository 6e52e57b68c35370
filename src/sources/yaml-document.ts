/** YAML read by the `yaml` package, made into plain values that remember where each key stood. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Document as ParsedYaml, parseAllDocuments } from 'yaml';
import type { StructuredDocument } from './structured-document.ts';
import { type Pointer, problemsMax, type SyntaxProblem, TextLines, type TextPosition } from './text-position.ts';

/** Nesting below this is left out: no document of people is this deep, and a walk must not exhaust the stack. */
const depthMax = 200;
/** Times a text with badly indented quoted text is mended and read again. */
const mendRoundsMax = 12;
/** Lines that one mended quoted text may span. */
const mendLinesMax = 60;

interface KeyPlaces {
  readonly keys: string[];
  readonly offsets: number[];
  index: Map<string, number> | null;
}

/** Reads every document of a YAML stream. Errors are problems with a place; what parsed is kept. */
export function readYamlText(text: string): StructuredDocument[] {
  try {
    const read = parseMending(text);
    return read.documents.map((document, at) => plainDocument(document, read.text, at === 0 ? read.mended : []));
  } catch (cause) {
    const message = cause instanceof RangeError ? 'The document is nested too deeply to be read.' : 'The text could not be read as YAML.';
    return [{ value: undefined, problems: [{ line: 1, column: 1, message }], positionOf: () => ({ line: 1, column: 1 }) }];
  }
}

interface Parsed {
  readonly text: string;
  readonly documents: readonly ParsedYaml.Parsed[];
  readonly mended: readonly SyntaxProblem[];
}

function parse(text: string): readonly ParsedYaml.Parsed[] {
  const options = { uniqueKeys: false, logLevel: 'silent', prettyErrors: false } as const;
  const parsed = parseAllDocuments(text, options);
  return Array.isArray(parsed) ? parsed : [];
}

/**
 * Some parsers accept quoted text that continues on a line indented less than its key; YAML 1.2 does not, and the rest
 * of the file then reads as nonsense. Such lines are indented and the text is read again; each is a problem of its own.
 * INVARIANT: mending only adds spaces at line starts, so line numbers stay those of the file.
 */
function parseMending(original: string): Parsed {
  const mended: SyntaxProblem[] = [];
  let text = original;
  let documents = parse(text);
  for (let round = 0; round < mendRoundsMax; round++) {
    const error = unclosedQuote(documents);
    if (error === undefined) break;
    const quote = error.message.includes('"') ? '"' : "'";
    const attempt = indentContinuation(text, error.pos[0], quote);
    if (attempt === null) break;
    const reread = parse(attempt);
    if (firstQuoteError(reread) <= error.pos[0]) break;
    const { line, column } = new TextLines(text).positionOf(error.pos[0]);
    mended.push({ line: line + 1, column: Math.min(column, 1), message: 'Quoted text goes on at a line that is indented too little.' });
    text = attempt;
    documents = reread;
  }
  return { text, documents, mended };
}

/** Offset of the first unclosed quoted text; beyond every text when there is none. Mending must push it on. */
function firstQuoteError(documents: readonly ParsedYaml.Parsed[]): number {
  return unclosedQuote(documents)?.pos[0] ?? Number.POSITIVE_INFINITY;
}

function unclosedQuote(documents: readonly ParsedYaml.Parsed[]): ParsedYaml.Parsed['errors'][number] | undefined {
  return documents.flatMap((document) => document.errors).find(({ message }) => message.startsWith('Missing closing'));
}

/** Indents the lines after `offset` up to the one that closes the quoted text; null when none does. */
function indentContinuation(text: string, offset: number, quote: string): string | null {
  const lineStart = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const indent = /^[ ]*/.exec(text.slice(lineStart, lineStart + 400))?.[0] ?? '';
  let at = text.indexOf('\n', offset) + 1;
  if (at === 0) return null;
  const lines: string[] = [];
  const first = at;
  for (let count = 0; count < mendLinesMax && at < text.length; count++) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end);
    lines.push(`${indent}        ${line.trimStart()}`);
    at = end < 0 ? text.length : end + 1;
    if (line.includes(quote)) return `${text.slice(0, first)}${lines.join('\n')}\n${text.slice(at)}`;
  }
  return null;
}

function plainDocument(document: ParsedYaml.Parsed, text: string, mended: readonly SyntaxProblem[]): StructuredDocument {
  const lines = new TextLines(text);
  const builder = new PlainBuilder(document, lines);
  const value = builder.build();
  const syntax = document.errors.map(({ pos, message }) => ({
    ...lines.positionOf(pos[0]),
    message: `Not valid YAML: ${message.replace(/\s+/g, ' ').slice(0, 160)}.`,
  }));
  const start = document.contents?.range?.[0] ?? 0;
  return {
    value,
    problems: [...mended, ...syntax, ...builder.problems].slice(0, problemsMax),
    positionOf: (pointer) => lines.positionOf(builder.offsetOf(pointer) ?? start),
  };
}

/** Makes plain values of a parsed document; an anchor's value is shared, never copied, so aliases cannot multiply it. */
class PlainBuilder {
  readonly problems: SyntaxProblem[] = [];
  readonly #document: ParsedYaml.Parsed;
  readonly #lines: TextLines;
  readonly #places = new WeakMap<object, KeyPlaces>();
  readonly #built = new Map<Node, unknown>();
  readonly #anchors = new Map<string, Node>();
  #root: unknown = undefined;

  constructor(document: ParsedYaml.Parsed, lines: TextLines) {
    this.#document = document;
    this.#lines = lines;
  }

  build(): unknown {
    this.#root = this.#plain(this.#document.contents, 0);
    return this.#root;
  }

  offsetOf(pointer: Pointer): number | null {
    let value = this.#root;
    let found: number | null = null;
    for (const key of pointer) {
      if (value === null || typeof value !== 'object') return found;
      const places = this.#places.get(value);
      const offset = places === undefined ? undefined : placeOf(places, key);
      if (offset !== undefined) found = offset;
      if (!Object.hasOwn(value, key)) return found;
      value = (value as Readonly<Record<string, unknown>>)[key];
    }
    return found;
  }

  #plain(node: unknown, depth: number): unknown {
    if (isAlias(node)) return this.#aliased(node.source, node.range?.[0] ?? 0);
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      if (typeof node.value === 'bigint') return Number(node.value);
      return node.value;
    }
    if (!isMap(node) && !isSeq(node)) return null;
    if (depth >= depthMax) {
      this.#problem(node.range?.[0] ?? 0, `Nesting deeper than ${depthMax} levels is left out.`);
      return null;
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const places: KeyPlaces = { keys: [], offsets: [], index: null };
    if (isSeq(node)) {
      const list: unknown[] = [];
      this.#built.set(node, list);
      this.#places.set(list, places);
      for (const item of node.items) {
        remember(places, String(list.length), offsetOfNode(item) ?? node.range?.[0] ?? 0);
        list.push(this.#plain(item, depth + 1));
      }
      return list;
    }
    const map: Record<string, unknown> = Object.create(null);
    this.#built.set(node, map);
    this.#places.set(map, places);
    const merges: unknown[] = [];
    for (const pair of node.items) {
      const key = this.#keyText(pair.key);
      const offset = offsetOfNode(pair.key) ?? node.range?.[0] ?? 0;
      const value = this.#plain(pair.value, depth + 1);
      if (key === '<<') {
        merges.push(value);
        continue;
      }
      if (Object.hasOwn(map, key)) this.#problem(offset, `The key "${key.slice(0, 80)}" stands twice in one map; the later one counts.`);
      map[key] = value;
      remember(places, key, offset);
    }
    for (const merge of merges) mergeInto(map, merge);
    return map;
  }

  #keyText(key: unknown): string {
    if (isScalar(key)) return typeof key.value === 'string' ? key.value : key.source !== undefined ? key.source : String(key.value);
    return key === null || key === undefined ? 'null' : '(a key that is not text)';
  }

  #aliased(name: string, offset: number): unknown {
    const node = this.#anchors.get(name);
    if (node === undefined) {
      this.#problem(offset, `The alias *${name.slice(0, 40)} has no anchor before it.`);
      return null;
    }
    return this.#built.has(node) ? this.#built.get(node) : isScalar(node) ? node.value : null;
  }

  #problem(offset: number, message: string): void {
    if (this.problems.length < problemsMax) this.problems.push({ ...this.#position(offset), message });
  }

  #position(offset: number): TextPosition {
    return this.#lines.positionOf(offset);
  }
}

/** YAML merge keys (`<<`): keys that are already there win. */
function mergeInto(map: Record<string, unknown>, merge: unknown): void {
  const sources = Array.isArray(merge) ? merge : [merge];
  for (const source of sources) {
    if (source === null || typeof source !== 'object' || Array.isArray(source)) continue;
    for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(map, key)) map[key] = value;
  }
}

function offsetOfNode(node: unknown): number | null {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? null) : null;
}

function remember(places: KeyPlaces, key: string, offset: number): void {
  places.keys.push(key);
  places.offsets.push(offset);
}

function placeOf(places: KeyPlaces, key: string): number | undefined {
  if (places.keys.length > 16) {
    places.index ??= new Map(places.keys.map((name, at) => [name, places.offsets[at] ?? 0]));
    return places.index.get(key);
  }
  const at = places.keys.lastIndexOf(key);
  return at < 0 ? undefined : places.offsets[at];
}
