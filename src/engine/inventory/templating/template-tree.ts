/**
 * The learned templates as a tree: at each node the literals that stand as they are, and the parameters, one for each
 * literal tail (`{id}`, `{id}:cancel`). Built top down, so that a parameter is decided before what hangs below it.
 */
import { isShape, splitExtension } from '../../http/segment.ts';
import { judgeChildren, parentKindOf } from './literal-or-value.ts';
import type { Place, ServiceKnowledge } from './segment-knowledge.ts';
import { type Leaf, type TrieNode, unite } from './trie.ts';

export interface TemplateNode {
  /** The literal, or the parameter's tail (``, `:cancel`, `.json`) when `parameter` is set. */
  readonly text: string;
  readonly parameter: ParameterFacts | null;
  readonly literals: ReadonlyMap<string, TemplateNode>;
  /** By tail. */
  readonly parameters: ReadonlyMap<string, TemplateNode>;
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** Log-odds that this segment was judged rightly, the weaker of literal and value. */
  readonly margin: number;
}

export interface ParameterFacts {
  /** Shapes seen with requests; `word` for literals folded. */
  readonly shapes: ReadonlyMap<string, number>;
  /** Literals that were folded, without their tails. */
  readonly words: readonly string[];
  /** Distinct values, a lower bound. */
  readonly valuesMin: number;
  readonly echoes: ReadonlyMap<string, number>;
}

/** `:cancel` of `{int}:cancel`; empty when there is none. */
export function verbTail(text: string): string {
  return /[^:](:[a-z][A-Za-z]{2,40})$/.exec(text)?.[1] ?? '';
}

/** Builds the template tree below one trie node; `note` hears each word's fate, for the next round. */
export function buildTree(
  node: TrieNode,
  place: Place & { readonly parameter: ParameterFacts | null; readonly margin: number; readonly depth: number },
  knowledge: ServiceKnowledge,
  note: (word: string, score: number) => void,
): TemplateNode {
  const judged = judgeChildren(node, place, knowledge);
  const literals = new Map<string, TemplateNode>();
  const groups = new Map<string, { texts: string[]; margin: number }>();
  for (const text of [...node.children.keys()].sort()) {
    const child = node.children.get(text);
    const score = judged.get(text) ?? 0;
    if (child === undefined) continue;
    if (score <= 0) {
      note(text, score);
      literals.set(
        text,
        buildTree(
          child,
          {
            text,
            parameter: null,
            margin: -score,
            kind: parentKindOf(knowledge.words.of(text), place.depth + 1, place.kind),
            depth: place.depth + 1,
            inSite: place.inSite || (place.depth === 0 && knowledge.isSite(text)),
          },
          knowledge,
          note,
        ),
      );
      continue;
    }
    if (!isShape(text)) note(text, score);
    const tail = verbTail(text);
    const group = groups.get(tail);
    if (group === undefined) groups.set(tail, { texts: [text], margin: score });
    else {
      group.texts.push(text);
      group.margin = Math.min(group.margin, score);
    }
  }
  const parameters = new Map<string, TemplateNode>();
  for (const [tail, group] of groups) {
    const parts = group.texts.flatMap((text) => node.children.get(text) ?? []);
    const facts = factsOf(node, group.texts, tail);
    const extension = tail === '' ? commonExtension(group.texts) : '';
    const name = tail + extension;
    parameters.set(
      name,
      buildTree(
        unite(parts),
        { text: name, parameter: facts, margin: group.margin, kind: 'parameter', depth: place.depth + 1, inSite: place.inSite },
        knowledge,
        note,
      ),
    );
  }
  const leaves = new Map(node.leaves.map((leaf) => [leaf.method, leaf]));
  return { text: place.text, parameter: place.parameter, literals, parameters, leaves, margin: place.margin };
}

function factsOf(node: TrieNode, texts: readonly string[], tail: string): ParameterFacts {
  const shapes = new Map<string, number>();
  const echoes = new Map<string, number>();
  const words: string[] = [];
  let valuesMin = 0;
  for (const text of texts) {
    const child = node.children.get(text);
    if (child === undefined) continue;
    const shape = isShape(text) ? (/^\{([^}]*)\}/.exec(text)?.[1] ?? 'key') : 'word';
    shapes.set(shape, (shapes.get(shape) ?? 0) + child.count);
    if (shape === 'word') words.push(tail === '' ? text : text.slice(0, -tail.length));
    valuesMin += Math.max(1, child.valuesMin);
    for (const [name, n] of child.echoes) echoes.set(name, (echoes.get(name) ?? 0) + n);
  }
  return { shapes, words, valuesMin, echoes };
}

/** `.json` when every value ends so: then it belongs to the interface, not to the value. */
function commonExtension(texts: readonly string[]): string {
  let common: string | null = null;
  for (const text of texts) {
    const found = isShape(text) ? (/^\{[^}]*\}(\.[a-z0-9]+)$/.exec(text)?.[1] ?? '') : `.${splitExtension(text)?.extension ?? ''}`;
    if (text.startsWith('{unset}') && found === '') continue;
    if (common !== null && common !== found) return '';
    common = found;
  }
  return common !== null && /^\.(json|xml)$/.test(common) ? common : '';
}

/** Leads a masked path through the tree; literals first. */
export function findNode(root: TemplateNode, segments: readonly string[], method: string | null): TemplateNode | null {
  const walk = (node: TemplateNode, at: number): TemplateNode | null => {
    const text = segments[at];
    if (text === undefined) return method === null || node.leaves.has(method) ? node : null;
    const literal = node.literals.get(text);
    if (literal !== undefined) {
      const found = walk(literal, at + 1);
      if (found !== null) return found;
    }
    const tail = verbTail(text);
    for (const [name, parameter] of node.parameters) {
      if (name.startsWith(':') ? name !== tail : tail !== '' && node.parameters.has(tail)) continue;
      if (name.startsWith('.') && !text.endsWith(name) && !text.startsWith('{unset}')) continue;
      const found = walk(parameter, at + 1);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(root, 0);
}
