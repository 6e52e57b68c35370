/** Values by path pattern: templates (`/orders/{id}`), one segment (`*`) and everything below (`/admin/**`). */
import { type MixedSegment, mixedValues, parseMixedSegment } from '../http/mixed-segment.ts';
import { parseTemplate } from '../http/path-template.ts';

/** One step of a pattern: a literal, one segment of any text, or text around a parameter. */
type Step =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'mixed'; readonly segment: MixedSegment };

export interface PathPattern {
  readonly steps: readonly Step[];
  /** `/**` at the end: the path itself and all below it. */
  readonly isPrefix: boolean;
}

/** Reads a pattern; null when it is none: it does not begin with `/`, or holds `**` before its end. */
export function parsePathPattern(text: string): PathPattern | null {
  if (!text.startsWith('/')) return null;
  const parts = text.split('/').filter((part) => part !== '');
  const isPrefix = parts.at(-1) === '**';
  if (isPrefix) parts.pop();
  const steps: Step[] = [];
  for (const part of parts) {
    const [segment, ...more] = part === '*' ? [] : (parseTemplate(`/${part}`) ?? []);
    if (part === '*' || segment?.kind === 'parameter') steps.push({ kind: 'any' });
    else if (segment === undefined || more.length > 0 || segment.kind === 'rest') return null;
    else if (segment.kind === 'literal') steps.push({ kind: 'literal', text: segment.text });
    else steps.push({ kind: 'mixed', segment: parseMixedSegment(segment.text) });
  }
  return { steps, isPrefix };
}

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

  #stepInto(at: Node<T>, step: Step): Node<T> {
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
