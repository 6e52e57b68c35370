/** Decisions as the list needs them: page by page, newest first; loaded ones stay where they are until a person asks anew. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { type DecisionPage, request, within } from './api.ts';

const PAGE_ROWS = 200;

/** @param filter as `threatQuery` makes it */
export function decisionRows(ws: string, filter: string) {
  return infiniteQueryOptions({
    queryKey: ['ws', ws, `/threats/decisions${filter}`, 'rows'],
    queryFn: ({ pageParam, signal }) => {
      const params = new URLSearchParams(filter);
      if (pageParam !== '') params.set('after', pageParam);
      params.set('limit', String(PAGE_ROWS));
      return request<DecisionPage>(within(ws, `/threats/decisions?${params}`), { signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
  });
}
