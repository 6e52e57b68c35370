/**
 * The masked paths of one service as a tree of segments, with what each node saw. Nodes of values of one parameter are
 * united into one, so that what hangs below them is learned from all of them together.
 */
import type { PathStat } from '../path-stat.ts';

export interface Leaf {
  readonly method: string;
  /** Indexes of the paths that end here. */
  readonly paths: number[];
  count: number;
  ok: number;
  /** null = no response body was seen. */
  responseShapes: Set<string> | null;
}

export interface TrieNode {
  children: Map<string, TrieNode>;
  /** One for each method. */
  leaves: Leaf[];
  /** Requests through or to this node. */
  count: number;
  /** Requests through or to this node answered 2xx or 3xx. */
  ok: number;
  /** Keys that echoed this node's segment, with counts. */
  echoes: Map<string, number>;
  /** Distinct values behind a shape, as counted per path; the largest is a lower bound. */
  valuesMin: number;
  /** Different values of the segment before this one that led here, a lower bound. */
  parents: number;
  /** When values were united here: how many requests each had, largest first. */
  parts: readonly Part[];
  /** Endings of paths below, as hashes; filled on demand. */
  tails: readonly Tail[] | null;
}

/** `values` values of a parameter that had `count` requests together. */
export interface Part {
  readonly count: number;
  readonly values: number;
}

/** One way a path goes on below a node. `weight` is how telling it is: literal words tell more than parameters. */
export interface Tail {
  readonly hash: number;
  readonly weight: number;
  /** Requests that went this way. */
  readonly count: number;
}

const tailsMax = 160;
const partsMax = 64;

// Most nodes have no children, echoes or parts; they share these, which nobody writes to.
const noChildren = new Map<string, TrieNode>();
const noEchoes = new Map<string, number>();
const noLeaves: Leaf[] = [];
const noParts: readonly Part[] = [];

export function emptyNode(): TrieNode {
  return {
    children: noChildren,
    leaves: noLeaves,
    count: 0,
    ok: 0,
    echoes: noEchoes,
    valuesMin: 0,
    parents: 0,
    parts: noParts,
    tails: null,
  };
}

function addEcho(node: TrieNode, name: string, count: number): void {
  if (node.echoes === noEchoes) node.echoes = new Map();
  node.echoes.set(name, (node.echoes.get(name) ?? 0) + count);
}

function leafOf(node: TrieNode, method: string): Leaf {
  for (const leaf of node.leaves) if (leaf.method === method) return leaf;
  const leaf: Leaf = { method, paths: [], count: 0, ok: 0, responseShapes: null };
  if (node.leaves === noLeaves) node.leaves = [leaf];
  else node.leaves.push(leaf);
  return leaf;
}

function addResponseShape(leaf: Leaf, shape: string): void {
  leaf.responseShapes ??= new Set();
  leaf.responseShapes.add(shape);
}

export function addPath(root: TrieNode, stat: PathStat, index: number): void {
  let node = root;
  node.count += stat.count;
  node.ok += stat.ok;
  stat.segments.forEach((text, at) => {
    let next = node.children.get(text);
    if (next === undefined) {
      next = emptyNode();
      if (node.children === noChildren) node.children = new Map();
      node.children.set(text, next);
    }
    node = next;
    node.count += stat.count;
    node.ok += stat.ok;
    node.valuesMin = Math.max(node.valuesMin, stat.values[at]?.estimate ?? 1);
    node.parents = Math.max(node.parents, at === 0 ? 1 : (stat.values[at - 1]?.estimate ?? 1));
    const names = stat.echoes[at];
    if (names !== undefined) for (const name in names) addEcho(node, name, names[name] ?? 0);
  });
  const leaf = leafOf(node, stat.method);
  leaf.paths.push(index);
  leaf.count += stat.count;
  leaf.ok += stat.ok;
  for (const shape in stat.responseShapes) addResponseShape(leaf, shape);
}

/** One node out of many: children of the same text are united too. The parts must not be used afterwards. */
export function unite(parts: readonly TrieNode[]): TrieNode {
  if (parts.length === 1 && parts[0] !== undefined) {
    parts[0].tails = null;
    parts[0].parts = partsOf(parts);
    return parts[0];
  }
  const whole = emptyNode();
  whole.parts = partsOf(parts);
  const below = new Map<string, TrieNode[]>();
  for (const part of parts) {
    whole.count += part.count;
    whole.ok += part.ok;
    whole.valuesMin += part.valuesMin;
    whole.parents += part.parents;
    for (const [name, n] of part.echoes) addEcho(whole, name, n);
    for (const leaf of part.leaves) {
      const held = leafOf(whole, leaf.method);
      for (const path of leaf.paths) held.paths.push(path);
      held.count += leaf.count;
      held.ok += leaf.ok;
      if (leaf.responseShapes !== null) for (const shape of leaf.responseShapes) addResponseShape(held, shape);
    }
    for (const [text, child] of part.children) {
      const group = below.get(text);
      if (group === undefined) below.set(text, [child]);
      else group.push(child);
    }
  }
  if (below.size > 0) whole.children = new Map();
  for (const [text, group] of below) whole.children.set(text, unite(group));
  return whole;
}

function partsOf(nodes: readonly TrieNode[]): Part[] {
  const parts = nodes.map((node) => ({ count: node.count, values: Math.max(1, node.valuesMin) }));
  parts.sort((a, b) => b.count - a.count || a.values - b.values);
  return parts.slice(0, partsMax);
}

export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

export function mixHash(head: number, tail: number): number {
  let hash = Math.imul(head ^ Math.imul(tail, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 13;
  return Math.imul(hash, 0xc2b2ae35) >>> 0;
}

/**
 * How paths go on below a node, its own endings included. `abstracted` gives a segment's stand-in: itself when it is a
 * word of the interface, `*` when it is or may be a value. The smallest hashes are kept when there are too many, so
 * that two subtrees with the same endings keep the same ones.
 */
export function tailsOf(node: TrieNode, abstracted: (text: string) => string): readonly Tail[] {
  if (node.tails !== null) return node.tails;
  const tails = new Map<number, Tail>();
  for (const leaf of node.leaves) {
    const hash = hashOf(`=${leaf.method}`);
    tails.set(hash, { hash, weight: 0, count: leaf.count });
  }
  for (const [text, child] of node.children) {
    const stand = abstracted(text);
    const head = hashOf(stand);
    for (const tail of tailsOf(child, abstracted)) {
      const hash = mixHash(head, tail.hash);
      const weight = stand === '*' ? Math.max(0.2, tail.weight * 0.7) : stand === 'v*' ? 0.3 : 1;
      const held = tails.get(hash);
      tails.set(hash, { hash, weight: Math.max(held?.weight ?? 0, weight), count: (held?.count ?? 0) + tail.count });
    }
  }
  let list = [...tails.values()];
  if (list.length > tailsMax) list = list.sort((a, b) => a.hash - b.hash).slice(0, tailsMax);
  node.tails = list;
  return list;
}
