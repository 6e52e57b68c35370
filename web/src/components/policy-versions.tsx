/** Policies that were applied, on what proof or for what reason, and the way back to each. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type CurrentPolicy, query, refresh, request, within } from '../api.ts';
import { ago, moment, percent, plural } from '../format.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Overlay } from './overlay.tsx';
import { Empty, Loaded, ProblemBox } from './problem.tsx';

interface Ask {
  /** null = ends the trial, or goes to the version before. */
  readonly version: number | null;
  readonly title: string;
}

export function PolicyVersions({ ws, current }: { ws: string; current: CurrentPolicy }) {
  const versions = useQuery(query.policyVersions(ws));
  const [ask, setAsk] = useState<Ask | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const { candidate, active } = current;
  return (
    <section className="card">
      <h2>Versions</h2>
      {candidate === null ? null : (
        <p className="note">
          Version {candidate.number} is on trial for {percent(candidate.share)} of the clients since {moment(candidate.sinceMs)}. It is
          rolled back by itself when it refuses too much.{' '}
          <Button onPress={() => setAsk({ version: null, title: `End the trial of version ${candidate.number}` })}>End the trial</Button>
        </p>
      )}
      {done === null ? null : (
        <p className="note verified" role="status">
          {done}
        </p>
      )}
      <Loaded from={versions}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="No policy was applied yet: the built-in one holds.">
              <p className="prose">It blocks what is surely wrong and demands nothing that must be configured.</p>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
            <section className="scroll-x" tabIndex={0} aria-label="Versions of the policy">
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">Applied</th>
                    <th scope="col">By</th>
                    <th scope="col">On what grounds</th>
                    <th scope="col">
                      <span className="visually-hidden">Go back to it</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.number}>
                      <th scope="row" className="nowrap">
                        {row.number === active ? <strong>{row.number}, in force</strong> : row.number}
                        {row.number === candidate?.number ? ', on trial' : ''}
                      </th>
                      <td className="nowrap" title={moment(row.atMs)}>
                        {ago(row.atMs)}
                      </td>
                      <td>{row.actor}</td>
                      <td className="break">
                        {row.because === null
                          ? row.proof === null
                            ? 'needed no proof'
                            : 'proven by a replay'
                          : `without proof: ${row.because}`}
                        <span className="quiet-text small mono"> {row.digest.slice(0, 12)}</span>
                      </td>
                      <td>
                        {row.number === active || row.number === candidate?.number ? null : (
                          <Button onPress={() => setAsk({ version: row.number, title: `Put version ${row.number} back` })}>
                            Put back<span className="visually-hidden"> version {row.number}</span>
                          </Button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <p className="quiet-text small">{plural(rows.length, 'version')}, newest first; at most 100 are shown.</p>
            </section>
          )
        }
      </Loaded>
      {ask === null ? null : <RollBack ws={ws} ask={ask} onClose={() => setAsk(null)} onDone={setDone} />}
    </section>
  );
}

function RollBack({ ws, ask, onClose, onDone }: { ws: string; ask: Ask; onClose: () => void; onDone: (said: string) => void }) {
  const [because, setBecause] = useState('');
  const save = useMutation({
    mutationFn: () =>
      request<{ from: number; to: number }>(within(ws, '/policy/rollback'), {
        method: 'POST',
        body: { because: because.trim(), ...(ask.version === null ? {} : { version: ask.version }) },
      }),
    onSuccess: async ({ from, to }) => {
      await refresh(ws);
      onDone(`Went from version ${from} to version ${to}.`);
      onClose();
    },
  });
  return (
    <Overlay title={ask.title} isOpen onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label="Reason" hint="Kept in the log.">
          {(id, hint) => (
            <textarea
              id={id}
              aria-describedby={hint}
              rows={2}
              required
              maxLength={500}
              value={because}
              onChange={(event) => setBecause(event.target.value)}
            />
          )}
        </Field>
        {save.isError ? <ProblemBox error={save.error} /> : null}
        <div className="buttons">
          <Button kind="main" type="submit" isDisabled={save.isPending || because.trim() === ''}>
            {ask.title}
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Overlay>
  );
}
