/** Finds the template a masked path fits: the strongest first, then literals before parameters, segment by segment, as routers do. */
import { parseTemplate, type TemplateSegment } from '../http/path-template.ts';
import { isShape } from '../http/segment.ts';

/** `/users/{id}/posts` with unnamed parameters: two templates that differ in parameter names only are one. */
export function unnamed(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}');
}

export function splitPath(path: string): string[] {
  const segments = path.split('/');
  if (segments[0] === '') segments.shift();
  if (segments.length > 0 && segments[segments.length - 1] === '') segments.pop();
  return segments;
}

/** Something declared for a method (`*` = any) and a template. */
export interface Declared {
  readonly method: string;
  readonly template: string;
}

interface End<T> {
  readonly entry: T;
  readonly strength: number;
}

/** A segment with a parameter and fixed text around it: `{id}.json`, `v{version}`. */
interface Mixed<T> {
  readonly text: string;
  readonly before: string;
  readonly after: string;
  readonly pattern: RegExp;
  readonly node: Node<T>;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  readonly mixed: Map<string, Mixed<T>>;
  /** `mixed` with the most fixed text first, which is the narrower template; null until asked for. */
  narrowest: readonly Mixed<T>[] | null;
  parameter: Node<T> | null;
  /** A final parameter that takes the rest of the path (`{path+}`, `{proxy*}`), by method. */
  readonly rest: Map<string, End<T>>;
  readonly ends: Map<string, End<T>>;
  /** The strongest that ends here or below, so that weaker branches are not walked. */
  strongest: number;
}

/**
 * Declared things by the segments of their templates. A look-up walks along the path only, however many templates there
 * are; it branches where a literal and a parameter both fit.
 */
export class TemplateTrie<T extends Declared> {
  readonly #root: Node<T> = node();

  /**
   * @param strength 0 is the strongest; of equals the more literal from the left wins, then the one bound to the method
   * @param segments of the entry's template
   */
  add(entry: T, strength = 0, segments: readonly TemplateSegment[] = parseTemplate(entry.template) ?? []): void {
    // A regular expression is no template; the bare root is.
    if (segments.length === 0 && splitPath(entry.template).length > 0) return;
    let at = this.#root;
    at.strongest = Math.min(at.strongest, strength);
    for (const [index, segment] of segments.entries()) {
      if (segment.kind === 'rest') {
        // A wildcard in the middle names no one place.
        if (index === segments.length - 1) end(at.rest, entry, strength);
        return;
      }
      at = stepInto(at, segment);
      at.strongest = Math.min(at.strongest, strength);
    }
    end(at.ends, entry, strength);
  }

  /** The best fit for a method (`*` = any) and the segments of a masked path (`{int}`) or of another template. */
  find(method: string, path: readonly string[]): T | null {
    let best: End<T> | null = null;
    const offer = (ends: ReadonlyMap<string, End<T>>): void => {
      const found = pick(ends, method);
      if (found !== null && (best === null || found.strength < best.strength)) best = found;
    };
    // What is walked first is the better fit, so what comes later must be stronger.
    const walk = (at: Node<T>, index: number): void => {
      if (best !== null && at.strongest >= best.strength) return;
      const text = path[index];
      if (text === undefined) {
        offer(at.ends);
        return;
      }
      const literal = at.literals.get(text);
      if (literal !== undefined) walk(literal, index + 1);
      if (at.mixed.size > 0) for (const option of narrowestOf(at)) if (fits(option, text)) walk(option.node, index + 1);
      if (at.parameter !== null) walk(at.parameter, index + 1);
      if (at.rest.size > 0) offer(at.rest);
    };
    walk(this.#root, 0);
    return (best as End<T> | null)?.entry ?? null;
  }
}

/** A look-up over declared things of one strength, by path text. */
export function templateMatcher<T extends Declared>(declared: readonly T[]): (method: string, path: string) => T | null {
  const trie = new TemplateTrie<T>();
  for (const entry of declared) trie.add(entry);
  return (method, path) => trie.find(method, splitPath(path));
}

function node<T>(): Node<T> {
  return {
    literals: new Map(),
    mixed: new Map(),
    narrowest: null,
    parameter: null,
    rest: new Map(),
    ends: new Map(),
    strongest: Number.POSITIVE_INFINITY,
  };
}

function stepInto<T>(at: Node<T>, segment: Exclude<TemplateSegment, { kind: 'rest' }>): Node<T> {
  if (segment.kind === 'parameter') {
    at.parameter ??= node();
    return at.parameter;
  }
  if (segment.kind === 'literal') {
    let next = at.literals.get(segment.text);
    if (next === undefined) {
      next = node();
      at.literals.set(segment.text, next);
    }
    return next;
  }
  const text = unnamed(segment.text);
  let held = at.mixed.get(text);
  if (held === undefined) {
    const parts = text.split('{}').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    held = { text, before: segment.before, after: segment.after, pattern: new RegExp(`^${parts.join('.+')}$`), node: node() };
    at.mixed.set(text, held);
    at.narrowest = null;
  }
  return held.node;
}

function narrowestOf<T>(at: Node<T>): readonly Mixed<T>[] {
  at.narrowest ??= [...at.mixed.values()].sort((a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1));
  return at.narrowest;
}

/** A mask hides the text between two parameters (`{base}...{head}`), so of a shape only what is outside is compared. */
function fits<T>(option: Mixed<T>, text: string): boolean {
  if (isShape(text) && option.before === '') return text.endsWith(option.after);
  return option.pattern.test(text);
}

/** Of two for one method the stronger stays, then the one whose text comes first, so that their order does not matter. */
function end<T extends Declared>(ends: Map<string, End<T>>, entry: T, strength: number): void {
  const held = ends.get(entry.method);
  if (held === undefined || strength < held.strength || (strength === held.strength && entry.template < held.entry.template))
    ends.set(entry.method, { entry, strength });
}

function pick<T>(ends: ReadonlyMap<string, End<T>>, method: string): End<T> | null {
  if (method === '*') {
    let best: End<T> | null = null;
    for (const held of ends.values()) if (best === null || held.strength < best.strength) best = held;
    return best;
  }
  const own = ends.get(method) ?? null;
  const any = ends.get('*') ?? null;
  if (own === null || any === null) return own ?? any;
  return any.strength < own.strength ? any : own;
}
