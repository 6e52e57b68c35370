/** Values by path pattern. */
import { type MixedSegment, mixedValues } from '../http/mixed-segment.ts';
import type { PathPattern, PatternStep } from '../http/path-pattern.ts';

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  readonly mixed: { readonly segment: MixedSegment; readonly node: Node<T> }[];
  any: Node<T> | null;
  readonly here: T[];
  readonly below: T[];
}

/**
 * A look-up walks along the path, whatever the number of patterns. Letters match without regard to case where that is the
 * safe side: many servers route `/Admin` like `/admin`, so a rule that protects must not be passed by spelling; an
 * entry that lets through is matched exactly.
 */
export class PathIndex<T> {
  readonly #root: Node<T> = emptyNode();
  readonly #isCaseExact: boolean;

  constructor({ isCaseExact }: { readonly isCaseExact: boolean }) {
    this.#isCaseExact = isCaseExact;
  }

  add({ steps, isPrefix }: PathPattern, value: T): void {
    let at = this.#root;
    for (const step of steps) at = this.#stepInto(at, step);
    (isPrefix ? at.below : at.here).push(value);
  }

  /** Calls `found` for each value whose pattern fits the decoded segments; a value comes once for each pattern it was added with. */
  find(segments: readonly string[], found: (value: T) => void): void {
    this.#walk(this.#root, segments, 0, found);
  }

  #walk(at: Node<T>, segments: readonly string[], index: number, found: (value: T) => void): void {
    for (const value of at.below) found(value);
    const raw = segments[index];
    if (raw === undefined) {
      for (const value of at.here) found(value);
      return;
    }
    const text = this.#isCaseExact ? raw : raw.toLowerCase();
    const literal = at.literals.get(text);
    if (literal !== undefined) this.#walk(literal, segments, index + 1, found);
    for (const option of at.mixed) if (mixedValues(option.segment, text) !== null) this.#walk(option.node, segments, index + 1, found);
    if (at.any !== null) this.#walk(at.any, segments, index + 1, found);
  }

  #stepInto(at: Node<T>, step: PatternStep): Node<T> {
    if (step.kind === 'any') {
      at.any ??= emptyNode();
      return at.any;
    }
    if (step.kind === 'mixed') {
      const node = emptyNode<T>();
      const literals = this.#isCaseExact ? step.segment.literals : step.segment.literals.map((literal) => literal.toLowerCase());
      at.mixed.push({ segment: { ...step.segment, literals }, node });
      return node;
    }
    const text = this.#isCaseExact ? step.text : step.text.toLowerCase();
    const next = at.literals.get(text) ?? emptyNode<T>();
    at.literals.set(text, next);
    return next;
  }
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), mixed: [], any: null, here: [], below: [] };
}
