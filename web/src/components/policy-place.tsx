/** What the policy in force says of one API or operation: modes with the level that decided each, settings with where they stand. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { query } from '../api.ts';
import { plural } from '../format.ts';
import { ModeMark } from './decision-mark.tsx';
import { Loaded } from './problem.tsx';

export function PolicyOfPlace({ ws, service, method, template }: { ws: string; service: string; method?: string; template?: string }) {
  const place = useQuery(query.policyPlace(ws, { service, method, template }));
  return (
    <Loaded from={place}>
      {(data) => (
        <>
          <p>
            Policy <span className="mono">{data.policyVersion}</span>.{' '}
            {data.routes.length === 0
              ? 'No route of it matches here, so its defaults hold.'
              : `Routes that match, later ones over earlier ones: ${data.routes.map(({ id, fit }) => (fit === 'unknown' ? `${id} (depends on the request)` : id)).join(', ')}.`}{' '}
            <Link to="/threats" search={(before) => ({ ...before, tab: 'policy' })}>
              Edit the policy
            </Link>
          </p>
          <h2>What each check may do here</h2>
          <ul className="mode-list">
            {data.sections.map(({ section, mode, decidedBy }) => (
              <li key={section}>
                {section} <ModeMark mode={mode} />
                {decidedBy === null ? null : <span className="quiet-text small"> by {decidedBy}</span>}
              </li>
            ))}
          </ul>
          <h2>Settings</h2>
          {data.settings.length === 0 ? (
            <p className="quiet-text">None beyond the built-in ones.</p>
          ) : (
            <dl className="facts">
              {data.settings.map(({ name, value, from }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <span className="mono break">{value}</span> <span className="quiet-text small">({from})</span>
                  </dd>
                </div>
              ))}
            </dl>
          )}
          <h2>Limits</h2>
          <p>
            {data.limits.length === 0
              ? 'None is named here.'
              : data.limits
                  .map(({ name, by, requests, windowSeconds, mode }) => `${name}: ${requests} per ${windowSeconds} s by ${by}, ${mode}`)
                  .join('; ')}
          </p>
          {data.entries.length === 0 ? null : (
            <>
              <h2>{plural(data.entries.length, 'rule or list entry', 'rules and list entries')}</h2>
              <ul className="plain-list">
                {data.entries.map(({ kind, id, mode, because, fit }) => (
                  <li key={`${kind}.${id}`}>
                    <strong>{kind}</strong> <code>{id}</code> {mode === null ? null : <ModeMark mode={mode} />} {because}
                    {fit === 'unknown' ? <span className="quiet-text small"> (depends on the request)</span> : null}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </Loaded>
  );
}
