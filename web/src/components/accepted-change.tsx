/** The change that is under way: what was frozen, what has been seen since, and how to bring the proof. */
import { Link } from '@tanstack/react-router';
import type { ChangeRecord } from '../api.ts';
import { ago, day, moment, signed } from '../format.ts';
import { CopyBlock } from './copy-block.tsx';
import { Drop } from './drop.tsx';
import { OutcomeMark } from './mark.tsx';

/** Observations that must hold, over at least three days, before a change counts as verified. */
const CHECKS_WANTED = 3;

export function AcceptedChange({ ws, change }: { ws: string; change: ChangeRecord }) {
  const holding = change.checks.length - (change.checks.findLastIndex(({ holds }) => !holds) + 1);
  const last = change.checks.at(-1);
  return (
    <section className="card change" aria-labelledby="one-change">
      <p className="eyebrow">
        Your one change
        <span className="tag">{change.state === 'regressed' ? 'it slid back' : last?.holds === true ? 'holding' : 'under way'}</span>
      </p>
      <h2 id="one-change">{change.title}</h2>
      <p className="quiet-text">
        Accepted {moment(change.decidedMs)}
        {change.owner === null ? '' : `, owner ${change.owner}`}; closes{' '}
        <Link to="/controls" search={{ open: change.control }}>
          {change.control}
        </Link>
        . One change at a time: the next is named when this one is verified, or put back.
      </p>
      <div className="change-body">
        <div className="stack">
          {change.frozen === null ? null : (
            <dl className="facts change-facts">
              <dt>Done when</dt>
              <dd>{change.frozen.doneWhen}</dd>
              <dt>Foreseen</dt>
              <dd>{signed(change.frozen.gainProven)} evidenced</dd>
            </dl>
          )}
          <div>
            <h3>Seen since</h3>
            {change.checks.length === 0 ? (
              <p className="quiet-text">No check yet. It is checked after every import and every assessment.</p>
            ) : (
              <ol className="checks">
                {change.checks.slice(-5).map(({ atMs, holds, because }) => (
                  <li key={atMs} className={holds ? 'holds' : 'fails'}>
                    <strong>{holds ? 'holds' : 'not yet'}</strong> {because} <span className="quiet-text nowrap">{ago(atMs)}</span>
                  </li>
                ))}
              </ol>
            )}
            {last?.holds === true && change.state !== 'verified' ? (
              <p className="quiet-text small">
                Holds in {holding} of {CHECKS_WANTED} observations in a row. Verified when it has held for 72 hours; looked at again after
                7, 30 and 90 days.
              </p>
            ) : null}
          </div>
          <div>
            <h3>Bring the proof</h3>
            <p className="quiet-text small">Drop the mended file, or a log from after the change. The check runs by itself.</p>
            <Drop ws={ws} compact />
          </div>
        </div>
        {change.frozen === null || change.frozen.draft === '' ? null : <CopyBlock text={change.frozen.draft} label="What was to be done" />}
      </div>
    </section>
  );
}

/** How long a verified change is said aloud above the next one, milliseconds. */
const SAID_MS = 86_400_000;

/** What was asked for has been seen: said once, with the proof, above the next change. */
export function VerifiedNote({ changes }: { changes: readonly ChangeRecord[] }) {
  const change = changes
    .filter(({ state, verifiedMs }) => state === 'verified' && verifiedMs !== null && Date.now() - verifiedMs < SAID_MS)
    .toSorted((a, b) => (b.verifiedMs ?? 0) - (a.verifiedMs ?? 0))[0];
  if (change === undefined || change.verifiedMs === null) return null;
  return (
    <p className="note verified" role="status">
      <OutcomeMark outcome="met" /> <strong>Verified: {change.title}.</strong> {change.checks.findLast(({ holds }) => holds)?.because}{' '}
      <span className="quiet-text">{ago(change.verifiedMs)}; looked at again after 7, 30 and 90 days.</span>
    </p>
  );
}

const stateWord: Readonly<Record<ChangeRecord['state'], string>> = {
  accepted: 'under way',
  verified: 'verified',
  declined: 'declined',
  snoozed: 'not now',
  regressed: 'slid back',
  superseded: 'superseded',
};

export function ChangeHistory({ changes }: { changes: readonly ChangeRecord[] }) {
  return (
    <div className="scroll-x">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Change</th>
            <th scope="col">State</th>
            <th scope="col">Decided</th>
            <th scope="col" className="number">
              Foreseen
            </th>
            <th scope="col" className="number">
              Checks
            </th>
            <th scope="col">Said</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.id}>
              <th scope="row">{change.title}</th>
              <td className="nowrap">
                {stateWord[change.state]}
                {change.verifiedMs === null ? '' : ` ${day(change.verifiedMs)}`}
                {change.untilMs === null ? '' : ` until ${day(change.untilMs)}`}
              </td>
              <td className="nowrap">{day(change.decidedMs)}</td>
              <td className="number">{change.frozen === null ? '–' : signed(change.frozen.gainProven)}</td>
              <td className="number nowrap">
                {change.checks.length === 0 ? '–' : `${change.checks.filter(({ holds }) => holds).length} of ${change.checks.length} hold`}
              </td>
              <td>{change.reason ?? (change.checks.at(-1)?.because || '–')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
