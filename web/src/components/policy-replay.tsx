/** What a policy would have done to the traffic that is kept: who, how many, which operations, and what cannot be told. */
import type { PolicyPreview, ReplayReport } from '../api.ts';
import { count, day, percent, plural } from '../format.ts';
import { ModeMark } from './decision-mark.tsx';

/** Rows of a list shown; the rest is said as a number. */
const ROWS = 12;

export function ReplayResult({
  report,
  only,
}: {
  report: ReplayReport /** One rule by its id: the others are in force anyway. */;
  only?: string;
}) {
  const rules = only === undefined ? report.rules : report.rules.filter(({ rule }) => rule === only);
  const span =
    report.firstMs === null || report.lastMs === null
      ? 'No traffic is kept to replay.'
      : `${plural(report.requests, 'request')} of ${report.days < 1 ? 'less than a day' : plural(Math.round(report.days), 'day')} (${day(report.firstMs)} to ${day(report.lastMs)}), ${count(report.good)} of them answered well.`;
  return (
    <section className="replay" aria-label="Replay">
      <p className="prose">
        {span} {report.basis === 'masked' ? 'Replayed from kept evidence, which holds no values.' : 'Replayed from raw captures.'}
      </p>
      {report.requests === 0 ? null : (
        <>
          {only === undefined ? (
            <dl className="figures">
              <Figure label="Would be refused" counts={report.refused} good={report.good} />
              <Figure label="Only written down" counts={report.logged} good={report.good} />
              <div>
                <dt>Judged by every check</dt>
                <dd>
                  <strong>{count(report.wholly)}</strong>
                  <span className="quiet-text small">of {plural(report.requests, 'request')}</span>
                </dd>
              </div>
            </dl>
          ) : null}
          <Rules rules={rules} good={report.good} only={only} />
          {only === undefined ? <Operations report={report} /> : null}
        </>
      )}
      {report.unknown.length === 0 ? null : (
        <div className="note unknown-note">
          <p>
            <strong>What this cannot tell</strong> – a request counted here was not found to pass that check.
          </p>
          <ul>
            {report.unknown.map(({ check, requests, because }) => (
              <li key={`${check}.${because}`}>
                <strong>{check}</strong>: {plural(requests, 'request')}, {because}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

type Counts = ReplayReport['refused'];

function clientsText({ clients, clientsIsFloor }: Counts): string {
  return `${clientsIsFloor ? 'at least ' : ''}${plural(clients, 'client')}`;
}

function goodText({ good }: Counts, allGood: number): string {
  return allGood === 0 ? 'no good traffic to compare with' : `${count(good)} good (${percent(good / allGood)} of good traffic)`;
}

function Figure({ label, counts, good }: { label: string; counts: Counts; good: number }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <strong>{count(counts.requests)}</strong>
        <span className="quiet-text small">
          {clientsText(counts)}; {goodText(counts, good)}
        </span>
      </dd>
    </div>
  );
}

function Rules({ rules, good, only }: { rules: ReplayReport['rules']; good: number; only: string | undefined }) {
  if (rules.length === 0)
    return <p>{only === undefined ? 'No check objects to any of it.' : 'It fits none of the traffic that is kept.'}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll-x" tabIndex={0} aria-label="Rules that would object">
      <table className="plain-table">
        <caption>Who would have been stopped, or written down, by which rule</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Mode</th>
            <th scope="col" className="number">
              Requests
            </th>
            <th scope="col" className="number">
              Clients
            </th>
            <th scope="col">Good traffic</th>
            <th scope="col">Operations</th>
          </tr>
        </thead>
        <tbody>
          {rules.slice(0, ROWS).map((rule) => (
            <tr key={`${rule.rule}.${rule.mode}`}>
              <th scope="row" className="mono break">
                {rule.rule}
              </th>
              <td>
                <ModeMark mode={rule.mode} />
              </td>
              <td className="number">{count(rule.requests)}</td>
              <td className="number">
                {rule.clientsIsFloor ? '≥ ' : ''}
                {count(rule.clients)}
              </td>
              <td>{goodText(rule, good)}</td>
              <td className="mono break">
                {rule.operations
                  .slice(0, 3)
                  .map(({ operation }) => operation)
                  .join(', ')}
                {rule.operations.length > 3 ? ` and ${rule.operations.length - 3} more` : ''}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rules.length > ROWS ? <p className="quiet-text small">and {plural(rules.length - ROWS, 'more rule')}</p> : null}
    </section>
  );
}

function Operations({ report }: { report: ReplayReport }) {
  const hit = report.operations.filter(({ refused }) => refused > 0);
  if (hit.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll-x" tabIndex={0} aria-label="Operations with refusals">
      <table className="plain-table">
        <caption>Operations of which something would be refused</caption>
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col" className="number">
              Requests
            </th>
            <th scope="col" className="number">
              Refused
            </th>
            <th scope="col" className="number">
              Of them good
            </th>
          </tr>
        </thead>
        <tbody>
          {hit.slice(0, ROWS).map((one) => (
            <tr key={`${one.service}.${one.method}.${one.template}`}>
              <th scope="row" className="mono break">
                {one.method} {one.template}
                {one.service === null ? null : <span className="quiet-text"> {one.service}</span>}
              </th>
              <td className="number">{count(one.requests)}</td>
              <td className="number">{count(one.refused)}</td>
              <td className="number">{count(one.refusedGood)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hit.length > ROWS ? <p className="quiet-text small">and {plural(hit.length - ROWS, 'more operation')}</p> : null}
    </section>
  );
}

/** Where a policy grows stricter, and whether the replay carries it. */
export function ProofOf({ preview }: { preview: PolicyPreview }) {
  const { stricter, proof } = preview;
  return (
    <section aria-label="Proof">
      {stricter.length === 0 ? (
        <p>Nothing that passes now would be refused: no proof is needed.</p>
      ) : (
        <>
          <p>Requests that passed may be refused from now on, because:</p>
          <ul className="plain-list">
            {stricter.map(({ section, level, change }) => (
              <li key={`${section}.${level}.${change}`}>
                <strong>{section}</strong> <code>{level}</code>: {change}
              </li>
            ))}
          </ul>
        </>
      )}
      {proof === null || stricter.length === 0 ? null : proof.isEnough ? (
        <p className="note verified">
          The replay proves it{proof.refusedShare === null ? '' : `: ${percent(proof.refusedShare)} of good traffic would be refused`}.
        </p>
      ) : (
        <div className="note unknown-note">
          <p>
            <strong>The replay does not prove it.</strong>
          </p>
          <ul>
            {proof.gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
