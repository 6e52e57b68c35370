/** What of an operation is filtered, sorted and counted by, taken out of it into columns. */
import type { Operation } from '../engine/inventory/operation.ts';
import { listName, nameList, storedText, textDigest } from './stored-text.ts';
import type { OperationsTable } from './tables.ts';

/** Index entries must stay small (PostgreSQL: 2,704 bytes each); the whole text is in the body. */
const SORT_CHARS_MAX = 300;
const SEARCH_CHARS_MAX = 1500;

export function operationRow(operation: Operation): { readonly columns: OperationsTable; readonly body: string } {
  const body = JSON.stringify(operation);
  const { service, method, template, traffic } = operation;
  const owner = operation.owner?.value ?? '';
  return {
    body,
    columns: {
      id: operation.id,
      digest: textDigest(body),
      service: listName(service),
      method: listName(method),
      state: operation.state,
      owner: listName(owner),
      auths: nameList(authsOf(operation)),
      audience: operation.audience?.value ?? 'unknown',
      environments: nameList(environmentsOf(operation)),
      drift: operation.drift.length > 0 ? 1 : 0,
      search: searchText(method, template, service, owner),
      template: storedText(template, SORT_CHARS_MAX),
      // Never called sorts below called rarely.
      per_day: traffic?.perDay ?? -1,
      clients: Math.round(traffic?.clients ?? -1),
      first_ms: Math.round(traffic?.firstMs ?? -1),
      last_ms: Math.round(traffic?.lastMs ?? -1),
      gaps: gapsOf(operation),
    },
  };
}

/** Lower case, one line each, so that a search for `get /orders` works and none runs over from one field to the next. */
export function searchText(...parts: readonly string[]): string {
  const [method = '', template = '', ...rest] = parts;
  return storedText([`${method} ${template}`, ...rest].join('\n').toLowerCase(), SEARCH_CHARS_MAX);
}

/**
 * The credential kinds seen; `none` when calls without one were answered well, or no call carried any; `unknown` when
 * no source could see credentials.
 */
function authsOf({ auth }: Operation): string[] {
  if (auth.judged === 0) return ['unknown'];
  const kinds = Object.entries(auth.seen)
    .filter(([kind, count]) => count > 0 && kind !== 'none' && kind !== 'unknown')
    .map(([kind]) => kind);
  return auth.okWithout > 0 || kinds.length === 0 ? [...kinds, 'none'] : kinds;
}

function environmentsOf({ environments }: Operation): string[] {
  return environments.length === 0 ? ['unknown'] : environments.slice(0, 16).map((environment) => environment.name);
}

/** What is open on an operation: each drift, no owner, answered without a credential. */
function gapsOf(operation: Operation): number {
  return operation.drift.length + (operation.owner === null ? 1 : 0) + (operation.auth.okWithout > 0 ? 1 : 0);
}
