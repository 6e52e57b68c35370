/** The policy in force: what it does at most, its versions with the way back, and an editor that asks for proof before it gets stricter. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type CurrentPolicy, type PolicyPreview, query, refresh, request, within } from '../api.ts';
import { moment, plural } from '../format.ts';
import { Button } from './button.tsx';
import { ModeMark } from './decision-mark.tsx';
import { Field } from './field.tsx';
import { ProofOf, ReplayResult } from './policy-replay.tsx';
import { Loaded, ProblemBox } from './problem.tsx';
import { Waiting } from './waiting.tsx';

export function PolicyPanel({ ws }: { ws: string }) {
  const policy = useQuery(query.policy(ws));
  return (
    <Loaded from={policy}>
      {(data) => (
        <>
          <InForce data={data} />
          <Versions ws={ws} active={data.active} />
          <Editor key={data.version} ws={ws} saved={data.text} />
        </>
      )}
    </Loaded>
  );
}

function InForce({ data }: { data: CurrentPolicy }) {
  const { summary } = data;
  return (
    <section aria-label="In force">
      <h2>In force: {data.active === null ? 'the built-in policy, or that of stance.yaml' : data.version}</h2>
      {data.candidate === null ? null : (
        <p className="note">
          p{data.candidate.number} is on trial for {Math.round(data.candidate.share * 100)} % of clients since{' '}
          {moment(data.candidate.sinceMs)}.
        </p>
      )}
      <p>
        As a whole: <ModeMark mode={summary.mode} />. {plural(summary.routes.length, 'route')}, {plural(summary.limits.length, 'limit')},{' '}
        {plural(summary.rules.length, 'rule')}, {plural(summary.allowed, 'allow-list entry', 'allow-list entries')},{' '}
        {plural(summary.denied, 'deny-list entry', 'deny-list entries')}.
      </p>
      <ul className="mode-list">
        {summary.sections.map(({ section, mode }) => (
          <li key={section}>
            {section} <ModeMark mode={mode} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Versions({ ws, active }: { ws: string; active: number | null }) {
  const versions = useQuery(query.policyVersions(ws));
  const back = useMutation({
    mutationFn: (version: number | undefined) =>
      request(within(ws, '/policy/rollback'), {
        method: 'POST',
        body: { because: 'rolled back on the page', ...(version === undefined ? {} : { version }) },
      }),
    onSuccess: () => refresh(ws),
  });
  return (
    <section aria-label="Versions">
      <h2>Versions</h2>
      {back.isError ? <ProblemBox error={back.error} /> : null}
      <Loaded from={versions}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="quiet-text">None was applied yet.</p>
          ) : (
            <ul className="version-list">
              {rows.map(({ number, atMs, actor, because, proof }) => (
                <li key={number}>
                  <strong>p{number}</strong> {moment(atMs)}, {actor};{' '}
                  {because !== null ? `without proof: ${because}` : proof === null ? 'no proof was needed' : 'on the proof of a replay'}
                  {number === active ? (
                    <span className="note">in force</span>
                  ) : (
                    <Button isDisabled={back.isPending} onPress={() => back.mutate(number)}>
                      Put p{number} back
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Editor({ ws, saved }: { ws: string; saved: string }) {
  const [text, setText] = useState(saved === '' ? 'mode: log\n' : saved);
  const [because, setBecause] = useState('');
  const preview = useMutation({
    mutationFn: () => request<PolicyPreview>(within(ws, '/policy/preview'), { method: 'POST', body: { text } }),
  });
  const apply = useMutation({
    mutationFn: () =>
      request<{ number: number; onTrial: boolean }>(within(ws, '/policy/apply'), {
        method: 'POST',
        body: { text, ...(because.trim() === '' ? {} : { proofWaivedBecause: because.trim() }) },
      }),
    onSuccess: () => refresh(ws),
  });
  const looked = preview.data;
  const isProven = looked?.proof === null || looked?.proof?.isEnough === true;
  return (
    <section aria-label="Edit">
      <h2>Edit</h2>
      <Field label="Policy (YAML)" hint="Shown first, applied second: what gets stricter is replayed over kept traffic.">
        {(id, hint) => (
          <textarea
            id={id}
            aria-describedby={hint}
            className="mono policy-text"
            rows={16}
            spellCheck={false}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              preview.reset();
            }}
          />
        )}
      </Field>
      <Button isDisabled={preview.isPending} onPress={() => preview.mutate()}>
        Show what it would do
      </Button>
      {preview.isPending ? <Waiting what="Replaying over kept traffic" /> : null}
      {preview.isError ? <ProblemBox error={preview.error} /> : null}
      {looked === undefined ? null : looked.problems.length > 0 ? (
        <ul className="plain-list" role="alert">
          {looked.problems.map(({ line, column, message }) => (
            <li key={`${line}.${column}.${message}`}>
              Line {line}: {message}
            </li>
          ))}
        </ul>
      ) : (
        <>
          <ProofOf preview={looked} />
          {looked.replay === null ? null : <ReplayResult report={looked.replay} />}
          {isProven ? null : (
            <Field label="Why apply it without that proof?" hint="Kept with the version, for whoever asks later.">
              {(id, hint) => <input id={id} aria-describedby={hint} value={because} onChange={(event) => setBecause(event.target.value)} />}
            </Field>
          )}
          <Button kind="main" isDisabled={apply.isPending || (!isProven && because.trim() === '')} onPress={() => apply.mutate()}>
            Apply
          </Button>
        </>
      )}
      {apply.isError ? <ProblemBox error={apply.error} /> : null}
      {apply.data === undefined ? null : (
        <p className="note" role="status">
          p{apply.data.number} is {apply.data.onTrial ? 'on trial' : 'in force'}; running guards follow within seconds.
        </p>
      )}
    </section>
  );
}
