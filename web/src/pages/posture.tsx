/** Where we stand: the band, its three pillars, why it moved, and the one change. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Assessment, type Band, type Posture, query, type ScorePoint } from '../api.ts';
import { AcceptedChange, ChangeHistory, VerifiedNote } from '../components/accepted-change.tsx';
import { BandBar } from '../components/band-bar.tsx';
import { ChangeCard } from '../components/change-card.tsx';
import { Choose } from '../components/field.tsx';
import { Ledger } from '../components/ledger.tsx';
import { Empty, Loaded, Skeleton } from '../components/problem.tsx';
import { StepChart } from '../components/step-chart.tsx';
import { ago, clock, moment, points, zoneName } from '../format.ts';
import { pillars } from '../words.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/posture');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function PosturePage() {
  const ws = useWorkspace();
  const posture = useQuery(query.posture(ws));
  return (
    <div className="page">
      <Loaded
        from={posture}
        skeleton={
          <div className="stack">
            <h1>Posture</h1>
            <Skeleton rows={5} height={64} />
          </div>
        }
      >
        {(data) => (data.assessment === null ? <Nothing data={data} /> : <Shown ws={ws} data={data} assessment={data.assessment} />)}
      </Loaded>
    </div>
  );
}

function Nothing({ data }: { data: Posture }) {
  return (
    <>
      <div className="page-head">
        <h1>Posture</h1>
      </div>
      <Empty title={data.sources === 0 ? 'Nothing has been brought in yet.' : 'Not assessed yet.'}>
        <p className="prose">
          A file is enough to start: an OpenAPI document, a HAR file, an access log. Nothing leaves this machine. Six questions, each of
          which may be answered “don’t know”, fill in what no file can show.
        </p>
        <Link to="/start" className="button main">
          Start
        </Link>
      </Empty>
    </>
  );
}

/** A look back draws only what was kept of that day: proven and possible. */
function bandOf(now: Band, then: { readonly proven: number; readonly possible: number } | undefined): Band {
  if (then === undefined) return now;
  return {
    ...now,
    proven: then.proven,
    possible: then.possible,
    attested: 0,
    unknown: then.possible - then.proven,
    failing: 100 - then.possible,
  };
}

function Shown({ ws, data, assessment }: { ws: string; data: Posture; assessment: Assessment }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const days = Number(search.since ?? '90') || 90;
  const at = search.at === undefined ? null : Number(search.at);
  const then: ScorePoint | undefined = at === null ? undefined : data.history.findLast((point) => point.atMs <= at);
  const total = bandOf(assessment.total, then);
  const unknown = total.possible - total.proven;
  const open = data.changes.find(({ state }) => state === 'accepted' || state === 'regressed');
  const closed = data.changes.filter((change) => change !== open);
  const firstMs = data.history[0]?.atMs ?? assessment.atMs;
  // A young workspace gets a chart of its own age, not of ninety empty days.
  const toMs = Math.max(Date.now(), assessment.atMs);
  const fromMs = Math.max(toMs - days * DAY_MS, Math.min(firstMs, toMs - HOUR_MS));
  return (
    <div className="stack posture">
      <section className="posture-head" aria-labelledby="posture-title">
        <div>
          <h1 id="posture-title" className="eyebrow">
            Posture
          </h1>
          <p className="score">
            <span className="score-number">{points(total.proven)}</span>
            <span className="score-words">
              <strong>evidenced</strong>
              <span>
                could be {points(total.possible)} <span className="quiet-text">({points(unknown)} unknown or claimed)</span>
              </span>
            </span>
          </p>
          {then === undefined ? (
            <p className="quiet-text small">
              Letter {assessment.letter.value}
              {assessment.letter.cappedBy === null ? '' : `, capped: ${assessment.letter.cappedBy}`}
              <br />
              Model {assessment.model}, computed {clock(assessment.atMs)} {zoneName()} ({ago(assessment.atMs)})
            </p>
          ) : (
            <p className="look-back">
              Looking back to {moment(then.atMs)}, model {then.model}.{' '}
              <Link to="." search={(before) => ({ ...before, at: undefined })}>
                Back to now
              </Link>
            </p>
          )}
        </div>
        <div className="pillars">
          {pillars.map((pillar) => (
            <BandBar key={pillar} pillar={pillar} band={bandOf(assessment.pillars[pillar], then?.pillars[pillar])} />
          ))}
        </div>
      </section>
      {data.answered < 6 ? (
        <p className="note">
          {data.answered} of the six questions answered; the rest stays unknown.{' '}
          <Link to="/start" search={{ step: 'questions' }}>
            Answer them
          </Link>{' '}
          <span className="quiet-text">(60 seconds; “don’t know” is an answer)</span>
        </p>
      ) : null}
      <VerifiedNote changes={data.changes} />
      {open !== undefined ? (
        <AcceptedChange ws={ws} change={open} />
      ) : assessment.next !== null ? (
        <ChangeCard ws={ws} next={assessment.next} provenNow={assessment.total.proven} />
      ) : (
        <section className="card">
          <h2>No change to name</h2>
          <p>Nothing that can be changed would cut the risk by a measurable amount now. More sources may show more.</p>
          <Link to="/sources">Bring another source</Link>
        </section>
      )}
      <div className="two">
        <Panel
          title="Score over time"
          tool={
            <Choose
              label="Span"
              all="90 days"
              value={search.since}
              onChange={(since) => void navigate({ search: (before) => ({ ...before, since }), resetScroll: false })}
              options={[
                ['7', '7 days'],
                ['30', '30 days'],
                ['365', '365 days'],
              ]}
            />
          }
        >
          <StepChart
            history={data.history}
            fromMs={fromMs}
            toMs={toMs}
            atMs={at}
            onLookBack={(ms) =>
              void navigate({ search: (before) => ({ ...before, at: ms === null ? undefined : String(ms) }), resetScroll: false })
            }
          />
        </Panel>
        <Panel title="Why it moved">
          <Ledger lines={data.ledger} />
        </Panel>
      </div>
      {closed.length === 0 ? null : (
        <Panel title="Changes decided">
          <ChangeHistory changes={closed} />
        </Panel>
      )}
    </div>
  );
}

function Panel({ title, tool, children }: { title: string; tool?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>{title}</h2>
        {tool}
      </div>
      {children}
    </section>
  );
}
