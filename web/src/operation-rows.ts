/** Operations as the list needs them: asked page by page by key, kept slim, so that fifty thousand fit a tab. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { type Filters, type Operation, queryString, request, within } from './api.ts';
import { listOf, type Search } from './search.ts';

export type OperationRow = Omit<
  Operation,
  'fieldsDeclared' | 'fieldsSeen' | 'declared' | 'queryNames' | 'statusesDeclared' | 'statusesSeen' | 'sources' | 'because' | 'hosts'
> & { readonly host: string | null };

/** The first page is small so that it is there at once; later ones are the largest the server gives. */
const FIRST_ROWS = 60;
const PAGE_ROWS = 500;

export const sorts = ['gaps', 'template', 'service', 'state', 'clients', 'perDay', 'lastSeen'] as const;
export type Sort = (typeof sorts)[number];

/** How the address says order: `perDay` up, `-perDay` down. What needs a person comes first unless told otherwise. */
export function sortOf(search: Search): { readonly by: Sort; readonly descending: boolean } {
  const text = search.sort ?? '-gaps';
  const name = text.replace(/^-/, '');
  const by = sorts.find((sort) => sort === name);
  return by === undefined ? { by: 'gaps', descending: true } : { by, descending: text.startsWith('-') };
}

/** Days back that the view "New" covers. */
export const NEW_DAYS = 7;

/** From the address of the page to the query of the API. */
export function filtersOf(search: Search, nowMs: number): Filters {
  return {
    state: listOf(search.state),
    service: listOf(search.service),
    method: listOf(search.method),
    owner: search.owner,
    auth: search.auth,
    audience: search.audience,
    environment: search.env,
    text: search.text,
    drift: search.drift === undefined ? undefined : 'true',
    // Rounded to the hour, so that the same view stays the same question.
    firstFromMs: search.new === undefined ? undefined : String(Math.floor((nowMs - NEW_DAYS * 86_400_000) / 3_600_000) * 3_600_000),
  };
}

function slim(operation: Operation): OperationRow {
  const { fieldsDeclared, fieldsSeen, declared, queryNames, statusesDeclared, statusesSeen, sources, because, hosts, ...rest } = operation;
  return { ...rest, host: hosts[0] ?? null };
}

export interface OperationRows {
  readonly rows: readonly OperationRow[];
  readonly total: number;
  readonly next: string | null;
}

export function operationRows(ws: string, filters: Filters, sort: { readonly by: Sort; readonly descending: boolean }) {
  const asked = { ...filters, sort: sort.by, desc: sort.descending ? 'true' : undefined };
  return infiniteQueryOptions({
    queryKey: ['ws', ws, `/operations${queryString(asked)}`, 'rows'],
    queryFn: async ({ pageParam, signal }): Promise<OperationRows> => {
      const limit = String(pageParam === '' ? FIRST_ROWS : PAGE_ROWS);
      const page = await request<{ rows: readonly Operation[]; total: number; next: string | null }>(
        within(ws, `/operations${queryString({ ...asked, after: pageParam, limit })}`),
        { signal },
      );
      return { rows: page.rows.map(slim), total: page.total, next: page.next };
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // Pages hang on each other by key; asking all of them again behind somebody's back would move rows.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
  });
}
