/**
 * Masks single fields of a JSON answer and leaves every other byte as it was: numbers keep their digits, keys their order,
 * duplicates are both masked. Works on bytes, in one pass, over whatever part of the answer is there.
 */

/** One step of all masks together: what may come below a place. */
export interface MaskNode {
  /** A mask ends here: the value is replaced. */
  isEnd: boolean;
  readonly fields: Map<string, MaskNode>;
  /** Names by their beginning: `card*`. */
  readonly prefixes: { readonly start: string; readonly node: MaskNode }[];
  items: MaskNode | null;
  /** What may come at any depth from here: `$..ssn`. */
  deep: MaskNode | null;
}

export interface Masked {
  /** Null when nothing was to be masked. */
  readonly bytes: Uint8Array | null;
  /** Values replaced. */
  readonly count: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

/** Masks read of one policy; more are left out. */
export const masksMax = 1000;

/** Longest name that is compared, bytes as written. */
const nameBytesMax = 1024;

const quote = 0x22;
const backslash = 0x5c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openList = 0x5b;
const closeList = 0x5d;
const comma = 0x2c;

function maskNode(): MaskNode {
  return { isEnd: false, fields: new Map(), prefixes: [], items: null, deep: null };
}

/** Reads `$.items[].ssn`, `$.card*`, `$..token`; what is no such path is left out. At most 1,000. */
export function compileMasks(paths: readonly string[]): MaskNode {
  const root = maskNode();
  for (const path of paths.slice(0, masksMax)) {
    const steps = path.startsWith('$') ? [...path.slice(1).matchAll(/(\.\.?)([^.[\]]+)|\[\*?\]/g)] : [];
    if (steps.length === 0 || steps.reduce((length, step) => length + step[0].length, 1) !== path.length) continue;
    let at = root;
    for (const [, dots, name] of steps) {
      if (dots === '..') {
        at.deep ??= maskNode();
        at = at.deep;
      }
      at = name === undefined ? itemsOf(at) : fieldOf(at, name);
    }
    at.isEnd = true;
  }
  return root;
}

function itemsOf(node: MaskNode): MaskNode {
  node.items ??= maskNode();
  return node.items;
}

function fieldOf(node: MaskNode, name: string): MaskNode {
  if (name.endsWith('*')) {
    const start = name.slice(0, -1);
    const known = node.prefixes.find((prefix) => prefix.start === start)?.node;
    if (known !== undefined) return known;
    const made = maskNode();
    node.prefixes.push({ start, node: made });
    return made;
  }
  const known = node.fields.get(name) ?? maskNode();
  node.fields.set(name, known);
  return known;
}

/** @param bytes UTF-8 JSON: one value, or several after each other; may end anywhere */
export function maskResponse(bytes: Uint8Array, masks: MaskNode): Masked {
  const spans = new MaskScan(bytes).spans([masks]);
  if (spans.length === 0) return { bytes: null, count: 0 };
  return { bytes: replaced(bytes, spans), count: spans.length };
}

interface Level {
  readonly isList: boolean;
  readonly nodes: readonly MaskNode[];
  /** Masks of the next item of a list; within an object a name comes first. */
  readonly next: readonly MaskNode[];
}

class MaskScan {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  spans(root: readonly MaskNode[]): readonly Span[] {
    const spans: Span[] = [];
    const levels: Level[] = [];
    /** Masks for the value that comes next. */
    let nodes = root;
    while (this.#at < this.#bytes.length) {
      const byte = this.#bytes[this.#at] as number;
      if (isFiller(byte)) {
        this.#at += 1;
        continue;
      }
      if (byte === closeObject || byte === closeList) {
        levels.pop();
        this.#at += 1;
      } else if (nodes === awaitingKey && byte === quote) {
        nodes = this.#below(levels.at(-1)?.nodes ?? none);
        continue;
      } else if (endsHere(nodes)) {
        const start = this.#at;
        this.#skipValue();
        spans.push({ start, end: this.#at, instead: insteadOf(byte, this.#bytes, start) });
      } else if (nodes.length > 0 && (byte === openObject || byte === openList)) {
        const isList = byte === openList;
        levels.push({ isList, nodes, next: isList ? belowList(nodes) : awaitingKey });
        this.#at += 1;
      } else this.#skipValue();
      nodes = levels.at(-1)?.next ?? root;
    }
    return spans;
  }

  /** Reads a name, and gives the masks of its value. */
  #below(nodes: readonly MaskNode[]): readonly MaskNode[] {
    const start = this.#at + 1;
    this.#skipString();
    const end = this.#at - 1;
    let found = none;
    let name: string | null = null;
    const take = (node: MaskNode) => {
      if (found === none) found = [];
      (found as MaskNode[]).push(node);
    };
    for (const node of nodes) {
      for (const holder of node.deep === null ? [node] : [node, node.deep]) {
        if (holder.fields.size === 0 && holder.prefixes.length === 0) continue;
        name ??= this.#name(start, end);
        const exact = holder.fields.get(name);
        if (exact !== undefined) take(exact);
        for (const { start: beginning, node: next } of holder.prefixes) if (name.startsWith(beginning)) take(next);
      }
      if (node.deep !== null) take(deepOnly(node.deep));
    }
    return found;
  }

  #name(start: number, end: number): string {
    // No mask is that long, so what is longer is no name to be masked.
    if (end - start > nameBytesMax) return '';
    let text = '';
    let isPlainName = true;
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] as number;
      if (byte === backslash || byte > 0x7f) isPlainName = false;
      text += String.fromCharCode(byte);
    }
    if (isPlainName) return text;
    try {
      const utf8 = decodeURIComponent(
        text.replace(/[%\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`),
      );
      return String(JSON.parse(`"${utf8}"`));
    } catch {
      // A broken escape: compared as it stands, no reader would take it for a declared name either.
      return text;
    }
  }

  #skipString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    this.#at = Math.min(at + 1, bytes.length);
  }

  /** Goes past one value, whatever is in it. */
  #skipValue(): void {
    let depth = 0;
    do {
      const byte = this.#bytes[this.#at] as number;
      if (byte === quote) this.#skipString();
      else if (byte === openObject || byte === openList) {
        depth += 1;
        this.#at += 1;
      } else if (byte === closeObject || byte === closeList) {
        depth -= 1;
        this.#at += 1;
      } else if (isFiller(byte)) this.#at += 1;
      else this.#skipPlain();
    } while (depth > 0 && this.#at < this.#bytes.length);
  }

  #skipPlain(): void {
    do this.#at += 1;
    while (this.#at < this.#bytes.length && isPlain(this.#bytes[this.#at] as number));
  }
}

/** Within an object before a name: there is no value yet. Told by identity. */
const awaitingKey: readonly MaskNode[] = [];

const none: readonly MaskNode[] = [];

function endsHere(nodes: readonly MaskNode[]): boolean {
  for (const node of nodes) if (node.isEnd) return true;
  return false;
}

function belowList(nodes: readonly MaskNode[]): readonly MaskNode[] {
  const found: MaskNode[] = [];
  for (const node of nodes) {
    if (node.items !== null) found.push(node.items);
    if (node.deep !== null) found.push(deepOnly(node.deep));
  }
  return found;
}

const carriers = new WeakMap<MaskNode, MaskNode>();

/** A node that only hands on what may come at any depth. */
function deepOnly(deep: MaskNode): MaskNode {
  const known = carriers.get(deep);
  if (known !== undefined) return known;
  const made: MaskNode = { ...maskNode(), deep };
  carriers.set(deep, made);
  return made;
}

function isFiller(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === comma || byte === 0x3a || byte === 0x1e;
}

function isPlain(byte: number): boolean {
  return !isFiller(byte) && byte !== quote && byte !== openObject && byte !== closeObject && byte !== openList && byte !== closeList;
}

/** Of the same JSON type where one can be made that tells nothing. */
function insteadOf(first: number, bytes: Uint8Array, start: number): string {
  if (first === quote) return '"***"';
  if (first === openObject) return '{}';
  if (first === openList) return '[]';
  if (first === 0x74 || first === 0x66) return 'false';
  return first === 0x6e && bytes[start + 1] === 0x75 ? 'null' : '0';
}

function replaced(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  let length = bytes.length;
  for (const { start, end, instead } of spans) length += instead.length - (end - start);
  const result = new Uint8Array(length);
  let from = 0;
  let to = 0;
  for (const { start, end, instead } of spans) {
    result.set(bytes.subarray(from, start), to);
    to += start - from;
    for (let at = 0; at < instead.length; at++) result[to + at] = instead.charCodeAt(at);
    to += instead.length;
    from = end;
  }
  result.set(bytes.subarray(from), to);
  return result;
}
