/**
 * What a person may decide about selected operations: owner, merge, split, rename, pin, exclude. Each decision outranks
 * the learner, shows what it would do before it does it, says how many it touches, and can be undone.
 */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { type DecisionPreview, Problem, refresh, request, type TemplateDecision, within } from '../api.ts';
import { count, plural } from '../format.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Overlay } from './overlay.tsx';
import { ProblemBox } from './problem.tsx';

export interface Target {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly template: string;
}

export type Verb = 'owner' | 'merge' | 'split' | 'rename' | 'pin' | 'exclude';

export interface Done {
  readonly text: string;
  /** Decisions that can be taken back. */
  readonly ids: readonly string[];
}

const titles: Readonly<Record<Verb, string>> = {
  owner: 'Set owner',
  merge: 'Merge into one operation',
  split: 'Split off values that are words, not parameters',
  rename: 'Rename parameters',
  pin: 'Pin the template',
  exclude: 'Exclude from the inventory',
};

/** Which verbs fit the selection; a merge needs operations of one API. */
export function verbsFor(targets: readonly Target[]): readonly Verb[] {
  const oneApi = new Set(targets.map(({ service }) => service)).size === 1;
  if (targets.length === 1) return ['owner', 'rename', 'split', 'pin', 'exclude'];
  return oneApi ? ['owner', 'merge', 'exclude'] : ['owner', 'exclude'];
}

/** `/orders/1` and `/orders/{id}` become `/orders/{id}`: equal segments stay, differing ones turn into a parameter. */
export function mergedTemplate(templates: readonly string[]): string {
  const split = templates.map((template) => template.split('/'));
  const first = split[0] ?? [];
  if (split.some(({ length }) => length !== first.length)) return templates[0] ?? '/';
  return first
    .map((segment, at) => {
      const all = new Set(split.map((segments) => segments[at]));
      if (all.size === 1) return segment;
      return [...all].find((one) => one?.startsWith('{')) ?? '{value}';
    })
    .join('/');
}

export function Curate({
  ws,
  verb,
  targets,
  onClose,
  onDone,
}: {
  ws: string;
  verb: Verb;
  targets: readonly Target[];
  onClose: () => void;
  onDone: (done: Done) => void;
}) {
  const first = targets[0];
  const [text, setText] = useState(() =>
    verb === 'merge' ? mergedTemplate(targets.map(({ template }) => template)) : verb === 'rename' ? (first?.template ?? '') : '',
  );
  const decisions = decisionsOf(verb, targets, text);
  const asked = useDeferredValue(decisions);
  const preview = useQuery({
    queryKey: ['preview', ws, JSON.stringify(asked[0] ?? null)],
    queryFn: ({ signal }) =>
      request<DecisionPreview>(within(ws, '/decisions/preview'), { method: 'POST', body: { decision: asked[0] }, signal }),
    enabled: asked.length === 1,
    staleTime: 10_000,
    retry: false,
  });
  const save = useMutation({
    mutationFn: async (): Promise<Done> => {
      const ids: string[] = [];
      const failed: string[] = [];
      if (verb === 'owner') {
        for (const target of targets) {
          try {
            await request(within(ws, `/operations/${target.id}/owner`), { method: 'PUT', body: { owner: text.trim() } });
          } catch (error) {
            if (targets.length === 1) throw error;
            failed.push(`${target.method} ${target.template}`);
          }
        }
      } else {
        for (const decision of decisions) {
          try {
            const { id } = await request<{ id: string }>(within(ws, '/decisions'), { method: 'POST', body: { decision } });
            ids.push(id);
          } catch (error) {
            if (decisions.length === 1) throw error;
            failed.push('template' in decision ? decision.template : decision.into);
          }
        }
      }
      if (failed.length === Math.max(1, verb === 'owner' ? targets.length : decisions.length)) {
        throw new Problem({ status: 0, code: 'none-done', title: 'None of them could be changed.', next: 'Try one alone to see why.' });
      }
      const done = targets.length - failed.length;
      return {
        text: `${titles[verb]}: ${count(done)} done${failed.length === 0 ? '' : `, ${failed.length} failed (${failed.slice(0, 3).join(', ')})`}.`,
        ids,
      };
    },
    onSuccess: async (done) => {
      await refresh(ws);
      onDone(done);
    },
  });
  const needsText = verb !== 'pin';
  return (
    <Overlay title={titles[verb]} isOpen onClose={onClose} wide>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <ul className="target-list">
          {targets.slice(0, 6).map(({ id, method, template }) => (
            <li key={id} className="mono clip">
              {method} {template}
            </li>
          ))}
          {targets.length > 6 ? <li className="quiet-text">and {targets.length - 6} more</li> : null}
        </ul>
        {needsText ? (
          <Ask verb={verb} text={text} onText={setText} />
        ) : (
          <p>The template stays as it is, whatever later traffic suggests.</p>
        )}
        {asked.length === 1 && preview.data !== undefined ? <Preview preview={preview.data} /> : null}
        {asked.length > 1 ? (
          <p className="quiet-text small">{plural(asked.length, 'decision')} will be made, one for each operation.</p>
        ) : null}
        {preview.isError ? <ProblemBox error={preview.error} /> : null}
        {save.isError ? <ProblemBox error={save.error} /> : null}
        <div className="buttons">
          <Button kind="main" type="submit" isDisabled={save.isPending || (needsText && text.trim() === '')}>
            {verb === 'owner' ? 'Set owner of' : verb === 'pin' ? 'Pin' : verb[0]?.toUpperCase() + verb.slice(1)}{' '}
            {plural(targets.length, 'operation')}
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Overlay>
  );
}

const labels: Readonly<Record<Exclude<Verb, 'pin'>, readonly [string, string]>> = {
  owner: ['Owner', 'A team or person; written to stance.yaml.'],
  merge: ['Into this template', 'Parameters in braces.'],
  split: ['Values, separated by commas', 'Words that are operations of their own, as in /orders/export beside /orders/{id}.'],
  rename: ['New template', 'Only names inside braces may differ.'],
  exclude: ['Reason', 'Shown in the excluded drawer, where it can be taken back.'],
};

function Ask({ verb, text, onText }: { verb: Exclude<Verb, 'pin'>; text: string; onText: (text: string) => void }) {
  const [label, hint] = labels[verb];
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <input
          id={id}
          aria-describedby={hintId}
          type="text"
          required
          maxLength={verb === 'owner' ? 200 : 2000}
          className={verb === 'owner' || verb === 'exclude' ? '' : 'mono'}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}

function decisionsOf(verb: Verb, targets: readonly Target[], text: string): readonly TemplateDecision[] {
  const first = targets[0];
  const value = text.trim();
  if (first === undefined) return [];
  switch (verb) {
    case 'owner':
      return [];
    case 'pin':
      return [{ kind: 'pin', service: first.service, template: first.template }];
    case 'merge':
      return value === ''
        ? []
        : [{ kind: 'merge', service: first.service, templates: [...new Set(targets.map(({ template }) => template))], into: value }];
    case 'rename':
      return value === '' ? [] : [{ kind: 'rename', service: first.service, template: first.template, into: value }];
    case 'split': {
      const values = value
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
      return values.length === 0 ? [] : [{ kind: 'split', service: first.service, template: first.template, values }];
    }
    case 'exclude':
      return value === ''
        ? []
        : targets.map(({ service, method, template }) => ({ kind: 'exclude', service, method, template, reason: value }) as const);
  }
}

function Preview({ preview }: { preview: DecisionPreview }) {
  return (
    <div className="preview" role="status">
      {(['before', 'after'] as const).map((when) => (
        <div key={when}>
          <h3>
            {when === 'before' ? 'Now' : 'Then'} <span className="quiet-text">{plural(preview[when].length, 'operation')}</span>
          </h3>
          <ul>
            {preview[when].slice(0, 8).map(({ method, template, calls }) => (
              <li key={`${method} ${template}`}>
                <code className="clip">
                  {method} {template}
                </code>
                <span className="quiet-text nowrap">{plural(calls, 'call')}</span>
              </li>
            ))}
            {preview[when].length > 8 ? <li className="quiet-text">and {preview[when].length - 8} more</li> : null}
            {preview[when].length === 0 ? <li className="quiet-text">none; folded and counted</li> : null}
          </ul>
        </div>
      ))}
    </div>
  );
}

/** Says what was done and takes it back on request; stays until closed, at most ten minutes. */
export function UndoToast({ ws, done, onClose }: { ws: string; done: Done; onClose: () => void }) {
  const undo = useMutation({
    mutationFn: async () => {
      for (const id of done.ids) await request(within(ws, `/decisions/${id}`), { method: 'DELETE' });
    },
    onSuccess: async () => {
      await refresh(ws);
      onClose();
    },
  });
  return (
    <div className="toast" role="status">
      <span>{undo.isError ? `${undo.error.message} It stays as it is.` : done.text}</span>
      {done.ids.length === 0 ? null : (
        <Button isDisabled={undo.isPending} onPress={() => undo.mutate()}>
          Undo
        </Button>
      )}
      <Button kind="quiet" onPress={onClose}>
        Close
      </Button>
    </div>
  );
}
