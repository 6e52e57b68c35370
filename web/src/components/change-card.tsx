/** The one change: what to do, what proves the need, what it gains, how to undo it, and how we will know. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Candidate, NextChange, Pillar } from '../api.ts';
import { count, percent, points, signed } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import { pillarWord } from '../words.ts';
import { Button } from './button.tsx';
import { CopyBlock } from './copy-block.tsx';
import { type ChangeAction, DecideChange } from './decide-change.tsx';
import { EvidenceList } from './evidence-link.tsx';
import { OperationLink } from './operation-link.tsx';

const kindWord: Readonly<Record<Candidate['kind'], string>> = {
  fix: 'fix',
  'find-out': 'find out first',
  deadline: 'legal deadline',
  'stop-the-bleeding': 'stop the bleeding',
};

const PILLAR_OF: Readonly<Record<string, Pillar>> = { PPL: 'people', PRC: 'processes', TEC: 'technology' };

/** `2 h` for a quarter day, `3 days`; a working day has eight hours. */
export function effortTime(days: number): string {
  if (days < 0.9) return `${Math.max(1, Math.round(days * 8))} h`;
  const rounded = days < 10 ? Math.round(days * 10) / 10 : Math.round(days);
  return `${rounded} ${rounded === 1 ? 'day' : 'days'}`;
}

export function ChangeCard({ ws, next, provenNow }: { ws: string; next: NextChange; provenNow: number }) {
  const [action, setAction] = useState<ChangeAction | null>(null);
  const [why, setWhy] = useState(false);
  useKeys({ a: () => setAction('accept') });
  const { change } = next;
  const pillar = PILLAR_OF[change.control.slice(0, 3)];
  return (
    <section className="card change" aria-labelledby="one-change">
      <p className="eyebrow">
        Your one change
        {change.kind === 'fix' ? null : <span className="tag">{kindWord[change.kind]}</span>}
      </p>
      <h2 id="one-change">{change.title}</h2>
      <p className="prose">{change.text}</p>
      {next.nearTie === null ? null : (
        <p className="near-tie">
          <strong>Near tie.</strong> {next.nearTie}
        </p>
      )}
      <div className="change-body">
        <dl className="facts change-facts">
          <dt>Effect</dt>
          <dd>
            <strong>
              {change.gain.proven < 0.05
                ? 'No points by itself: it shows what is unknown now'
                : `${signed(change.gain.proven)} evidenced (${points(provenNow)} to ${points(provenNow + change.gain.proven)})`}
            </strong>
            {pillar === undefined ? null : `, ${pillarWord[pillar]}`}; {change.kind === 'find-out' ? 'looks into' : 'closes'}{' '}
            <Link to="/controls" search={{ open: change.control }}>
              {change.control}
            </Link>
            {/* A lane outside the ranking goes first whatever it is worth; a number there would say the opposite. */}
            {change.kind === 'fix' && (
              <>
                <br />
                <span className="quiet-text">
                  cuts yearly loss by about ${money(change.riskCut.median)} (90 %: ${money(change.riskCut.low)} to $
                  {money(change.riskCut.high)})
                </span>
              </>
            )}
          </dd>
          <dt>Effort</dt>
          <dd>
            {change.effort.size}, about {effortTime(change.effort.daysMedian)}{' '}
            <span className="quiet-text">
              ({effortTime(change.effort.daysLow)} to {effortTime(change.effort.daysHigh)}; {change.effort.basis})
            </span>
          </dd>
          <dt>Evidence</dt>
          <dd>
            <EvidenceList references={change.evidence} />
          </dd>
          <dt>Safety</dt>
          <dd>{change.safety}</dd>
          <dt>Undo</dt>
          <dd>{change.undo}</dd>
          <dt>Done when</dt>
          <dd>{change.doneWhen}</dd>
          <dt>Owner</dt>
          <dd>{change.owner ?? <span className="quiet-text">nobody is named yet</span>}</dd>
          {change.units.length === 0 ? null : (
            <>
              <dt>Where</dt>
              <dd>
                <Units units={change.units} />
              </dd>
            </>
          )}
          {change.prerequisites.length === 0 ? null : (
            <>
              <dt>Needs first</dt>
              <dd>{change.prerequisites.map(({ control, held }) => `${control} (${held ? 'holds' : 'open'})`).join(', ')}</dd>
            </>
          )}
        </dl>
        <CopyBlock text={change.draft.text} label="Draft to copy" file={change.draft.file} />
      </div>
      <div className="buttons">
        <Button kind="main" onPress={() => setAction('accept')}>
          Accept <kbd>a</kbd>
        </Button>
        <Button onPress={() => setAction('not-now')}>Not now</Button>
        <Button kind="quiet" onPress={() => setAction('decline')}>
          Decline
        </Button>
        <Button kind="quiet" className="push" aria-expanded={why} onPress={() => setWhy(!why)}>
          Why this one, and the next two
        </Button>
      </div>
      {why ? <Why next={next} /> : null}
      {action === null ? null : (
        <DecideChange ws={ws} changeKey={change.key} action={action} owner={change.owner} onClose={() => setAction(null)} />
      )}
    </section>
  );
}

/** Thousand US dollars as people say them. */
export function money(thousands: number): string {
  if (thousands >= 1000) return `${Math.round(thousands / 100) / 10}M`;
  if (thousands >= 1) return `${count(thousands)}k`;
  return count(thousands * 1000);
}

function Units({ units }: { units: readonly string[] }) {
  return (
    <>
      {units.slice(0, 6).map((unit, at) => (
        <span key={unit}>
          {at > 0 ? ', ' : ''}
          {unit.startsWith('op_') ? <OperationLink id={unit} /> : unit.replace(/^organisation:/, '')}
        </span>
      ))}
      {units.length > 6 ? `, and ${units.length - 6} more` : ''}
    </>
  );
}

function Why({ next }: { next: NextChange }) {
  const rows = [{ change: next.change, whyNot: 'chosen' }, ...next.runnersUp];
  return (
    <div className="why">
      <p className="prose">{next.why}</p>
      <div className="scroll-x">
        <table className="plain-table">
          <caption>Ranked by loss avoided per person-day, at a cautious estimate (the 20th percentile).</caption>
          <thead>
            <tr>
              <th scope="col">Change</th>
              <th scope="col" className="number">
                Evidenced
              </th>
              <th scope="col" className="number">
                Effort
              </th>
              <th scope="col" className="number">
                $k a day, cautious
              </th>
              <th scope="col" className="number">
                median
              </th>
              <th scope="col" className="number">
                Best in
              </th>
              <th scope="col">Why not</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ change, whyNot }) => (
              <tr key={change.key}>
                <th scope="row">{change.title}</th>
                <td className="number">{signed(change.gain.proven)}</td>
                <td className="number nowrap">{effortTime(change.effort.daysMedian)}</td>
                <td className="number">{points(change.value.p20)}</td>
                <td className="number">{points(change.value.median)}</td>
                <td className="number nowrap">{percent(change.value.chanceBest)}</td>
                <td>{whyNot}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {next.change.sensitivity.length === 0 ? null : (
        <p className="quiet-text small">What moves this most: {next.change.sensitivity.join('; ')}.</p>
      )}
    </div>
  );
}
