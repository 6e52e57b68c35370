/** Accept, not now (reason and date), decline (reason): the three answers to the one change. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type ChangeRecord, refresh, request, within } from '../api.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Overlay } from './overlay.tsx';
import { ProblemBox } from './problem.tsx';

export type ChangeAction = 'accept' | 'not-now' | 'decline';

const words: Readonly<Record<ChangeAction, { title: string; button: string; note: string }>> = {
  accept: {
    title: 'Accept this change',
    button: 'Accept',
    note: 'What is to be seen is frozen now. Only evidence moves it to verified; there is no “done” button.',
  },
  'not-now': {
    title: 'Not now',
    button: 'Not now',
    note: 'It rests until the date, then stands for choice again. The score does not change.',
  },
  decline: { title: 'Decline this change', button: 'Decline', note: 'It rests for 30 days. The gap stays in the score.' },
};

/** Thirty days from today, as a date field writes it. */
function inThirtyDays(): string {
  return new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
}

export function DecideChange({
  ws,
  changeKey,
  action,
  owner,
  onClose,
}: {
  ws: string;
  changeKey: string;
  action: ChangeAction;
  owner: string | null;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(inThirtyDays);
  const [who, setWho] = useState(owner ?? '');
  const save = useMutation({
    mutationFn: () =>
      request<ChangeRecord>(within(ws, '/changes'), {
        method: 'POST',
        body: {
          key: changeKey,
          action,
          ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          ...(action === 'not-now' ? { until: Date.parse(until) } : {}),
          ...(who.trim() === '' ? {} : { owner: who.trim() }),
        },
      }),
    onSuccess: async () => {
      await refresh(ws);
      onClose();
    },
  });
  const { title, button, note } = words[action];
  return (
    <Overlay title={title} isOpen onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {action === 'accept' ? null : (
          <Field label="Reason">
            {(id) => (
              <textarea id={id} rows={3} required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
            )}
          </Field>
        )}
        {action === 'not-now' ? (
          <Field label="Until">
            {(id) => (
              <input
                id={id}
                type="date"
                required
                min={new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}
                value={until}
                onChange={(event) => setUntil(event.target.value)}
              />
            )}
          </Field>
        ) : null}
        <Field label={action === 'accept' ? 'Owner (a team or person, optional)' : 'Who carries the risk (optional)'}>
          {(id) => <input id={id} type="text" maxLength={120} value={who} onChange={(event) => setWho(event.target.value)} />}
        </Field>
        <p className="quiet-text small">{note}</p>
        {save.isError ? <ProblemBox error={save.error} /> : null}
        <div className="buttons">
          <Button kind="main" type="submit" isDisabled={save.isPending}>
            {button}
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Overlay>
  );
}
