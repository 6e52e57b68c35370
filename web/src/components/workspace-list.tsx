/** Workspaces: each has its own data; the sample company lives in one of its own and goes with one press. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { queryClient, request, sessionQuery, type WorkspaceRow, within, workspacesQuery } from '../api.ts';
import { day } from '../format.ts';
import { useWorkspace } from '../workspace.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Overlay } from './overlay.tsx';
import { Loaded, ProblemBox } from './problem.tsx';

export function WorkspaceList() {
  const here = useWorkspace();
  const workspaces = useQuery(workspacesQuery);
  const [name, setName] = useState('');
  const [asking, setAsking] = useState<WorkspaceRow | null>(null);
  const create = useMutation({
    mutationFn: () => request('/workspaces', { method: 'POST', body: { name } }),
    onSuccess: async () => {
      setName('');
      await queryClient.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
  return (
    <section className="card form">
      <h2>Workspaces</h2>
      <Loaded from={workspaces}>
        {({ rows }) => (
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Holds</th>
                <th scope="col">Made</th>
                <th scope="col">
                  <span className="visually-hidden">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <Link to="/posture" search={{ ws: row.name }}>
                      {row.name}
                    </Link>{' '}
                    {row.badge === 'sample' ? <span className="badge">SAMPLE</span> : null}
                    {row.name === here ? <span className="quiet-text"> shown now</span> : null}
                  </th>
                  <td>{row.empty ? 'nothing yet' : row.badge === 'sample' ? 'a made-up company' : 'your data'}</td>
                  <td className="nowrap">{row.createdMs === null ? '–' : day(row.createdMs)}</td>
                  <td className="number">
                    <Button kind="danger" onPress={() => setAsking(row)} aria-label={`Delete workspace ${row.name}`}>
                      Delete
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Field label="New workspace" hint="Small letters, digits and hyphens.">
          {(id, hintId) => (
            <input
              id={id}
              aria-describedby={hintId}
              type="text"
              required
              maxLength={40}
              pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" isDisabled={create.isPending}>
          Create
        </Button>
      </form>
      {create.isError ? <ProblemBox error={create.error} /> : null}
      {asking === null ? null : <Delete row={asking} here={here} onClose={() => setAsking(null)} />}
    </section>
  );
}

function Delete({ row, here, onClose }: { row: WorkspaceRow; here: string; onClose: () => void }) {
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const [typed, setTyped] = useState('');
  const sample = row.badge === 'sample';
  const remove = useMutation({
    mutationFn: () => request(within(row.name, ''), { method: 'DELETE' }),
    onSuccess: async () => {
      onClose();
      queryClient.removeQueries({ queryKey: ['ws', row.name] });
      // The default may have been the one that went.
      await queryClient.invalidateQueries({ queryKey: ['session'] });
      await queryClient.invalidateQueries({ queryKey: ['workspaces'] });
      if (row.name === here) await navigate({ to: '/posture', search: { ws: undefined, env: undefined } });
    },
  });
  return (
    <Overlay title={`Delete workspace ${row.name}?`} isOpen onClose={onClose}>
      <p>
        {sample
          ? 'The sample company goes, with its posture and inventory. Your own data is elsewhere and stays.'
          : 'Its sources, inventory, decisions, scores and log go. There is no undo; export first what you want to keep.'}
      </p>
      {sample ? null : (
        <Field label={`Type ${row.name} to go on`}>
          {(id) => <input id={id} type="text" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
      )}
      {remove.isError ? <ProblemBox error={remove.error} /> : null}
      {session.isError ? <ProblemBox error={session.error} /> : null}
      <div className="buttons">
        <Button kind="danger" isDisabled={remove.isPending || (!sample && typed !== row.name)} onPress={() => remove.mutate()}>
          Delete {row.name}
        </Button>
        <Button onPress={onClose}>Keep it</Button>
      </div>
    </Overlay>
  );
}
