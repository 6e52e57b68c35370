/** YAML read by the `yaml` package, made into plain values that remember where each key stood. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Document as ParsedYaml, parseAllDocuments } from 'yaml';
import type { StructuredDocument } from './structured-document.ts';
import { type Pointer, problemsMax, type SyntaxProblem, TextLines, type TextPosition } from './text-position.ts';
import { cutFrom, type YamlPart, yamlParts } from './yaml-parts.ts';

/** Nesting below this is left out: no document of people is this deep, and a walk must not exhaust the stack. */
const depthMax = 200;
/** Times a text with badly indented quoted text is mended and read again. */
const mendRoundsMax = 12;
/** Lines that one mended quoted text may span. */
const mendLinesMax = 60;
/** A map with more keys than this keeps an index of them once one was asked for. */
const indexKeptFrom = 16;

/**
 * Characters of YAML that are given to the parser in one piece (its tree takes about 170 bytes for each); more is read
 * part by part whatever that costs in exactness.
 */
const wholeCharsMax = 12 * 1024 * 1024;

/** Reads every document of a YAML stream. Errors are problems with a place; what parsed is kept. */
export function readYamlText(text: string): StructuredDocument[] {
  const parts = text.length > cutFrom ? yamlParts(text) : null;
  if (parts !== null) {
    const joined = joinParts(parts.map((part) => ({ part, document: readWhole(part.text)[0] })));
    if (joined.problems.every(({ isMinor }) => isMinor === true) || text.length > wholeCharsMax) return [joined];
  }
  if (text.length > wholeCharsMax) {
    const message = `YAML of this kind is read up to ${wholeCharsMax / 1024 / 1024} MiB (anchors, several documents or flow style keep it from being read in parts); JSON is read up to 256 MiB.`;
    return [{ value: undefined, problems: [{ line: 1, column: 1, message }], positionOf: () => ({ line: 1, column: 1 }) }];
  }
  return readWhole(text);
}

interface ReadPart {
  readonly part: YamlPart;
  readonly document: StructuredDocument | undefined;
}

/** One document of parts that were read one by one. A key that comes twice counts as the later one, as within a map. */
function joinParts(reads: readonly ReadPart[]): StructuredDocument {
  const value: Record<string, unknown> = {};
  const bySection = new Map<string, ReadPart>();
  const byMember = new Map<string, Map<string, ReadPart>>();
  const problems: SyntaxProblem[] = [];
  for (const read of reads) {
    const { document, part } = read;
    for (const problem of document?.problems ?? []) problems.push({ ...problem, line: problem.line + part.lineShift });
    const content = document?.value;
    if (content === null || typeof content !== 'object') continue;
    for (const [key, member] of Object.entries(content)) {
      const before = Object.hasOwn(value, key) ? value[key] : null;
      if (part.section === key && isMapValue(before) && isMapValue(member))
        for (const [name, inner] of Object.entries(member)) put(before, name, inner);
      else put(value, key, member);
      if (!bySection.has(key)) bySection.set(key, read);
      if (part.section !== key || !isMapValue(member)) continue;
      const members = byMember.get(key) ?? new Map<string, ReadPart>();
      byMember.set(key, members);
      for (const name of Object.keys(member)) members.set(name, read);
    }
  }
  const positionOf = (pointer: Pointer): TextPosition => {
    const [section, member] = pointer;
    const first = section === undefined ? undefined : bySection.get(section);
    const read = member === undefined ? first : (byMember.get(section ?? '')?.get(member) ?? first);
    if (read?.document === undefined) return { line: 1, column: 1 };
    const { line, column } = read.document.positionOf(pointer);
    // The opening line of a section stands above its first part.
    return { line: line + read.part.lineShift, column };
  };
  return { value, problems: problems.slice(0, problemsMax), positionOf };
}

function readWhole(text: string): StructuredDocument[] {
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
  const builder = new PlainBuilder(text, lines);
  const value = builder.build(document.contents);
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
  readonly #text: string;
  readonly #lines: TextLines;
  /** Offsets of the keys of each map (in the order that `Object.keys` has) and of the items of each list. */
  readonly #places = new Map<object, readonly number[]>();
  /** Keys of large maps that were asked for, to their position among the keys. */
  readonly #positions = new Map<object, ReadonlyMap<string, number>>();
  readonly #built = new Map<Node, unknown>();
  readonly #anchors = new Map<string, Node>();
  #root: unknown = undefined;

  constructor(text: string, lines: TextLines) {
    this.#text = text;
    this.#lines = lines;
  }

  /** INVARIANT: the parser's tree is let go here; what asks for places later holds values and offsets only. */
  build(contents: unknown): unknown {
    this.#root = this.#plain(contents, 0);
    this.#built.clear();
    this.#anchors.clear();
    return this.#root;
  }

  offsetOf(pointer: Pointer): number | null {
    let value = this.#root;
    let found: number | null = null;
    for (const key of pointer) {
      if (value === null || typeof value !== 'object') return found;
      found = this.#places.get(value)?.[this.#indexOf(value, key)] ?? found;
      if (!Object.hasOwn(value, key)) return found;
      value = (value as Readonly<Record<string, unknown>>)[key];
    }
    return found;
  }

  #indexOf(value: object, key: string): number {
    if (Array.isArray(value)) return Number(key);
    const known = this.#positions.get(value);
    if (known !== undefined) return known.get(key) ?? -1;
    const keys = Object.keys(value);
    if (keys.length > indexKeptFrom) this.#positions.set(value, new Map(keys.map((name, at) => [name, at])));
    return keys.indexOf(key);
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
    if (isSeq(node)) {
      const list: unknown[] = [];
      this.#built.set(node, list);
      for (const item of node.items) list.push(this.#plain(item, depth + 1));
      this.#places.set(
        list,
        node.items.map((item) => offsetOfNode(item) ?? node.range?.[0] ?? 0),
      );
      return list;
    }
    const map: Record<string, unknown> = {};
    this.#built.set(node, map);
    const offsets = new Map<string, number>();
    const merges: unknown[] = [];
    for (const pair of node.items) {
      const key = this.#keyText(pair.key);
      const offset = offsetOfNode(pair.key) ?? node.range?.[0] ?? 0;
      if (node.flow !== true) this.#checkFlow(pair.value, offset);
      const value = this.#plain(pair.value, depth + 1);
      if (key === '<<') {
        merges.push(value);
        continue;
      }
      if (Object.hasOwn(map, key)) this.#problem(offset, `The key "${key.slice(0, 80)}" stands twice in one map; the later one counts.`);
      put(map, key, value);
      offsets.set(key, offset);
    }
    for (const merge of merges) mergeInto(map, merge);
    this.#places.set(
      map,
      Object.keys(map).map((key) => offsets.get(key) ?? node.range?.[0] ?? 0),
    );
    return map;
  }

  /** YAML wants every line of a bracketed value further in than its key; many readers do not mind, some refuse the file. */
  #checkFlow(value: unknown, keyOffset: number): void {
    if (!(isMap(value) || isSeq(value)) || value.flow !== true || value.range === null || value.range === undefined) return;
    const [start, end] = value.range;
    const keyColumn = this.#position(keyOffset).column;
    for (let feed = this.#text.indexOf('\n', start); feed >= 0 && feed < end; feed = this.#text.indexOf('\n', feed + 1)) {
      let first = feed + 1;
      while (this.#text.charCodeAt(first) === 0x20) first++;
      if (first >= end || this.#text[first] === '\n' || first - feed > keyColumn) continue;
      this.#problem(first, 'A bracketed value goes on, or closes, at a line that is not indented further than its key.', true);
      return;
    }
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

  #problem(offset: number, message: string, isMinor = false): void {
    if (this.problems.length < problemsMax) this.problems.push({ ...this.#position(offset), message, ...(isMinor ? { isMinor } : {}) });
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
    for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(map, key)) put(map, key, value);
  }
}

function offsetOfNode(node: unknown): number | null {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? null) : null;
}

function isMapValue(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Sets a member whatever its name: plain assignment to `__proto__` would change what the map is. */
function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}
