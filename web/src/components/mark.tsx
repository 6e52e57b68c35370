/** Shapes that go with colours: a state or severity is always a shape and a word too, never a colour alone. */
import type { ReactNode } from 'react';
import type { OperationState, Outcome, Severity } from '../api.ts';
import { outcomeWord, stateMeaning, stateWord } from '../words.ts';

function Shape({ tone, children }: { tone: string; children: ReactNode }) {
  return (
    <svg className={`shape tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const tick = <path d="M2 6.5 5 9.5 10.2 2.8" className="stroke" />;
const cross = <path d="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5" className="stroke" />;
const clockFace = (
  <>
    <circle cx="6" cy="6" r="4.6" className="thin" />
    <path d="M6 3.4V6l2 1.3" className="thin" />
  </>
);
const question = <path d="M3.8 4.2a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.8-1.1 1.6M6 9.9v.3" className="stroke" />;
const hatch = (
  <>
    <rect x="1.5" y="1.5" width="9" height="9" rx="1.5" className="thin" />
    <path d="M2 7 7 2M2.4 10.2 10.2 2.4M5.5 10.3l4.8-4.8" className="thin" />
  </>
);

const outcomeShape: Readonly<Record<Outcome, readonly [string, ReactNode]>> = {
  met: ['evidenced', tick],
  failing: ['failing', cross],
  stale: ['stale', clockFace],
  unknown: ['unknown', question],
  waived: ['attested', hatch],
  'not-applicable': ['unknown', <path key="n" d="M2.5 6h7" className="stroke" />],
};

export function OutcomeMark({ outcome, attested = false }: { outcome: Outcome; attested?: boolean }) {
  const [tone, shape] = attested && outcome === 'met' ? (['attested', hatch] as const) : outcomeShape[outcome];
  return (
    <span className="mark">
      <Shape tone={tone}>{shape}</Shape>
      {attested && outcome === 'met' ? 'attested' : outcomeWord[outcome]}
    </span>
  );
}

const stateShape: Readonly<Record<OperationState, readonly [string, ReactNode]>> = {
  active: ['evidenced', tick],
  shadow: ['failing', <path key="s" d="M6 .8 11.2 6 6 11.2.8 6Z" className="fill" />],
  zombie: ['stale', clockFace],
  silent: ['unknown', <path key="q" d="M1.5 6h2m1.5 0h2m1.5 0h2" className="stroke" />],
  unused: ['unknown', <circle key="u" cx="6" cy="6" r="4.3" className="thin" />],
  declared: ['unknown', question],
};

export function StateMark({ state, orphan = false }: { state: OperationState; orphan?: boolean }) {
  const [tone, shape] = stateShape[state];
  return (
    <span className="mark" title={`${stateWord[state]}: ${stateMeaning[state]}${orphan ? '; no owner is known' : ''}`}>
      <Shape tone={tone}>{shape}</Shape>
      {stateWord[state]}
    </span>
  );
}

const severityShape: Readonly<Record<Severity, ReactNode>> = {
  critical: <path d="M3.6.6h4.8l3 3v4.8l-3 3H3.6l-3-3V3.6Z" className="fill" />,
  high: <path d="M6 .9 11.6 11H.4Z" className="fill" />,
  medium: <rect x="1.2" y="1.2" width="9.6" height="9.6" className="fill" />,
  low: <circle cx="6" cy="6" r="4.8" className="fill" />,
  info: <circle cx="6" cy="6" r="4" className="stroke" />,
};

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className="mark">
      <Shape tone={severity}>{severityShape[severity]}</Shape>
      {severity}
    </span>
  );
}

const levelShape = {
  ok: ['evidenced', tick, 'works'],
  doubt: ['stale', clockFace, 'doubtful'],
  fail: ['failing', cross, 'fails'],
  blind: ['unknown', question, 'cannot be seen'],
} as const;

export function LevelMark({ level }: { level: keyof typeof levelShape }) {
  const [tone, shape, word] = levelShape[level];
  return (
    <span className="mark">
      <Shape tone={tone}>{shape}</Shape>
      {word}
    </span>
  );
}

const unitShape = {
  met: ['evidenced', tick, 'holds'],
  failing: ['failing', cross, 'fails'],
  part: ['stale', <path key="p" d="M6 1.4a4.6 4.6 0 0 1 0 9.2Z" className="fill" />, 'in part'],
  unknown: ['unknown', question, 'unknown'],
} as const;

export function UnitMark({ state }: { state: keyof typeof unitShape }) {
  const [tone, shape, word] = unitShape[state];
  return (
    <span className="mark">
      <Shape tone={tone}>{shape}</Shape>
      {word}
    </span>
  );
}
