/** Reads which GraphQL operation a request asks for, so that each is an operation of the inventory of its own. */
import type { GraphqlSeen } from '../evidence/observation.ts';
import type { JsonValue } from './exchange.ts';

const FIELDS_MAX = 20;
/** Longer documents are read up to here: the first selection names what matters. */
const DOCUMENT_CHARS_MAX = 20_000;

/** The operation in a request body (`{query, operationName}` or the first of a batch); null when it is not GraphQL. */
export function graphqlOfBody(body: JsonValue | undefined): GraphqlSeen | null {
  const request = Array.isArray(body) ? (body[0] as JsonValue | undefined) : body;
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return null;
  const { query, operationName } = request as { query?: JsonValue; operationName?: JsonValue };
  if (typeof query === 'string') return graphqlOfDocument(query, typeof operationName === 'string' ? operationName : null);
  // A persisted query sends a hash and the name only.
  if (query === undefined && typeof operationName === 'string' && 'extensions' in request)
    return { type: 'query', name: plainName(operationName), fields: [] };
  return null;
}

/** The chosen (or first) operation of a GraphQL document; null when the text is not one. */
export function graphqlOfDocument(text: string, wanted: string | null): GraphqlSeen | null {
  const tokens = text.slice(0, DOCUMENT_CHARS_MAX).match(/"(?:[^"\\\n]|\\.)*"|#[^\n]*|[_A-Za-z][_0-9A-Za-z]*|\.\.\.|[{}()[\]:!$@=|]/g);
  if (tokens === null) return null;
  const words = tokens.filter((token) => !token.startsWith('#') && !token.startsWith('"'));
  let first: GraphqlSeen | null = null;
  for (let at = 0; at < words.length; ) {
    const word = words[at] as string;
    if (word === '{') {
      const selection = readSelection(words, at);
      first ??= { type: 'query', name: null, fields: selection.fields };
      at = selection.end;
    } else if (word === 'query' || word === 'mutation' || word === 'subscription') {
      let open = at + 1;
      const candidate = words[open];
      const name = candidate !== undefined && /^[_A-Za-z]/.test(candidate) ? candidate : null;
      while (open < words.length && words[open] !== '{') {
        if (words[open] === '(') open = closing(words, open, '(', ')');
        open++;
      }
      if (open >= words.length) return first;
      const selection = readSelection(words, open);
      const seen: GraphqlSeen = { type: word, name: name === null ? null : plainName(name), fields: selection.fields };
      if (wanted === null || name === wanted) return seen;
      first ??= seen;
      at = selection.end;
    } else if (word === 'fragment') {
      let open = at + 1;
      while (open < words.length && words[open] !== '{') open++;
      at = readSelection(words, open).end;
    } else return first;
  }
  return first;
}

/** `query products`: the name an operation of this kind goes by; fields stand in when it is anonymous. */
export function graphqlLabel(seen: GraphqlSeen): string {
  return `${seen.type} ${seen.name ?? (seen.fields.length > 0 ? seen.fields.slice(0, 3).join('+') : '(anonymous)')}`;
}

function readSelection(words: readonly string[], open: number): { fields: string[]; end: number } {
  const fields: string[] = [];
  let depth = 0;
  let at = open;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '(') at = closing(words, at, '(', ')');
    else if (word === '{') depth++;
    else if (word === '}') {
      depth--;
      if (depth === 0) break;
    } else if (
      depth === 1 &&
      /^[_A-Za-z]/.test(word) &&
      words[at - 1] !== '@' &&
      words[at - 1] !== '...' &&
      words[at - 1] !== 'on' &&
      word !== 'on'
    ) {
      if (words[at + 1] === ':') continue; // an alias; the field's own name follows
      if (fields.length < FIELDS_MAX && !fields.includes(word)) fields.push(plainName(word));
    }
  }
  return { fields, end: at + 1 };
}

function closing(words: readonly string[], at: number, open: string, close: string): number {
  let depth = 0;
  for (; at < words.length; at++) {
    if (words[at] === open) depth++;
    else if (words[at] === close && --depth === 0) return at;
  }
  return at;
}

/** Names are vocabulary by the grammar; only their length needs a bound. */
function plainName(name: string): string {
  return name.slice(0, 80);
}
