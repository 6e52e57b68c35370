/** The measures of a GraphQL document that abuse shows in, taken in one pass over its tokens. */

/** Tokens read of one document. */
const TOKENS_MAX = 20_000;
/** Levels followed: what is deeper needs no further measure. */
const LEVELS_MAX = 200;

export interface GraphqlMeasures {
  readonly depth: number;
  /** Most names that one field goes by within one selection. */
  readonly aliases: number;
  /** Most times one field stands in one selection without a name of its own. */
  readonly repeats: number;
  /** Most directives on one field. */
  readonly directives: number;
  readonly operations: number;
  readonly isCircular: boolean;
  readonly isIntrospection: boolean;
  /** A string argument holds an object of operators or dotted names: a query in the language of a database. */
  readonly hasOperatorText: boolean;
}

interface Level {
  readonly fields: Map<string, number>;
  readonly aliases: Map<string, number>;
}

const token = /"""[^"]{0,100000}"""|"(?:[^"\\\n]|\\.){0,20000}"|#[^\n]*|[_A-Za-z][_0-9A-Za-z]*|\.\.\.|-?\d[\w.+-]*|[{}()[\]:!$@=|&]/g;

/** Null when the braces never open: not a document. */
export function readDocument(text: string): GraphqlMeasures | null {
  const words = tokensOf(text);
  const levels: Level[] = [];
  let depth = 0;
  let aliases = 0;
  let repeats = 0;
  let directives = 0;
  let run = 0;
  let operations = 0;
  let isIntrospection = false;
  let hasOperatorText = false;
  let fragment: string | null = null;
  const spreads = new Map<string, Set<string>>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (levels.length === 0) {
      if (word === 'query' || word === 'mutation' || word === 'subscription') operations++;
      else if (word === 'fragment') {
        fragment = words[at + 1] ?? '';
        spreads.set(fragment, spreads.get(fragment) ?? new Set());
        if (/^__(?:Type|Schema|Field|InputValue|EnumValue|Directive)$/.test(words[at + 3] ?? '')) isIntrospection = true;
      }
    }
    if (word === '(') {
      const close = closing(words, at);
      for (let inside = at; inside < close; inside++) {
        const argument = words[inside] as string;
        if (
          argument.startsWith('"') &&
          /\{\s{0,8}\\?["']?\s{0,4}(?:\$[a-z]{2,12}|[a-zA-Z_]\w{0,40}\.[a-zA-Z_]\w{0,40})\\?["']?\s{0,4}:/.test(argument)
        )
          hasOperatorText = true;
      }
      at = close;
      continue;
    }
    if (word === '{') {
      levels.push({ fields: new Map(), aliases: new Map() });
      if (levels.length > depth) depth = levels.length;
      if (depth > LEVELS_MAX) break;
      run = 0;
    } else if (word === '}') {
      levels.pop();
      run = 0;
      if (levels.length === 0) fragment = null;
    } else if (word === '@') {
      run++;
      if (run > directives) directives = run;
      at++;
    } else if (word === '...') {
      run = 0;
      const next = words[at + 1];
      if (next === 'on') at += 2;
      else if (next !== undefined && /^[_A-Za-z]/.test(next)) {
        if (fragment !== null) spreads.get(fragment)?.add(next);
        at++;
      }
    } else if (/^[_A-Za-z]/.test(word) && levels.length > 0) {
      run = 0;
      const level = levels[levels.length - 1] as Level;
      const isAlias = words[at + 1] === ':';
      const field = isAlias ? (words[at + 2] ?? '') : word;
      const counted = isAlias ? level.aliases : level.fields;
      const count = (counted.get(field) ?? 0) + 1;
      counted.set(field, count);
      if (isAlias) {
        if (count > aliases) aliases = count;
        at += 2;
      } else if (count > repeats) repeats = count;
      if (field === '__schema') isIntrospection = true;
      else if (field === '__type' && words[at + 1] === '(') isIntrospection = true;
    }
  }
  return depth === 0
    ? null
    : { depth, aliases, repeats, directives, operations, isCircular: hasRing(spreads), isIntrospection, hasOperatorText };
}

function tokensOf(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(token)) {
    const word = match[0];
    if (word.charCodeAt(0) === 35) continue;
    words.push(word);
    if (words.length >= TOKENS_MAX) break;
  }
  return words;
}

function closing(words: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < words.length; at++) {
    if (words[at] === '(') depth++;
    else if (words[at] === ')' && --depth === 0) return at;
  }
  return words.length;
}

/** Whether any fragment reaches itself; each is visited once. */
function hasRing(spreads: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const done = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): boolean => {
    if (open.has(name)) return true;
    if (done.has(name) || open.size > 200) return false;
    open.add(name);
    for (const next of spreads.get(name) ?? []) if (visit(next)) return true;
    open.delete(name);
    done.add(name);
    return false;
  };
  for (const name of spreads.keys()) if (visit(name)) return true;
  return false;
}
