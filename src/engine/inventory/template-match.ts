/** Finds the template a masked path fits: literals before parameters, segment by segment, as routers do. */

/** `/users/{id}/posts` with unnamed parameters: two templates that differ in parameter names only are one. */
export function unnamed(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}');
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  /** Segments with a parameter and fixed text around it: `{id}.json`, `v{version}`. */
  readonly mixed: { readonly pattern: RegExp; readonly text: string; readonly node: Node<T> }[];
  parameter: Node<T> | null;
  /** A final parameter that takes the rest of the path (`{path+}`, `{proxy*}`). */
  rest: Map<string, T> | null;
  readonly ends: Map<string, T>;
}

/**
 * A matcher over declared things with `method` (`*` = any) and `template`. The function takes a method (`*` = any)
 * and a path whose masked segments look like `{int}`; it answers the best fit or null. Linear in the path's length but
 * for branches where a literal and a parameter both fit.
 */
export function templateMatcher<T extends { readonly method: string; readonly template: string }>(
  declared: readonly T[],
): (method: string, path: string) => T | null {
  const root: Node<T> = node();
  for (const entry of declared) insert(root, entry);
  return (method, path) => find(root, splitPath(path), 0, method);
}

export function splitPath(path: string): string[] {
  const segments = path.split('/');
  if (segments[0] === '') segments.shift();
  if (segments.length > 0 && segments[segments.length - 1] === '') segments.pop();
  return segments;
}

function node<T>(): Node<T> {
  return { literals: new Map(), mixed: [], parameter: null, rest: null, ends: new Map() };
}

function insert<T extends { readonly method: string; readonly template: string }>(root: Node<T>, entry: T): void {
  let at = root;
  const segments = splitPath(entry.template);
  for (const [index, segment] of segments.entries()) {
    if (index === segments.length - 1 && /^\{[^}]*[+*]\}$/.test(segment)) {
      at.rest ??= new Map();
      if (!at.rest.has(entry.method)) at.rest.set(entry.method, entry);
      return;
    }
    if (/^\{[^}]*\}$/.test(segment)) at = at.parameter ??= node();
    else if (segment.includes('{')) {
      const text = unnamed(segment);
      let found = at.mixed.find((option) => option.text === text);
      if (found === undefined) {
        const pattern = new RegExp(
          `^${text
            .split('{}')
            .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
            .join('.+')}$`,
        );
        found = { pattern, text, node: node() };
        at.mixed.push(found);
        // More fixed text is the narrower template: it is tried first.
        at.mixed.sort((a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1));
      }
      at = found.node;
    } else {
      let next = at.literals.get(segment);
      if (next === undefined) {
        next = node();
        at.literals.set(segment, next);
      }
      at = next;
    }
  }
  if (!at.ends.has(entry.method)) at.ends.set(entry.method, entry);
}

function find<T>(at: Node<T>, segments: readonly string[], index: number, method: string): T | null {
  const segment = segments[index];
  if (segment === undefined) return pick(at.ends, method);
  const literal = at.literals.get(segment);
  if (literal !== undefined) {
    const found = find(literal, segments, index + 1, method);
    if (found !== null) return found;
  }
  for (const option of at.mixed) {
    if (!option.pattern.test(segment)) continue;
    const found = find(option.node, segments, index + 1, method);
    if (found !== null) return found;
  }
  if (at.parameter !== null) {
    const found = find(at.parameter, segments, index + 1, method);
    if (found !== null) return found;
  }
  return at.rest === null ? null : pick(at.rest, method);
}

function pick<T>(ends: Map<string, T>, method: string): T | null {
  if (method === '*') return ends.values().next().value ?? null;
  return ends.get(method) ?? ends.get('*') ?? null;
}
