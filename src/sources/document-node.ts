/** A value inside a document together with where it stands, so that whoever reads it can always say file and line. */
import type { StructuredDocument } from './structured-document.ts';
import type { TextPosition } from './text-position.ts';

export interface DocumentFile {
  /** Path as the user gave it, or relative to the file that refers to it. */
  readonly name: string;
  readonly document: StructuredDocument;
}

export class DocumentNode {
  readonly value: unknown;
  readonly file: DocumentFile;
  readonly #parent: DocumentNode | null;
  readonly #key: string;

  /** Nodes are made by the million for a large document, so the parts come one by one. */
  private constructor(value: unknown, file: DocumentFile, parent: DocumentNode | null, key: string) {
    this.value = value;
    this.file = file;
    this.#parent = parent;
    this.#key = key;
  }

  static root(file: DocumentFile): DocumentNode {
    return new DocumentNode(file.document.value, file, null, '');
  }

  get key(): string {
    return this.#key;
  }

  get exists(): boolean {
    return this.value !== undefined;
  }

  get isMap(): boolean {
    return this.value !== null && typeof this.value === 'object' && !Array.isArray(this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** Text, or a number or boolean as text; null for anything else and for what is absent. */
  get text(): string | null {
    if (typeof this.value === 'string') return this.value;
    return typeof this.value === 'number' || typeof this.value === 'boolean' ? String(this.value) : null;
  }

  /** A finite number, also when it is written as text; else null. */
  get number(): number | null {
    if (typeof this.value === 'number') return Number.isFinite(this.value) ? this.value : null;
    if (typeof this.value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(this.value)) return null;
    return Number(this.value);
  }

  /** The value of a member or item; undefined when there is none. */
  get(key: string): unknown {
    const { value } = this;
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[key];
  }

  /** The member or item of that name; a node without value when there is none. */
  child(key: string): DocumentNode {
    return new DocumentNode(this.get(key), this.file, this, key);
  }

  /** Whether the map has members of its own invention (`x-...`): most have none, and then none need be asked for. */
  get hasExtensions(): boolean {
    if (!this.isMap) return false;
    for (const key in this.value as object) if (key.charCodeAt(0) === 0x78 && key.charCodeAt(1) === 0x2d) return true;
    return false;
  }

  /** Follows several keys. */
  at(...keys: readonly string[]): DocumentNode {
    return keys.reduce((node: DocumentNode, key) => node.child(key), this);
  }

  /** Members of a map in document order; none for anything else. */
  members(): DocumentNode[] {
    return this.isMap ? Object.keys(this.value as object).map((key) => this.child(key)) : [];
  }

  /** Items of a list; none for anything else. */
  items(): DocumentNode[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.child(String(index))) : [];
  }

  /** Items of a list that are text; a single text counts as a list of one. */
  texts(): string[] {
    if (typeof this.value === 'string') return [this.value];
    return this.items().flatMap(({ text }) => (text === null ? [] : [text]));
  }

  has(key: string): boolean {
    return this.value !== null && typeof this.value === 'object' && Object.hasOwn(this.value, key);
  }

  get position(): TextPosition {
    return this.file.document.positionOf(this.#pointer());
  }

  get place(): { readonly file: string; readonly line: number } {
    return { file: this.file.name, line: this.position.line };
  }

  #pointer(): string[] {
    const keys: string[] = [];
    for (let node: DocumentNode = this; node.#parent !== null; node = node.#parent) keys.push(node.#key);
    return keys.reverse();
  }
}
