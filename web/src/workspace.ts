/** Which workspace the page shows: the one in the address, else the server's default. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { sessionQuery } from './api.ts';

export function useWorkspace(): string {
  const { data } = useSuspenseQuery(sessionQuery);
  const search = useSearch({ strict: false });
  return search.ws ?? data.workspaceDefault;
}
