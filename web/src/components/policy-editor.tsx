/** The policy as text: looked at before it is applied, with each fault at its line and a replay of what it would have done. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type CurrentPolicy, type PolicyPreview, query, request, within } from '../api.ts';
import { Button } from './button.tsx';
import { CopyBlock } from './copy-block.tsx';
import { ApplyPolicy } from './policy-apply.tsx';
import { ProofOf, ReplayResult } from './policy-replay.tsx';
import { ProblemBox } from './problem.tsx';
import { Waiting } from './waiting.tsx';
import { TextEditor } from './yaml-editor.tsx';

/** What an empty policy begins with. */
const begun = '# What is not said here is as in the built-in policy.\nmode: log\n';

export function PolicyEditor({
  ws,
  current,
  exception,
}: {
  ws: string;
  current: CurrentPolicy;
  /** Incident whose undo is to be put in. */
  exception: string | undefined;
}) {
  const [text, setText] = useState(current.text === '' ? begun : current.text);
  const preview = useMutation({
    mutationFn: (wanted: string) => request<PolicyPreview>(within(ws, '/policy/preview'), { method: 'POST', body: { text: wanted } }),
  });
  const looked = preview.isSuccess && preview.variables === text ? preview.data : null;
  const problems = looked?.problems ?? [];
  return (
    <section className="card form" aria-label="Edit the policy">
      <h2>Edit the policy</h2>
      <p className="prose quiet-text">
        {current.text === ''
          ? 'None was applied yet. What stands here goes over the built-in policy.'
          : `The text of version ${current.active ?? '–'}.`}{' '}
        Preview replays it over the traffic that is kept; nothing changes until it is applied.
      </p>
      {exception === undefined ? null : <Exception ws={ws} incident={exception} />}
      <TextEditor
        label="Policy"
        text={text}
        wrong={new Set(problems.map(({ line }) => line))}
        onChange={setText}
        onSave={() => preview.mutate(text)}
        goTo={problems.map(({ line }) => line)}
      />
      <div className="buttons">
        <Button kind="main" isDisabled={preview.isPending} onPress={() => preview.mutate(text)}>
          Preview <kbd>Ctrl S</kbd>
        </Button>
        <Button isDisabled={text === current.text} onPress={() => setText(current.text === '' ? begun : current.text)}>
          Put back
        </Button>
        {preview.isPending ? <Waiting what="Replaying the traffic that is kept" /> : null}
        <span role="status" className="quiet-text">
          {preview.isSuccess && looked === null ? 'Changed since the preview.' : ''}
        </span>
      </div>
      {preview.isError ? <ProblemBox error={preview.error} /> : null}
      {looked === null ? null : problems.length > 0 ? (
        <div className="problem" role="alert">
          <p>
            <strong>This policy cannot be used.</strong> The one in force stays in force.
          </p>
          <ul>
            {problems.map(({ line, column, message }) => (
              <li key={`${line}.${column}.${message}`}>
                <span className="quiet-text">
                  line {line}, column {column}:
                </span>{' '}
                {message}
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <div className="stack preview-result">
          <h3>What it changes</h3>
          <ProofOf preview={looked} />
          {looked.replay === null ? null : <ReplayResult report={looked.replay} />}
          <ApplyPolicy ws={ws} text={text} label="Apply this policy" proof={looked.proof} />
        </div>
      )}
    </section>
  );
}

function Exception({ ws, incident }: { ws: string; incident: string }) {
  const why = useQuery(query.explanation(ws, incident));
  const undo = why.data?.decision.incident === incident ? why.data.undo : null;
  if (why.isError) return <ProblemBox error={why.error} />;
  if (undo === null) return null;
  return (
    <div className="note">
      <p>
        {undo.title}. Put the entry under <code>rules:</code> below, then preview.
      </p>
      <CopyBlock text={undo.yaml} label={`Undo of ${incident}`} />
    </div>
  );
}
