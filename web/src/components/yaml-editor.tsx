/** stance.yaml as text with line numbers; what the server refuses is shown at its line, and nothing is half kept. */
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import { refresh, request, within } from '../api.ts';
import { Button } from './button.tsx';
import { ProblemBox, problemOf } from './problem.tsx';

/** Lines that a message names: `line 12`, `stance.yaml:12:3`. */
export function linesIn(message: string): ReadonlySet<number> {
  return new Set([...message.matchAll(/(?:\bline |\.ya?ml:)(\d+)/gi)].map(([, line]) => Number(line)));
}

/** Text with line numbers; Ctrl-S saves; lines that are wrong are marked, and can be gone to. */
export function TextEditor({
  label,
  text,
  wrong,
  goTo,
  onChange,
  onSave,
}: {
  label: string;
  text: string;
  wrong: ReadonlySet<number>;
  /** Lines with a button of their own. */
  goTo: Iterable<number>;
  onChange: (text: string) => void;
  onSave: () => void;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split('\n').length;
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      onSave();
    }
  };
  const show = (line: number) => {
    const element = area.current;
    if (element === null) return;
    const start =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    const end = text.indexOf('\n', start);
    element.focus();
    element.setSelectionRange(start, end < 0 ? text.length : end);
    element.scrollTop = (line - 4) * 20;
  };
  const places = [...new Set(goTo)].slice(0, 12);
  return (
    <>
      {places.length === 0 ? null : (
        <p className="buttons">
          {places.map((line) => (
            <Button key={line} onPress={() => show(line)}>
              Go to line {line}
            </Button>
          ))}
        </p>
      )}
      <div className="editor">
        <div className="gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line number is its place
            <span key={at} className={wrong.has(at + 1) ? 'wrong' : ''}>
              {at + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={label}
          aria-invalid={wrong.size > 0}
          spellCheck={false}
          wrap="off"
          value={text}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
    </>
  );
}

export function YamlEditor({ ws, saved }: { ws: string; saved: string }) {
  const [text, setText] = useState(saved);
  const save = useMutation({
    mutationFn: () => request(within(ws, '/settings'), { method: 'PUT', body: { text } }),
    onSuccess: () => refresh(ws),
  });
  const problem = save.isError ? problemOf(save.error) : null;
  const wrong = problem === null ? new Set<number>() : linesIn(`${problem.message} ${problem.detail}`);
  const changed = text !== saved;
  return (
    <section className="card form">
      <p className="prose quiet-text">
        What no file can show: people, roles, plans, environments, owners, waivers. It belongs in your repository; this is the copy of the
        workspace. <code>stance init</code> writes a commented one.
      </p>
      {problem === null ? null : <ProblemBox error={problem} />}
      <TextEditor label="stance.yaml" text={text} wrong={wrong} goTo={wrong} onChange={setText} onSave={() => save.mutate()} />
      <div className="buttons">
        <Button kind="main" isDisabled={!changed || save.isPending} onPress={() => save.mutate()}>
          Save <kbd>Ctrl S</kbd>
        </Button>
        <Button isDisabled={!changed} onPress={() => setText(saved)}>
          Put back
        </Button>
        <span role="status" className="quiet-text">
          {save.isSuccess && !changed ? 'Saved and assessed.' : changed ? 'Not saved.' : ''}
        </span>
      </div>
    </section>
  );
}
