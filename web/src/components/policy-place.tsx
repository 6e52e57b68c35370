/** What the policy in force says of one API or operation: which routes hold, each setting with where it comes from, each mode too. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type PolicyPlace as Place, query } from '../api.ts';
import { day, plural } from '../format.ts';
import { ModeMark } from './decision-mark.tsx';
import { LimitTable } from './policy-limits.tsx';
import { Loaded } from './problem.tsx';

export interface WhereProps {
  readonly ws: string;
  readonly service: string;
  /** Absent = the API as a whole. */
  readonly operation?: { readonly method: string; readonly template: string };
}

export function PolicyHere({ ws, service, operation }: WhereProps) {
  const place = useQuery(query.policyPlace(ws, { service, method: operation?.method, template: operation?.template }));
  return <Loaded from={place}>{(shown) => <Shown place={shown} service={service} operation={operation} />}</Loaded>;
}

const callerSettings = ['public', 'authentication', 'scopes', 'roles', 'rules', 'write'];

function Shown({ place, service, operation }: { place: Place; service: string; operation: WhereProps['operation'] }) {
  const of = (names: readonly string[]) => place.settings.filter(({ name }) => names.includes(name));
  const rest = place.settings.filter(({ name }) => !callerSettings.includes(name) && name !== 'limits');
  const here = operation === undefined ? 'this API' : 'this operation';
  const depends = place.routes.filter(({ fit }) => fit === 'unknown').length;
  return (
    <>
      <section className="card">
        <div className="card-head">
          <h2>What holds here</h2>
          <span className="quiet-text">policy {place.policyVersion}</span>
        </div>
        {place.routes.length === 0 ? (
          <p>No route of the policy names {here}: its defaults hold.</p>
        ) : (
          <p>
            Routes, later ones over earlier ones:{' '}
            {place.routes.map(({ id, fit }, at) => (
              <span key={id}>
                {at > 0 ? ', ' : ''}
                <code>{id}</code>
                {fit === 'unknown' ? <span className="quiet-text"> (depends on the request)</span> : null}
              </span>
            ))}
          </p>
        )}
        {depends === 0 ? null : (
          <p className="note unknown-note">
            {operation === undefined
              ? 'Routes marked so hold for part of this API. Modes and settings below are the ones where all of them hold; each operation has its own.'
              : 'Whether the routes marked so hold is told only by a request: its host, address, caller or literal path. Modes and settings below are those where all of them hold.'}
          </p>
        )}
        <p>
          <Link
            to="/threats"
            search={operation === undefined ? { service } : { service, method: operation.method, template: operation.template }}
          >
            What was decided here
          </Link>
        </p>
      </section>
      <section className="card">
        <h2>Mode of each check</h2>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className="scroll-x" tabIndex={0} aria-label="Mode of each check">
          <table className="plain-table">
            <caption>The weakest of all levels counts: a level can only lower what stands above it</caption>
            <thead>
              <tr>
                <th scope="col">Check</th>
                <th scope="col">Mode</th>
                <th scope="col">Comes from</th>
                <th scope="col">Levels that say something</th>
              </tr>
            </thead>
            <tbody>
              {place.sections.map(({ section, mode, decidedBy, levels }) => (
                <tr key={section}>
                  <th scope="row">{section}</th>
                  <td>
                    <ModeMark mode={mode} />
                  </td>
                  <td>{decidedBy === null ? 'nothing lowers it' : <code>{decidedBy}</code>}</td>
                  <td className="quiet-text">{levels.map(({ level, mode: one }) => `${level}: ${one}`).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </section>
      <section className="card">
        <h2>Who may call</h2>
        <Settings rows={of(callerSettings)} none={`The policy asks nobody at ${here} who they are.`} />
      </section>
      <section className="card">
        <h2>Limits</h2>
        {place.limits.length === 0 ? <p>No limit is named for {here}.</p> : <LimitTable limits={place.limits} />}
        <Settings rows={of(['limits'])} none="" />
      </section>
      <section className="card">
        <h2>Validation and the rest</h2>
        <dl className="facts">
          {place.validation.map(({ what, mode }) => (
            <div key={what} className="fact-line">
              <dt>{what[0]?.toUpperCase() + what.slice(1)}</dt>
              <dd>
                <ModeMark mode={mode} />
              </dd>
            </div>
          ))}
        </dl>
        <p className="quiet-text small">For the whole policy; the check “validation” above lowers them here.</p>
        <Settings rows={rest} none="" />
      </section>
      <section className="card">
        <h2>Rules, exceptions and lists</h2>
        {place.entries.length === 0 ? (
          <p>None speaks of {here}.</p>
        ) : (
          <ul className="entry-list">
            {place.entries.map((entry) => (
              <li key={`${entry.kind}.${entry.id}`}>
                <span>
                  {entry.kind} <code>{entry.id}</code>
                </span>
                {entry.mode === null ? null : <ModeMark mode={entry.mode} />}
                <span>{entry.because}</span>
                <span className="quiet-text">
                  {entry.fit === 'unknown' ? 'depends on the request' : 'holds here'}
                  {entry.untilMs === null ? '' : `, until ${day(entry.untilMs)}`}
                </span>
              </li>
            ))}
          </ul>
        )}
        <p className="quiet-text small">
          {plural(place.entries.length, 'entry', 'entries')} that may fit {here}; those that cannot are left out.
        </p>
      </section>
    </>
  );
}

function Settings({ rows, none }: { rows: Place['settings']; none: string }) {
  if (rows.length === 0) return none === '' ? null : <p>{none}</p>;
  return (
    <ul className="setting-list">
      {rows.map(({ name, value, from }) => (
        <li key={name}>
          <span>{name}</span>
          <code className="break">{value}</code>
          <span className="quiet-text">from {from}</span>
        </li>
      ))}
    </ul>
  );
}
