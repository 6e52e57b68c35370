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

export function YamlEditor({ ws, saved }: { ws: string; saved: string }) {
  const [text, setText] = useState(saved);
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const save = useMutation({
    mutationFn: () => request(within(ws, '/settings'), { method: 'PUT', body: { text } }),
    onSuccess: () => refresh(ws),
  });
  const problem = save.isError ? problemOf(save.error) : null;
  const wrong = problem === null ? new Set<number>() : linesIn(`${problem.message} ${problem.detail}`);
  const lines = text.split('\n').length;
  const changed = text !== saved;
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      save.mutate();
    }
  };
  const goTo = (line: number) => {
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
  return (
    <section className="card form">
      <p className="prose quiet-text">
        What no file can show: people, roles, plans, environments, owners, waivers. It belongs in your repository; this is the copy of the
        workspace. <code>stance init</code> writes a commented one.
      </p>
      {problem === null ? null : (
        <>
          <ProblemBox error={problem} />
          {wrong.size === 0 ? null : (
            <p className="buttons">
              {[...wrong].slice(0, 12).map((line) => (
                <Button key={line} onPress={() => goTo(line)}>
                  Go to line {line}
                </Button>
              ))}
            </p>
          )}
        </>
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
          aria-label="stance.yaml"
          aria-invalid={problem !== null}
          spellCheck={false}
          wrap="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
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
