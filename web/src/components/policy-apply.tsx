/** Puts a policy in force. What refuses more than the present one needs the proof of a replay, or a reason that is kept. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type PolicyPreview, refresh, request, within } from '../api.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { ProblemBox, problemOf } from './problem.tsx';
import { Waiting } from './waiting.tsx';

const REASON_MAX = 500;

export function ApplyPolicy({
  ws,
  text,
  label,
  proof,
  onApplied,
}: {
  ws: string;
  text: string;
  label: string;
  /** As previewed; null = not looked at yet, the server asks for it when it is missing. */
  proof: PolicyPreview['proof'];
  onApplied?: () => void;
}) {
  const [reason, setReason] = useState('');
  const apply = useMutation({
    mutationFn: () =>
      request<{ number: number; onTrial: boolean }>(within(ws, '/policy/apply'), {
        method: 'POST',
        body: { text, ...(reason.trim() === '' ? {} : { proofWaivedBecause: reason.trim() }) },
      }),
    onSuccess: async () => {
      await refresh(ws);
      onApplied?.();
    },
  });
  const unproven = (proof !== null && !proof.isEnough) || (apply.isError && problemOf(apply.error).status === 409);
  if (apply.isSuccess)
    return (
      <p className="note verified" role="status">
        Version {apply.data.number} is {apply.data.onTrial ? 'on trial for a share of the clients' : 'in force'}. Guards that take their
        policy from this workspace follow; a guard started with <code>--policy FILE</code> keeps to its file.
      </p>
    );
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        apply.mutate();
      }}
    >
      {apply.isError ? <ProblemBox error={apply.error} /> : null}
      {unproven ? (
        <Field label="Reason to apply it without proof" hint="Kept with the version and in the log. Without a reason it is not applied.">
          {(id, hint) => (
            <textarea
              id={id}
              aria-describedby={hint}
              rows={2}
              maxLength={REASON_MAX}
              required
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      ) : null}
      <div className="buttons">
        <Button kind="main" type="submit" isDisabled={apply.isPending || (unproven && reason.trim() === '')}>
          {unproven ? `${label} without proof` : label}
        </Button>
        {apply.isPending ? <Waiting what="Replaying and applying" /> : null}
      </div>
    </form>
  );
}
