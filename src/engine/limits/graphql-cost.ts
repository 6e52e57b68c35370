/**
 * What a GraphQL request costs, from its text alone: each root field as a request of its own (aliases and batches repeat
 * work in one call), and the objects it may ask for below, list sizes multiplied, a hundredth each.
 */
import type { JsonValue } from '../http/exchange.ts';

/** A mutation's root fields cost as much as other writes do. */
const MUTATION_FIELD = 3;
const OBJECT = 0.01;
const CHARS_MAX = 200_000;
const TOKENS_MAX = 20_000;
const DEPTH_MAX = 64;
/** Fields looked at, expanded fragments included. */
const FIELDS_MAX = 100_000;
const BATCH_MAX = 1000;
/** What cannot be counted within the bounds above, and the most anything costs. */
export const GRAPHQL_COST_MAX = 1_000_000;

const SIZES = new Set([
  'first',
  'last',
  'limit',
  'take',
  'top',
  'count',
  'size',
  'pageSize',
  'perPage',
  'per_page',
  'page_size',
  'maxResults',
]);
const TOKEN = /"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[_A-Za-z][_0-9A-Za-z]*|-?\d[\d.eE+-]*|\.\.\.|[{}()[\]:!$@=|&]/g;

interface Reader {
  readonly tokens: readonly string[];
  readonly variables: { readonly [name: string]: JsonValue };
  readonly defaults: Map<string, number>;
  /** Place of each fragment's opening brace. */
  readonly fragments: Map<string, number>;
  at: number;
  fields: number;
}

/** @param body the parsed JSON body: `{query, variables, operationName}` or a batch of those; anything else costs 1 */
export function graphqlCost(body: JsonValue | undefined): number {
  const requests: readonly JsonValue[] = Array.isArray(body) ? body : body === undefined ? [] : [body];
  if (requests.length > BATCH_MAX) return GRAPHQL_COST_MAX;
  let cost = 0;
  for (const request of requests) cost += Math.max(1, requestCost(request));
  return Math.min(GRAPHQL_COST_MAX, Math.max(1, Math.ceil(cost)));
}

function requestCost(request: JsonValue): number {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return 1;
  const { query, variables, operationName } = request as { readonly [name: string]: JsonValue };
  if (typeof query !== 'string') return 1;
  if (query.length > CHARS_MAX) return GRAPHQL_COST_MAX;
  const tokens = (query.match(TOKEN) ?? []).filter((token) => !token.startsWith('#'));
  if (tokens.length > TOKENS_MAX) return GRAPHQL_COST_MAX;
  const known = typeof variables === 'object' && variables !== null && !Array.isArray(variables);
  const reader: Reader = {
    tokens,
    variables: known ? (variables as { readonly [name: string]: JsonValue }) : {},
    defaults: new Map(),
    fragments: new Map(),
    at: 0,
    fields: 0,
  };
  return documentCost(reader, typeof operationName === 'string' ? operationName : null);
}

interface Definition {
  readonly kind: string;
  readonly name: string | null;
  readonly open: number;
}

/** The operation that will run; the dearest when none is named. */
function documentCost(reader: Reader, wanted: string | null): number {
  const operations = definitions(reader);
  const named = operations.filter(({ name }) => wanted === null || name === wanted);
  let dearest = 1;
  for (const { kind, open } of named.length > 0 ? named : operations) {
    reader.at = open;
    reader.fields = 0;
    dearest = Math.max(dearest, selectionCost(reader, 1, 0, kind === 'mutation' ? MUTATION_FIELD : 1));
  }
  return dearest;
}

function definitions(reader: Reader): Definition[] {
  const { tokens } = reader;
  const found: Definition[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const kind = tokens[at] as string;
    const isShort = kind === '{';
    const next = tokens[at + 1];
    const name = !isShort && next !== undefined && /^[_A-Za-z]/.test(next) ? next : null;
    if (!isShort && tokens[at + (name === null ? 1 : 2)] === '(') readDefaults(reader, at);
    let open = at;
    while (open < tokens.length && tokens[open] !== '{') open = tokens[open] === '(' ? closing(tokens, open) + 1 : open + 1;
    if (open >= tokens.length) break;
    if (kind === 'fragment' && name !== null) reader.fragments.set(name, open);
    else found.push({ kind: isShort ? 'query' : kind, name, open });
    at = closing(tokens, open);
  }
  return found;
}

/** `($n: Int = 100)`: sizes that count when the request sets no variable. */
function readDefaults({ tokens, defaults }: Reader, from: number): void {
  const open = tokens.indexOf('(', from);
  const end = closing(tokens, open);
  let name = '';
  for (let at = open; at < end; at++) {
    if (tokens[at] === '$') name = tokens[at + 1] ?? '';
    else if (tokens[at] === '=') defaults.set(name, Number(tokens[at + 1]));
  }
}

/** Cost of the selection whose brace is at `reader.at`, read to its end. `copies` = objects it is read for; `each` = what a root field costs. */
function selectionCost(reader: Reader, copies: number, depth: number, each: number): number {
  const { tokens } = reader;
  if (depth > DEPTH_MAX) return GRAPHQL_COST_MAX;
  let cost = 0;
  reader.at++;
  while (reader.at < tokens.length && tokens[reader.at] !== '}') {
    if (++reader.fields > FIELDS_MAX || cost >= GRAPHQL_COST_MAX) return GRAPHQL_COST_MAX;
    if (tokens[reader.at] === '...') {
      cost += spreadCost(reader, copies, depth, each);
      continue;
    }
    reader.at += tokens[reader.at + 1] === ':' ? 3 : 1;
    const size = tokens[reader.at] === '(' ? readSize(reader) : 1;
    skipDirectives(reader);
    if (each > 0) cost += each;
    if (tokens[reader.at] !== '{') continue;
    const objects = Math.min(copies * size, GRAPHQL_COST_MAX / OBJECT);
    cost += objects * OBJECT + selectionCost(reader, objects, depth + 1, 0);
  }
  reader.at++;
  return Math.min(cost, GRAPHQL_COST_MAX);
}

function spreadCost(reader: Reader, copies: number, depth: number, each: number): number {
  const { tokens } = reader;
  reader.at++;
  const word = tokens[reader.at] ?? '';
  if (word === 'on' || word === '{' || word === '@') {
    if (word === 'on') reader.at += 2;
    skipDirectives(reader);
    return tokens[reader.at] === '{' ? selectionCost(reader, copies, depth + 1, each) : 0;
  }
  reader.at++;
  skipDirectives(reader);
  const open = reader.fragments.get(word);
  if (open === undefined) return 0;
  const back = reader.at;
  reader.at = open;
  // A fragment that spreads itself ends at the depth bound, as the dearest of all.
  const cost = selectionCost(reader, copies, depth + 1, each);
  reader.at = back;
  return cost;
}

/** The largest list size among the arguments at `reader.at`, read past them. */
function readSize(reader: Reader): number {
  const { tokens, variables, defaults } = reader;
  const end = closing(tokens, reader.at);
  let size = 1;
  for (let at = reader.at + 1; at < end; at++) {
    if (tokens[at + 1] !== ':' || !SIZES.has(tokens[at] as string)) continue;
    const isVariable = tokens[at + 2] === '$';
    const name = tokens[at + 3] ?? '';
    const value = isVariable ? (Object.hasOwn(variables, name) ? Number(variables[name]) : defaults.get(name)) : Number(tokens[at + 2]);
    if (value !== undefined && value > size) size = Math.min(value, GRAPHQL_COST_MAX);
  }
  reader.at = end + 1;
  return size;
}

function skipDirectives(reader: Reader): void {
  while (reader.tokens[reader.at] === '@') {
    reader.at += 2;
    if (reader.tokens[reader.at] === '(') reader.at = closing(reader.tokens, reader.at) + 1;
  }
}

/** Place of the bracket that closes the one at `open`; the end of the text when none does. */
function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === '{' || token === '(' || token === '[') depth++;
    else if ((token === '}' || token === ')' || token === ']') && --depth === 0) return at;
  }
  return tokens.length;
}
