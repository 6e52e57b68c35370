/** Addresses of Postman requests: variables filled where the collection knows them, path parts made a template. */
import type { DeclaredParameter } from '../engine/evidence/declaration.ts';
import type { DocumentNode } from './document-node.ts';

export interface PostmanAddress {
  readonly scheme: string | null;
  readonly host: string | null;
  readonly template: string;
  readonly parameters: readonly DeclaredParameter[];
}

/** Rounds of filling, for variables that hold variables. */
const fillRoundsMax = 4;
const queryMax = 200;

/** null when there is no address to read. */
export function postmanAddress(url: DocumentNode, variables: ReadonlyMap<string, string>): PostmanAddress | null {
  const raw = url.text ?? url.child('raw').text ?? joined(url);
  if (raw === null || raw.trim() === '') return null;
  const [beforeQuery = ''] = raw.trim().split(/[?#]/, 1);
  // Only what stands before the path is filled: a variable in the path is a parameter there, whatever its value.
  const address = fill(/^[^/]*(?:\/\/[^/]*)?/.exec(beforeQuery)?.[0] ?? '', variables);
  const path = beforeQuery.slice(/^[^/]*(?:\/\/[^/]*)?/.exec(beforeQuery)?.[0]?.length ?? 0);
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/]*)(\/.*)?$/i.exec(address);
  const host = (match?.[2] ?? '').toLowerCase().replace(/^[^@]*@/, '');
  const query = url.child('query').items().slice(0, queryMax);
  const names =
    query.length > 0 ? query.filter((part) => part.get('disabled') !== true).map((part) => part.child('key').text) : queryNames(raw);
  return {
    scheme: match?.[1]?.toLowerCase() ?? null,
    host: host === '' || host.includes('{{') ? null : host,
    template: templateOf(`${match?.[3] ?? ''}${path}`),
    parameters: names.flatMap((name) =>
      name === null || name === '' ? [] : [{ in: 'query' as const, name, required: false, type: null, format: null }],
    ),
  };
}

function joined(url: DocumentNode): string | null {
  const host = url.child('host').texts().join('.');
  const path = url
    .child('path')
    .items()
    .map((part) => part.text ?? part.child('value').text ?? '')
    .join('/');
  return host === '' && path === '' ? null : `${url.child('protocol').text ?? ''}${url.has('protocol') ? '://' : ''}${host}/${path}`;
}

function fill(text: string, variables: ReadonlyMap<string, string>): string {
  let filled = text;
  for (let round = 0; round < fillRoundsMax && filled.includes('{{'); round++) {
    filled = filled.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => variables.get(name) ?? whole);
  }
  return filled;
}

function queryNames(raw: string): string[] {
  const query = /\?([^#]*)/.exec(raw)?.[1] ?? '';
  return query.split('&', queryMax).map((part) => part.split('=', 1)[0] ?? '');
}

/** `:id` and `{{id}}` are parameters; so is a part that reads like an id somebody used to try it. */
function templateOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  const named = parts.map((part, at) => {
    const variable = /^:(.+)$/.exec(part)?.[1] ?? /^\{\{\s*([^{}]+?)\s*\}\}$/.exec(part)?.[1];
    if (variable !== undefined) return `{${variable.replace(/[^\w.-]/g, '_')}}`;
    if (part.includes('{{')) return part.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_, name: string) => `{${name.replace(/[^\w.-]/g, '_')}}`);
    return isTrialId(part) ? `{${idName(parts[at - 1])}}` : part;
  });
  const slash = path.length > 1 && path.endsWith('/') ? '/' : '';
  return `/${named.join('/')}${named.length > 0 ? slash : ''}`;
}

function isTrialId(part: string): boolean {
  return /^\d+$/.test(part) || /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(part) || /^[0-9a-f]{24,}$/i.test(part);
}

function idName(before: string | undefined): string {
  const word = before?.replace(/[^A-Za-z]/g, '').replace(/s$/i, '') ?? '';
  return word === '' || /^v$/i.test(word) ? 'id' : `${word.charAt(0).toLowerCase()}${word.slice(1)}Id`;
}
