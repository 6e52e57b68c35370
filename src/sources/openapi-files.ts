/** One OpenAPI document with the files beside it that it refers to, and references resolved inside that set only. */
import { createHash } from 'node:crypto';
import { type DocumentFile, DocumentNode } from './document-node.ts';
import type { Input } from './source.ts';
import { decodeText, readStructured } from './structured-document.ts';

/** Files that one document may pull in, and their bytes together. */
const filesMax = 500;
const filesBytesMax = 64 * 1024 * 1024;
/** References followed from one place before it is called a cycle. */
const hopsMax = 64;

export type ReferenceTrouble = 'dangling' | 'cycle' | 'remote' | 'unreadable';

export interface Resolution {
  readonly node: DocumentNode | null;
  readonly trouble: ReferenceTrouble | null;
  /** The reference that could not be followed, or was followed last; null when there was none. */
  readonly reference: string | null;
}

export class OpenapiFiles {
  readonly root: DocumentFile;
  readonly #files: ReadonlyMap<string, DocumentFile>;
  readonly #anchors = new Map<string, DocumentNode>();
  /** Targets of references by the file they stand in: documents refer to the same few parts over and over. */
  readonly #targets = new Map<DocumentFile, Map<string, DocumentNode>>();
  readonly digest: string;

  private constructor(root: DocumentFile, files: ReadonlyMap<string, DocumentFile>, digest: string) {
    this.root = root;
    this.#files = files;
    this.digest = digest;
  }

  /** Reads the files that the text of `root` refers to, and those that they refer to; unreadable ones are left out. */
  static async load(input: Input, root: DocumentFile, text: string): Promise<OpenapiFiles> {
    const files = new Map<string, DocumentFile>();
    const hash = createHash('sha256').update(text);
    const waiting = referredFiles(text, '');
    const tried = new Set<string>();
    let bytes = 0;
    for (let name = waiting.pop(); name !== undefined && tried.size < filesMax; name = waiting.pop()) {
      if (tried.has(name)) continue;
      tried.add(name);
      const content = await siblingText(input, name);
      if (content === null || bytes + content.length > filesBytesMax) continue;
      bytes += content.length;
      hash.update(`\n${name}\n`).update(content);
      files.set(name, { name: besideName(input.name, name), document: readStructured(content) });
      waiting.push(...referredFiles(content, name));
    }
    return new OpenapiFiles(root, files, hash.digest('hex'));
  }

  /** Files other than the root, for their own syntax problems. */
  get others(): readonly DocumentFile[] {
    return [...this.#files.values()];
  }

  /** Follows `$ref` until a value without one. A node without `$ref` is its own resolution. */
  resolve(from: DocumentNode): Resolution {
    let node = from;
    let reference: string | null = null;
    for (let hop = 0; hop < hopsMax; hop++) {
      const next = node.isMap ? node.get('$ref') : undefined;
      if (typeof next !== 'string') return { node, trouble: null, reference };
      reference = next;
      const target = this.#target(node, next);
      if (typeof target === 'string') return { node: null, trouble: target, reference };
      node = target;
    }
    return { node: null, trouble: 'cycle', reference };
  }

  #target(from: DocumentNode, reference: string): DocumentNode | ReferenceTrouble {
    const targets = this.#targets.get(from.file) ?? new Map<string, DocumentNode>();
    const known = targets.get(reference);
    if (known !== undefined) return known;
    const found = this.#findTarget(from, reference);
    if (typeof found === 'string') return found;
    targets.set(reference, found);
    this.#targets.set(from.file, targets);
    return found;
  }

  #findTarget(from: DocumentNode, reference: string): DocumentNode | ReferenceTrouble {
    const hash = reference.indexOf('#');
    const path = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? '' : reference.slice(hash + 1);
    if (isRemote(path)) return 'remote';
    const file = path === '' ? from.file : this.#fileBeside(from.file, path);
    if (file === null) return 'unreadable';
    const node = this.#at(DocumentNode.root(file), fragment);
    return node?.exists === true ? node : 'dangling';
  }

  #at(root: DocumentNode, fragment: string): DocumentNode | null {
    if (fragment === '' || fragment === '/') return root;
    if (!fragment.startsWith('/')) return this.#anchors.get(`${root.file.name}#${fragment}`) ?? null;
    let node = root;
    for (const part of fragment.slice(1).split('/')) {
      const key = unescapePart(part);
      node = node.has(key) ? node.child(key) : node.child(part);
      if (!node.exists) return null;
    }
    return node;
  }

  #fileBeside(file: DocumentFile, path: string): DocumentFile | null {
    const base = [...this.#files].find(([, known]) => known === file)?.[0] ?? '';
    const name = joinNames(base, path);
    if (name === null) return null;
    if (besideName(this.root.name, name) === this.root.name) return this.root;
    return this.#files.get(name) ?? null;
  }

  /** Remembers a schema's `$anchor`, met by whoever walks the whole document. */
  addAnchor(node: DocumentNode, anchor: string): void {
    this.#anchors.set(`${node.file.name}#${anchor}`, node);
  }
}

function isRemote(path: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]+:|\/\/)/i.test(path);
}

/** Names of files in `$ref`s of a text, relative to the root document's folder. A name too many costs one failed read. */
function referredFiles(text: string, from: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(/\$ref["']?\s*:\s*(?:"([^"#\n]+)|'([^'#\n]+)|([^"'#\s{}[\],]+))/g)) {
    const path = (match[1] ?? match[2] ?? match[3] ?? '').trim();
    const name = isRemote(path) ? null : joinNames(from, path);
    if (name !== null) names.add(name);
    if (names.size > filesMax) break;
  }
  return [...names];
}

/** `path` as seen from the file `base`, with dot segments taken out; null when it is absolute. The input judges leading `..`. */
function joinNames(base: string, path: string): string | null {
  const decoded = unescapePercent(path);
  if (decoded.startsWith('/') || decoded.includes('\\') || decoded.includes('\0')) return null;
  const parts = base.split('/').slice(0, -1);
  for (const part of decoded.split('/')) {
    if (part === '.' || part === '') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length === 0 || parts.at(-1) === '..') parts.push('..');
    else parts.pop();
  }
  return parts.join('/');
}

function besideName(root: string, name: string): string {
  const folder = root.lastIndexOf('/');
  return folder < 0 ? name : `${root.slice(0, folder)}/${name}`;
}

async function siblingText(input: Input, name: string): Promise<string | null> {
  try {
    return decodeText(await input.sibling(name));
  } catch {
    // Any failure means the same here: the reference stays unresolved, and whoever follows it reports that with its place.
    return null;
  }
}

function unescapePart(part: string): string {
  if (!part.includes('%') && !part.includes('~')) return part;
  return unescapePercent(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

function unescapePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
