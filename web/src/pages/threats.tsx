/** Threats: requests against what was blocked or would have been, by rule and by who asked; and the policy behind it. */
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { type GuardStatus, query, type RuleFromFilter, request, type ThreatSummary, within } from '../api.ts';
import { Button } from '../components/button.tsx';
import { CopyBlock } from '../components/copy-block.tsx';
import { DecisionList, requestWords } from '../components/decision-list.tsx';
import { DecisionMark } from '../components/decision-mark.tsx';
import { DecisionPanel } from '../components/decision-panel.tsx';
import { Choose } from '../components/field.tsx';
import { Overlay } from '../components/overlay.tsx';
import { PolicyPanel } from '../components/policy-panel.tsx';
import { ReplayResult } from '../components/policy-replay.tsx';
import { Empty, Loaded, ProblemBox } from '../components/problem.tsx';
import { type Refine, ThreatChips, ThreatFacets } from '../components/threat-facets.tsx';
import { Waiting } from '../components/waiting.tsx';
import { decisionRows } from '../decision-rows.ts';
import { clock, count, dayShort, plural } from '../format.ts';
import { useLive } from '../live.ts';
import type { Search } from '../search.ts';
import { chosenIn, minuteText, threatQuery } from '../threat-filter.ts';
import { useWorkspace } from '../workspace.ts';

const ThreatChart = lazy(async () => ({ default: (await import('../components/threat-chart.tsx')).ThreatChart }));
const route = getRouteApi('/threats');
const MINUTE_MS = 60_000;

export function ThreatsPage() {
  const ws = useWorkspace();
  const search: Search = route.useSearch();
  const navigate = route.useNavigate();
  const refine: Refine = (change) => void navigate({ search: (before) => ({ ...before, ...change, open: undefined }), resetScroll: false });
  const isPolicy = search.tab === 'policy';
  return (
    <div className="page">
      <div className="page-head">
        <h1>Threats</h1>
        <nav className="tabs" aria-label="Threats">
          <Link to="." search={(before) => ({ ...before, tab: undefined })} aria-current={isPolicy ? undefined : 'page'}>
            Decisions
          </Link>
          <Link to="." search={(before) => ({ ...before, tab: 'policy' })} aria-current={isPolicy ? 'page' : undefined}>
            Policy
          </Link>
        </nav>
      </div>
      <GuardStrip ws={ws} />
      {isPolicy ? <PolicyPanel ws={ws} /> : <Decisions ws={ws} search={search} refine={refine} />}
    </div>
  );
}

/** Whether the guard itself works: workers, policy, doors, and what was lost or let through undecided. */
function GuardStrip({ ws }: { ws: string }) {
  const guard = useQuery(query.guard(ws));
  return <Loaded from={guard}>{(status) => (status.workers.length === 0 ? <NoGuard /> : <Strip status={status} />)}</Loaded>;
}

function Strip({ status }: { status: GuardStatus }) {
  const { totals } = status;
  const lost = totals.lostObservations + totals.lostDecisions;
  return (
    <dl className="guard-strip">
      <div>
        <dt>Workers</dt>
        <dd>{status.alive === 0 ? 'none is alive' : `${status.alive} alive`}</dd>
      </div>
      <div>
        <dt>Policy</dt>
        <dd className="mono">{status.policyVersions.join(', ') || 'not known'}</dd>
      </div>
      <div>
        <dt>Doors</dt>
        <dd className="mono">{status.doors.join(', ') || 'not known'}</dd>
      </div>
      <div>
        <dt>Evidence lost</dt>
        <dd className={lost > 0 ? 'bad' : undefined}>{count(lost)}</dd>
      </div>
      <div>
        <dt>Passed undecided</dt>
        <dd className={totals.failOpen > 0 ? 'bad' : undefined}>{count(totals.failOpen)}</dd>
      </div>
      <div>
        <dt>Connections cut</dt>
        <dd>{count(totals.faults)}</dd>
      </div>
    </dl>
  );
}

function NoGuard() {
  return (
    <Empty title="No guard was ever heard here.">
      <p className="prose">
        Without one this page cannot tell an attack from silence. A guard stands in front of an API, or beside nginx, Caddy, HAProxy or
        Envoy; in mode log it refuses nothing and writes down what it would have refused.
      </p>
      <div className="start-guard">
        <CopyBlock label="Start one" text="stance up --upstream http://127.0.0.1:8080 --guard-mode log" />
      </div>
    </Empty>
  );
}

function Decisions({ ws, search, refine }: { ws: string; search: Search; refine: Refine }) {
  const live = useLive();
  // One question a minute: asked anew each time it is drawn, it would never be answered from memory.
  const minute = Math.floor(Date.now() / MINUTE_MS);
  const filter = useMemo(() => threatQuery(search, minute * MINUTE_MS), [search, minute]);
  const summary = useQuery(query.threatSummary(ws, filter));
  const series = useQuery(query.threatSeries(ws, filter));
  const facets = useQuery(query.threatFacets(ws, filter));
  const policy = useQuery(query.policy(ws));
  const guard = useQuery(query.guard(ws));
  const rows = useInfiniteQuery(decisionRows(ws, filter));
  const shown = rows.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = rows.data?.pages[0]?.total ?? 0;
  const limits = (policy.data?.summary.limits ?? []).filter(({ by }) => by === 'global');
  const since =
    guard.data === undefined || guard.data.workers.length === 0 ? null : Math.min(...guard.data.workers.map(({ startedMs }) => startedMs));
  const isStale = live.decisionsMs > rows.dataUpdatedAt && rows.dataUpdatedAt > 0;
  return (
    <>
      <div className="tools">
        <Choose
          label="Time"
          all="24 hours"
          value={search.span}
          onChange={(span) => refine({ span, from: undefined, to: undefined })}
          options={[['1h', '1 hour'], ['7d', '7 days'], ...(search.span === 'custom' ? ([['custom', 'as chosen']] as const) : [])]}
        />
        <ThreatChips search={search} refine={refine} />
        {chosenIn(search).length > 0 ? (
          <Link to="." search={(before) => ({ ...before, make: 'rule' })} resetScroll={false} className="button">
            Make a rule of this filter
          </Link>
        ) : null}
      </div>
      <Loaded from={summary}>{(data) => <Totals data={data} refine={refine} />}</Loaded>
      <Loaded from={series}>
        {(data) => (
          <Suspense fallback={<Waiting what="Drawing" />}>
            <ThreatChart
              series={data}
              limits={limits}
              sinceMs={since}
              onSpan={(fromMs, toMs) => refine({ span: 'custom', from: minuteText(fromMs), to: minuteText(toMs) })}
            />
          </Suspense>
        )}
      </Loaded>
      <div className="threat-body">
        <section aria-label="Values">
          <h2 className="visually-hidden">Values</h2>
          <Loaded from={facets}>{(data) => <ThreatFacets facets={data} search={search} refine={refine} />}</Loaded>
        </section>
        <section aria-label="Decisions">
          <div className="list-head">
            <h2>Decisions</h2>
            <p className="quiet-text small">
              {rows.data === undefined ? '' : `${plural(total, 'record')}; identical ones of a flood share one`}
            </p>
            {isStale ? (
              <Button onPress={() => void rows.refetch()} kind="plain">
                Show newer
              </Button>
            ) : null}
          </div>
          {rows.isError ? <ProblemBox error={rows.error} onRetry={() => void rows.refetch()} /> : null}
          {rows.data !== undefined && total === 0 ? (
            <p className="quiet-text">Nothing was refused, and nothing would have been, in this time and with this filter.</p>
          ) : (
            <DecisionList
              rows={shown}
              total={total}
              open={search.open}
              onMore={() => void (rows.hasNextPage && !rows.isFetching && rows.fetchNextPage())}
            />
          )}
        </section>
      </div>
      {search.open === undefined ? null : <DecisionPanel ws={ws} incident={search.open} search={search} refine={refine} />}
      {search.make === undefined ? null : <RuleMaker ws={ws} filter={filter} />}
    </>
  );
}

function Totals({ data, refine }: { data: ThreatSummary; refine: Refine }) {
  const figures = [
    ['requests', data.requests, undefined],
    ['blocked', data.blocked, 'block'],
    ['would be blocked', data.wouldBlock, 'would-block'],
    ['let through by an allow-list', data.allowed, 'allow'],
  ] as const;
  return (
    <>
      <ul className="figures">
        {figures.map(([word, value, outcome]) => (
          <li key={word}>
            {outcome === undefined || value === 0 ? (
              <>
                <strong>{count(value)}</strong> {word}
              </>
            ) : (
              <button type="button" className="link-button" onClick={() => refine({ outcome })}>
                <strong>{count(value)}</strong> {word}
              </button>
            )}
          </li>
        ))}
      </ul>
      {data.groups.length === 0 ? null : (
        <details className="groups">
          <summary>{plural(data.groups.length, 'group')} that stand out</summary>
          <ul className="plain-list">
            {data.groups.map((group) => (
              <li key={`${group.incident}.${group.rule}`}>
                <DecisionMark outcome={group.outcome} />{' '}
                <Link to="." search={(before) => ({ ...before, open: group.incident })} resetScroll={false} className="mono">
                  {group.rule}
                </Link>{' '}
                {count(group.count)} times on <span className="mono">{requestWords(group)}</span>, from{' '}
                {group.network ?? 'networks not known'}, {dayShort(group.firstMs)} {clock(group.firstMs)} to {dayShort(group.lastMs)}{' '}
                {clock(group.lastMs)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Text of a rule, what it would have done, and the way into force in mode log. */
function RuleMaker({ ws, filter }: { ws: string; filter: string }) {
  const navigate = route.useNavigate();
  const [made, setMade] = useState<string | null>(null);
  const rule = useQuery({
    queryKey: ['ws', ws, `/policy/rule-from-filter${filter}`],
    queryFn: ({ signal }) => request<RuleFromFilter>(within(ws, `/policy/rule-from-filter${filter}`), { method: 'POST', signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const apply = useMutation({
    mutationFn: (text: string) =>
      request<{ number: number }>(within(ws, '/policy/apply'), {
        method: 'POST',
        body: { text, proofWaivedBecause: 'a rule in mode log refuses nothing' },
      }),
    onSuccess: ({ number }) => setMade(`In force as p${number}, in mode log: it refuses nothing and writes down what it would refuse.`),
  });
  const close = () => void navigate({ search: (before) => ({ ...before, make: undefined }), resetScroll: false });
  return (
    <Overlay title="A rule of this filter" isOpen onClose={close} place="panel">
      {rule.data === undefined && !rule.isError ? <Waiting what="Replaying the rule over kept traffic" /> : null}
      <Loaded from={rule} skeleton={<span />}>
        {(data) => (
          <>
            <p className="prose">
              Made of {plural(data.seen.records, 'record')} that stand for {plural(data.seen.requests, 'request')}. It is written in mode
              log.
            </p>
            {data.leftOut.length === 0 ? null : (
              <ul className="plain-list">
                {data.leftOut.map(({ field, because }) => (
                  <li key={field}>
                    <strong>{field}</strong> is left out: {because}
                  </li>
                ))}
              </ul>
            )}
            <CopyBlock label="Rule" text={data.yaml} />
            {data.replay === null ? null : <ReplayResult report={data.replay} only={`rules.${data.id}`} />}
            {apply.isError ? <ProblemBox error={apply.error} /> : null}
            {made === null ? (
              <Button kind="main" isDisabled={apply.isPending} onPress={() => apply.mutate(data.policy)}>
                Apply in mode log
              </Button>
            ) : (
              <p className="note" role="status">
                {made}
              </p>
            )}
          </>
        )}
      </Loaded>
    </Overlay>
  );
}
