/** What was brought in, what became of every line of it, and what cannot be seen from here. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { type DoctorLine, query, refresh, request, type SourceRecord, within } from '../api.ts';
import { AccountBar, ReasonTable } from '../components/account-bar.tsx';
import { Button } from '../components/button.tsx';
import { Drop } from '../components/drop.tsx';
import { Icon } from '../components/icon.tsx';
import { LevelMark } from '../components/mark.tsx';
import { Overlay } from '../components/overlay.tsx';
import { Empty, Loaded, ProblemBox, Skeleton } from '../components/problem.tsx';
import { bytes, count, duration, moment, percent, plural } from '../format.ts';
import { useLive } from '../live.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/sources');
const kindWord = { traffic: 'traffic', declaration: 'declaration', settings: 'settings', ownership: 'ownership' } as const;
const stateWord = {
  running: 'running',
  complete: 'complete',
  interrupted: 'interrupted: import it again to go on',
  following: 'following',
} as const;
const levelOrder = ['fail', 'doubt', 'blind', 'ok'];

export function SourcesPage() {
  const ws = useWorkspace();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sources = useQuery(query.sources(ws));
  const doctor = useQuery(query.doctor(ws));
  return (
    <div className="page">
      <div className="page-head">
        <h1>Sources</h1>
        <p className="quiet-text">{sources.data === undefined ? '' : plural(sources.data.rows.length, 'source')}</p>
      </div>
      <div className="stack">
        <section className="card">
          <h2>Bring a file</h2>
          <Drop ws={ws} />
          <Running />
        </section>
        <Loaded from={sources} skeleton={<Skeleton rows={4} height={84} />}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title="No source yet." />
            ) : (
              <section className="card">
                <h2>What became of every line</h2>
                <p className="quiet-text small">seen = read + folded + excluded + malformed</p>
                <ul className="sources">
                  {rows
                    .toSorted((a, b) => b.importedMs - a.importedMs)
                    .map((source) => (
                      <Source
                        key={source.id}
                        ws={ws}
                        source={source}
                        open={search.open === source.id}
                        onOpen={() =>
                          void navigate({
                            search: (before) => ({ ...before, open: search.open === source.id ? undefined : source.id }),
                            replace: true,
                            resetScroll: false,
                          })
                        }
                      />
                    ))}
                </ul>
              </section>
            )
          }
        </Loaded>
        <section className="card">
          <h2>What can be seen, and what cannot</h2>
          <Loaded from={doctor}>
            {({ lines }) =>
              lines.length === 0 ? (
                <p className="quiet-text">Nothing to say before the first import.</p>
              ) : (
                <>
                  <DoctorList lines={lines.filter(({ level }) => level !== 'ok')} />
                  <details className="works">
                    <summary>{plural(lines.filter(({ level }) => level === 'ok').length, 'thing')} work as they should</summary>
                    <DoctorList lines={lines.filter(({ level }) => level === 'ok')} />
                  </details>
                </>
              )
            }
          </Loaded>
        </section>
      </div>
    </div>
  );
}

function DoctorList({ lines }: { lines: readonly DoctorLine[] }) {
  return (
    <ul className="doctor">
      {lines
        .toSorted((a, b) => levelOrder.indexOf(a.level) - levelOrder.indexOf(b.level))
        .map((line) => (
          <li key={`${line.topic}:${line.text}`}>
            <LevelMark level={line.level} />
            <div>
              <strong className="break">{line.topic}</strong> {line.text}
              {line.fix === null ? null : <p className="quiet-text">{line.fix}</p>}
            </div>
          </li>
        ))}
    </ul>
  );
}

/** Imports that were started elsewhere: the terminal, another tab. */
function Running() {
  const running = [...useLive().imports.values()].filter(({ phase }) => phase !== 'done' && phase !== 'failed');
  if (running.length === 0) return null;
  return (
    <ul className="jobs">
      {running.map((job) => (
        <li key={job.name} className="job">
          <div className="job-head">
            <strong className="clip">{job.name}</strong>
            <span className="job-state">{job.phase}</span>
          </div>
          <p className="quiet-text small">
            {count(job.seen)} seen, {count(job.perSecond)} a second
            {job.secondsLeft === null ? '' : `, ${duration(job.secondsLeft * 1000)} left`}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Source({ ws, source, open, onOpen }: { ws: string; source: SourceRecord; open: boolean; onOpen: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="source">
      <div className="source-head">
        <button type="button" className="expand" aria-expanded={open} onClick={onOpen}>
          <Icon name={open ? 'down' : 'right'} />
          <span className="mono break">{source.name}</span>
        </button>
        <span className="quiet-text">
          {kindWord[source.kind]}, {source.format}
          {source.bytes === null ? '' : `, ${bytes(source.bytes)}`}
          {source.state === 'complete' ? '' : `, ${stateWord[source.state]}`}
        </span>
        <span className="quiet-text nowrap">{moment(source.importedMs)}</span>
      </div>
      <AccountBar account={source.account} />
      {open ? (
        <div className="source-detail">
          <div className="source-tables">
            <ReasonTable title="Folded, by reason" reasons={source.account.folded} />
            <ReasonTable title="Excluded, by reason" reasons={source.account.excluded} />
            {source.kind === 'traffic' ? <Sight source={source} /> : null}
          </div>
          {source.account.malformedLines.length === 0 ? null : (
            <table className="plain-table small-table">
              <caption>First malformed lines</caption>
              <thead>
                <tr>
                  <th scope="col" className="number">
                    Line
                  </th>
                  <th scope="col">What is wrong</th>
                </tr>
              </thead>
              <tbody>
                {source.account.malformedLines.map(({ line, message }) => (
                  <tr key={line}>
                    <td className="number">{count(line)}</td>
                    <td>{message}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <div className="buttons">
            <Button kind="danger" onPress={() => setAsking(true)}>
              Remove source
            </Button>
          </div>
        </div>
      ) : null}
      {asking ? <Remove ws={ws} source={source} onClose={() => setAsking(false)} /> : null}
    </li>
  );
}

const sights = [
  ['client address', 'withClientAddress'],
  ['credential', 'withCredentialInfo'],
  ['host', 'withHost'],
  ['duration', 'withDuration'],
  ['headers', 'withHeaders'],
  ['bodies', 'withBodies'],
] as const;

function Sight({ source }: { source: SourceRecord }) {
  const { sight } = source;
  return (
    <table className="plain-table small-table">
      <caption>Carried by the {plural(sight.exchanges, 'exchange')} read</caption>
      <tbody>
        {sights.map(([name, key]) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td>
              <span className="share" aria-hidden="true">
                <span style={{ width: `${sight[key] * 100}%` }} />
              </span>
            </td>
            <td className="number">{percent(sight[key])}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">distinct clients</th>
          <td />
          <td className="number">{sight.distinctClients >= 1000 ? '1,000 or more' : count(sight.distinctClients)}</td>
        </tr>
        <tr>
          <th scope="row">longest silence</th>
          <td />
          <td className="number">{duration(sight.largestGapMs)}</td>
        </tr>
        {sight.inFuture + sight.outOfOrder > 0 ? (
          <tr>
            <th scope="row">odd times</th>
            <td />
            <td className="number">
              {count(sight.inFuture)} in the future, {count(sight.outOfOrder)} backwards
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function Remove({ ws, source, onClose }: { ws: string; source: SourceRecord; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: () => request(within(ws, `/sources/${encodeURIComponent(source.id)}`), { method: 'DELETE' }),
    onSuccess: async () => {
      await refresh(ws);
      onClose();
    },
  });
  return (
    <Overlay title="Remove this source?" isOpen onClose={onClose}>
      <p className="break">
        <strong>{source.name}</strong>: its documents, exchanges and bookmark go. Counts of traffic that are already added up stay, because
        they cannot be taken apart.
      </p>
      {remove.isError ? <ProblemBox error={remove.error} /> : null}
      <div className="buttons">
        <Button kind="danger" isDisabled={remove.isPending} onPress={() => remove.mutate()}>
          Remove source
        </Button>
        <Button onPress={onClose}>Keep it</Button>
      </div>
    </Overlay>
  );
}
