/** The first five minutes: bring something in, answer six questions, see the one change. Each step can be skipped. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { query, workspacesQuery } from '../api.ts';
import { AcceptedChange, VerifiedNote } from '../components/accepted-change.tsx';
import { ChangeCard } from '../components/change-card.tsx';
import { CopyBlock } from '../components/copy-block.tsx';
import { Drop } from '../components/drop.tsx';
import { Empty, Loaded } from '../components/problem.tsx';
import { Questions } from '../components/questions.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { count, plural, points } from '../format.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/start');
const steps = [
  ['bring', 'Bring something in'],
  ['questions', 'Six questions'],
  ['change', 'The one change'],
] as const;

export function Start() {
  const ws = useWorkspace();
  const search = route.useSearch();
  const step = steps.find(([id]) => id === search.step)?.[0] ?? 'bring';
  return (
    <div className="page start">
      <h1>See what you have, know where you stand, make one change</h1>
      <nav aria-label="Steps">
        <ol className="steps">
          {steps.map(([id, label], at) => (
            <li key={id}>
              <ViewLink set={{ step: id === 'bring' ? undefined : id }} on={id === step} className="step">
                <span className="step-number">{at + 1}</span> {label}
              </ViewLink>
            </li>
          ))}
        </ol>
      </nav>
      {step === 'bring' ? <Bring ws={ws} /> : null}
      {step === 'questions' ? <Ask ws={ws} /> : null}
      {step === 'change' ? <Change ws={ws} /> : null}
    </div>
  );
}

function Bring({ ws }: { ws: string }) {
  const workspaces = useQuery(workspacesQuery);
  const sample = workspaces.data?.rows.find(({ badge }) => badge === 'sample');
  return (
    <div className="stack">
      <section className="card">
        <h2>A spec and a log are enough</h2>
        <p className="quiet-text">
          They go into workspace <strong>{ws}</strong> on this machine and nowhere else. Secrets and personal values are masked while
          reading.
        </p>
        <Drop ws={ws} />
      </section>
      <SoFar ws={ws} />
      <div className="two">
        <section className="card">
          <h2>From the terminal</h2>
          <p className="quiet-text">The same, for large files and folders:</p>
          <CopyBlock label="Command" text={`stance import openapi.yaml access.log.gz${ws === 'main' ? '' : ` --workspace ${ws}`}`} />
        </section>
        <section className="card">
          <h2>Or look around first</h2>
          {sample === undefined ? (
            <p className="quiet-text">
              The sample company has been deleted. <code>stance demo</code> brings it back into a workspace of its own.
            </p>
          ) : (
            <>
              <p className="quiet-text">A made-up shop with specs, docs, a gateway and several days of logs, in a workspace of its own.</p>
              <Link to="/posture" search={{ ws: sample.name, env: undefined }} className="button">
                Open the sample company
              </Link>
            </>
          )}
        </section>
      </div>
    </div>
  );
}

function SoFar({ ws }: { ws: string }) {
  const inventory = useQuery(query.inventory(ws));
  const summary = inventory.data?.summary;
  if (!summary || summary.operations === 0) return null;
  const { byState } = summary;
  const declared = summary.operations - (byState.shadow ?? 0);
  const folded = Object.values(summary.pathsFolded).reduce((sum, one) => sum + one, 0);
  return (
    <section className="card so-far" aria-label="Inventory so far">
      <p className="so-far-line">
        <strong>{count(summary.operations)}</strong> operations: {count(declared)} declared, {count(byState.shadow ?? 0)} called but not
        declared, {count(byState.unused ?? 0)} declared and never called
      </p>
      <p className="quiet-text">
        {plural(summary.pathsSeen, 'path')} seen, {count(folded)} folded as noise; none is dropped.
      </p>
      <div className="buttons">
        <Link to="/start" search={{ step: 'questions' }} className="button main">
          Next: six questions
        </Link>
        <Link to="/inventory" className="button">
          Open the inventory
        </Link>
      </div>
    </section>
  );
}

function Ask({ ws }: { ws: string }) {
  return (
    <div className="stack">
      <p className="prose">
        No file shows who leads, or whom to call at 02:00. “Don’t know” is an answer: it stays unknown, and is never counted against you
        twice.
      </p>
      <Questions ws={ws} />
      <div className="buttons">
        <Link to="/start" search={{ step: 'change' }} className="button main">
          Next: the one change
        </Link>
        <Link to="/start" search={{ step: 'change' }}>
          Skip the questions
        </Link>
      </div>
    </div>
  );
}

function Change({ ws }: { ws: string }) {
  const posture = useQuery(query.posture(ws));
  return (
    <Loaded from={posture}>
      {({ assessment, changes }) => {
        const open = changes.find(({ state }) => state === 'accepted' || state === 'regressed');
        return (
          <div className="stack">
            {assessment === null ? (
              <Empty title="Nothing to judge yet.">
                <Link to="/start" search={{}}>
                  Bring something in
                </Link>
              </Empty>
            ) : (
              <p>
                Evidenced <strong>{points(assessment.total.proven)}</strong>, could be {points(assessment.total.possible)}.{' '}
                <Link to="/posture">See the posture</Link>
              </p>
            )}
            <VerifiedNote changes={changes} />
            {open !== undefined ? (
              <AcceptedChange ws={ws} change={open} />
            ) : assessment?.next ? (
              <ChangeCard ws={ws} next={assessment.next} provenNow={assessment.total.proven} />
            ) : null}
          </div>
        );
      }}
    </Loaded>
  );
}
