/** Everything about the policy in one place: what holds where one stands, its limits and modes, versions, and the text. */
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { type CurrentPolicy, query } from '../api.ts';
import { plural } from '../format.ts';
import { ModeMark } from './decision-mark.tsx';
import { PolicyEditor } from './policy-editor.tsx';
import { LimitTable } from './policy-limits.tsx';
import { PolicyHere, type WhereProps } from './policy-place.tsx';
import { PolicyVersions } from './policy-versions.tsx';
import { Loaded, Skeleton } from './problem.tsx';
import { ViewLink } from './view-link.tsx';

export function PolicyPanel({ ws, where }: { ws: string /** null = the policy as a whole. */; where: Omit<WhereProps, 'ws'> | null }) {
  const current = useQuery(query.policy(ws));
  const { edit } = useSearch({ strict: false });
  return (
    <div className="stack">
      {where === null ? null : <PolicyHere ws={ws} {...where} />}
      <Loaded from={current} skeleton={<Skeleton rows={6} />}>
        {(policy) => (
          <>
            {where === null ? <Whole policy={policy} /> : null}
            <PolicyVersions ws={ws} current={policy} />
            {edit === undefined ? (
              <p>
                <ViewLink set={{ edit: 'yes' }} on={false} className="button">
                  Edit the policy
                </ViewLink>
              </p>
            ) : (
              <PolicyEditor key={`${ws}.${policy.version}`} ws={ws} current={policy} exception={edit === 'yes' ? undefined : edit} />
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Whole({ policy: { summary, version, active } }: { policy: CurrentPolicy }) {
  const lists = [
    plural(summary.routes.length, 'route'),
    plural(summary.providers.length, 'provider of identities', 'providers of identities'),
    plural(summary.allowed, 'allow-list entry', 'allow-list entries'),
    plural(summary.denied, 'deny-list entry', 'deny-list entries'),
  ];
  return (
    <section className="card">
      <div className="card-head">
        <h2>Policy {active === null ? 'built in' : version}</h2>
        <ModeMark mode={summary.mode} />
      </div>
      <p>{lists.join(', ')}.</p>
      <ul className="section-modes" aria-label="Mode of each check before routes lower it">
        {summary.sections.map(({ section, mode }) => (
          <li key={section}>
            <span>{section}</span>
            <ModeMark mode={mode} />
          </li>
        ))}
      </ul>
      {summary.limits.length === 0 ? <p>No limit is set: none is, until a policy says one.</p> : <LimitTable limits={summary.limits} />}
      {summary.rules.length === 0 ? null : (
        <ul className="entry-list">
          {summary.rules.map((rule) => (
            <li key={rule.id}>
              <span>
                rule <code>{rule.id}</code>
              </span>
              <ModeMark mode={rule.mode} />
              <span>{rule.because}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
