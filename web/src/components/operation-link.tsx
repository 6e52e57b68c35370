/** An operation by its name, looked up by id; until the name is known the id stands there. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { query } from '../api.ts';
import { useWorkspace } from '../workspace.ts';

export function OperationLink({ id }: { id: string }) {
  const ws = useWorkspace();
  const { data } = useQuery({ ...query.operation(ws, id), staleTime: 300_000, retry: false });
  const known = data?.operation.id === id ? data.operation : undefined;
  return (
    <Link to="/operations/$id" params={{ id }} className="mono break">
      {known === undefined ? id : `${known.method} ${known.graphql ?? known.template}`}
    </Link>
  );
}
