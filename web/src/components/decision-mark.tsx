/** Words and shapes of what a guard decides: what became of a request, and how hard a check may be. */
import type { DecisionRecord, PolicyPlace } from '../api.ts';

type DecisionOutcome = DecisionRecord['outcome'];
type Mode = PolicyPlace['sections'][number]['mode'];

export const decisionWord: Readonly<Record<DecisionOutcome, string>> = {
  block: 'blocked',
  'would-block': 'would be blocked',
  allow: 'let through',
};

const outcomeShape: Readonly<Record<DecisionOutcome, readonly [string, string, string]>> = {
  block: ['failing', 'stroke', 'M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5'],
  'would-block': ['stale', 'thin', 'M6 1.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2zM6 3.4V6.4M6 8.4v.2'],
  allow: ['evidenced', 'stroke', 'M2 6.5 5 9.5 10.2 2.8'],
};

export function DecisionMark({ outcome }: { outcome: DecisionOutcome }) {
  const [tone, kind, path] = outcomeShape[outcome];
  return <Mark tone={tone} kind={kind} path={path} word={decisionWord[outcome]} />;
}

export const modeMeaning: Readonly<Record<Mode, string>> = {
  off: 'does not look',
  log: 'writes down what it would refuse',
  block: 'refuses',
};

const modeShape: Readonly<Record<Mode, readonly [string, string, string]>> = {
  block: ['evidenced', 'fill', 'M1.5 1.5h9v9h-9z'],
  log: ['stale', 'thin', 'M1.8 1.8h8.4v8.4H1.8zM4 4.5h4M4 7.5h4'],
  off: ['unknown', 'stroke', 'M2.5 6h7'],
};

export function ModeMark({ mode }: { mode: Mode }) {
  const [tone, kind, path] = modeShape[mode];
  return <Mark tone={tone} kind={kind} path={path} word={mode} title={`${mode}: ${modeMeaning[mode]}`} />;
}

function Mark({ tone, kind, path, word, title }: { tone: string; kind: string; path: string; word: string; title?: string }) {
  return (
    <span className="mark" title={title}>
      <svg className={`shape tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
        <path d={path} className={kind} />
      </svg>
      {word}
    </span>
  );
}
