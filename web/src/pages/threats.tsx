/** Threats: requests against limits, what was and would be blocked, filter and exclude on every value, and each decision explained. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { type CurrentPolicy, type DecisionFacets, type GuardStatus, query, queryClient, type ThreatSummary } from '../api.ts';
import { Button } from '../components/button.tsx';
import { DecisionList, requestWords } from '../components/decision-list.tsx';
import { DecisionMark, decisionWord } from '../components/decision-mark.tsx';
import { DecisionPanel } from '../components/decision-panel.tsx';
import { Choose } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { useNarrow } from '../components/operation-list.tsx';
import { LimitTable } from '../components/policy-limits.tsx';
import { PolicyPanel } from '../components/policy-panel.tsx';
import { Empty, Loaded, ProblemBox, Skeleton } from '../components/problem.tsx';
import { type Refine, ThreatChips, ThreatFacets } from '../components/threat-facets.tsx';
import { GuardStrip, NoGuard } from '../components/threat-guard.tsx';
import { ThreatRule } from '../components/threat-rule.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { decisionRows } from '../decision-rows.ts';
import { ago, clock, count, moment, plural, zoneName } from '../format.ts';
import { useLive } from '../live.ts';
import type { Search } from '../search.ts';
import { chosenIn, filtered, minuteText, threatQuery, valuesOf } from '../threat-filter.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/threats');
const ThreatChart = lazy(() => import('../components/threat-chart.tsx').then((module) => ({ default: module.ThreatChart })));
const CHART_HEIGHT = 370;
const GROUPS_SHOWN = 6;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export function ThreatsPage() {
  const ws = useWorkspace();
  const search: Search = route.useSearch();
  const navigate = route.useNavigate();
  const refine = useCallback<Refine>(
    (change) => void navigate({ search: (before) => ({ ...before, open: undefined, ...change }), resetScroll: false }),
    [navigate],
  );
  const guard = useQuery(query.guard(ws));
  const policy = useQuery(query.policy(ws));
  const isPolicy = search.tab === 'policy';
  return (
    <div className="page full">
      <div className="page-head">
        <h1>Threats</h1>
        <div className="end">
          <IncidentSearch onFind={(open) => refine({ open, tab: undefined })} />
        </div>
      </div>
      {guard.data === undefined || guard.data.workers.length === 0 ? null : (
        <GuardStrip status={guard.data} inForce={policy.data?.version} />
      )}
      <nav className="tabs" aria-label="Parts of threats">
        <ViewLink set={{ tab: undefined, edit: undefined }} className="tab" on={!isPolicy}>
          Decisions
        </ViewLink>
        <ViewLink set={{ tab: 'policy' }} className="tab" on={isPolicy}>
          Policy
        </ViewLink>
      </nav>
      {isPolicy ? (
        <PolicyPanel ws={ws} where={null} />
      ) : (
        <Decisions ws={ws} search={search} refine={refine} guard={guard.data} policy={policy.data} />
      )}
      {search.open === undefined ? null : <DecisionPanel ws={ws} incident={search.open} search={search} refine={refine} />}
    </div>
  );
}

function IncidentSearch({ onFind }: { onFind: (incident: string) => void }) {
  const [text, setText] = useState('');
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim().toUpperCase();
        if (wanted !== '') onFind(wanted);
      }}
    >
      <input
        type="search"
        aria-label="Incident number"
        placeholder="Incident number, S-…  /"
        maxLength={64}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit">Explain</Button>
    </form>
  );
}

interface Parts {
  readonly ws: string;
  readonly search: Search;
  readonly refine: Refine;
  readonly guard: GuardStatus | undefined;
  readonly policy: CurrentPolicy | undefined;
}

function Decisions({ ws, search, refine, guard, policy }: Parts) {
  // One question a minute: asked anew each time it is drawn, it would never be answered from memory.
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const filter = threatQuery(search, nowMs);
  const summary = useQuery(query.threatSummary(ws, filter));
  const series = useQuery(query.threatSeries(ws, filter));
  const facets = useQuery(query.threatFacets(ws, filter));
  const narrow = useNarrow();
  // A value filtered by stays in the address though nothing of the span has it: the way back must be there.
  const hasFilter = chosenIn(search).length > 0;
  if (summary.data?.isGuarded === false && summary.data.requests + summary.data.blocked + summary.data.wouldBlock === 0) return <NoGuard />;
  const started = guard?.workers.map(({ startedMs }) => startedMs) ?? [];
  const limits = policy?.summary.limits ?? [];
  return (
    <>
      <Span search={search} refine={refine} nowMs={nowMs}>
        {hasFilter ? (
          <ViewLink set={{ make: 'rule' }} on={false} className="button">
            Make a rule of this filter
          </ViewLink>
        ) : null}
      </Span>
      <ThreatChips search={search} refine={refine} />
      {hasFilter ? null : (
        <p className="quiet-text small threat-hint">Filter or exclude a value to narrow everything on this page, then make a rule of it.</p>
      )}
      <Loaded from={summary} skeleton={<Skeleton rows={1} height={64} />}>
        {(data) => <Totals summary={data} search={search} refine={refine} />}
      </Loaded>
      <div className="threat-body">
        <section className="threat-side" aria-label="Values">
          <h2 className="visually-hidden">Values</h2>
          <Loaded from={facets} skeleton={<Skeleton rows={8} />}>
            {(data) =>
              narrow ? (
                <details className="card">
                  <summary>Filter by value</summary>
                  <ThreatFacets facets={data} search={search} refine={refine} />
                </details>
              ) : (
                <ThreatFacets facets={data} search={search} refine={refine} />
              )
            }
          </Loaded>
        </section>
        <div className="stack threat-main">
          <section className="card">
            <h2>Requests against limits, and objections</h2>
            <Loaded from={series} skeleton={<Skeleton rows={1} height={CHART_HEIGHT} />}>
              {(data) => (
                <Suspense fallback={<Skeleton rows={1} height={CHART_HEIGHT} />}>
                  <ThreatChart
                    series={data}
                    limits={limits.filter(({ by }) => by === 'global')}
                    sinceMs={started.length === 0 ? null : Math.min(...started)}
                    onSpan={(fromMs, toMs) => refine({ span: 'custom', from: minuteText(fromMs), to: minuteText(toMs) })}
                  />
                </Suspense>
              )}
            </Loaded>
            {hasFilter ? (
              <p className="quiet-text small">
                Requests are counted by API only: other filters narrow the objections and leave the number of requests as it is.
              </p>
            ) : null}
            <Limits limits={limits} facets={facets.data} refine={refine} search={search} />
          </section>
          {summary.data === undefined ? null : <StandsOut summary={summary.data} />}
          <Records ws={ws} filter={filter} search={search} hasFilter={hasFilter} guard={guard} />
        </div>
      </div>
      {search.make === undefined || !hasFilter ? null : <ThreatRule ws={ws} filter={filter} />}
    </>
  );
}

function Span({ search, refine, nowMs, children }: { search: Search; refine: Refine; nowMs: number; children: React.ReactNode }) {
  const isCustom = search.span === 'custom';
  const from = search.from ?? minuteText(nowMs - DAY_MS);
  const to = search.to ?? minuteText(nowMs);
  const input = (name: 'from' | 'to', value: string) => (
    <span className="choose">
      <label htmlFor={`span-${name}`}>{name === 'from' ? 'From' : 'to'}</label>
      <input
        id={`span-${name}`}
        type="datetime-local"
        value={value.slice(0, 16)}
        onChange={(event) => event.target.value !== '' && refine({ [name]: `${event.target.value.slice(0, 16)}Z` })}
      />
    </span>
  );
  return (
    <div className="tools">
      <Choose
        label="Span"
        all="24 hours"
        value={search.span}
        onChange={(span) => refine(span === 'custom' ? { span, from, to } : { span, from: undefined, to: undefined })}
        options={[
          ['1h', '1 hour'],
          ['7d', '7 days'],
          ['custom', 'from … to …'],
        ]}
      />
      {isCustom ? (
        <>
          {input('from', from)}
          {input('to', to)}
          <span className="quiet-text small">UTC</span>
        </>
      ) : null}
      <div className="end">{children}</div>
    </div>
  );
}

/** Each total opens to its records. */
function Totals({ summary, search, refine }: { summary: ThreatSummary; search: Search; refine: Refine }) {
  const chosen = valuesOf(search.outcome);
  const total = (outcome: 'block' | 'would-block' | 'allow', value: number, note: string) => (
    <button
      type="button"
      className="total"
      aria-pressed={chosen.includes(outcome)}
      onClick={() => refine({ outcome: undefined, 'not.outcome': undefined, ...(chosen.includes(outcome) ? {} : { outcome }) })}
    >
      <span className="total-label">
        <DecisionMark outcome={outcome} />
      </span>
      <strong>{count(value)}</strong>
      <span className="quiet-text small">{note}</span>
    </button>
  );
  return (
    <div className="totals">
      <div className="total">
        <span className="total-label">requests</span>
        <strong>{count(summary.requests)}</strong>
        <span className="quiet-text small">
          seen by guards, {moment(summary.fromMs)} to {clock(summary.toMs)}
        </span>
      </div>
      {total('block', summary.blocked, 'refused, floods counted in full')}
      {total('would-block', summary.wouldBlock, 'passed: the check only writes down')}
      {total('allow', summary.allowed, 'by an allow-list, in spite of objections')}
    </div>
  );
}

function Limits({
  limits,
  facets,
  search,
  refine,
}: {
  limits: CurrentPolicy['summary']['limits'];
  facets: DecisionFacets | undefined;
  search: Search;
  refine: Refine;
}) {
  if (limits.length === 0)
    return (
      <p className="quiet-text small">
        The policy in force sets no limit, so there is none to draw.{' '}
        <Link to="/threats" search={{ tab: 'policy' }}>
          The policy
        </Link>
      </p>
    );
  return (
    <details className="limits">
      <summary>{plural(limits.length, 'limit')} in the policy; a line is drawn only where one counts all callers together</summary>
      <LimitTable
        limits={limits}
        hits={({ name }) => {
          const rule = `limits.${name}`;
          const hits = facets?.rule.find(({ value }) => value === rule)?.count ?? 0;
          return hits === 0 ? (
            'never'
          ) : (
            <button type="button" className="link-button" onClick={() => refine(filtered(search, 'rule', rule, 'only'))}>
              {plural(hits, 'time')}
            </button>
          );
        }}
      />
    </details>
  );
}

function StandsOut({ summary }: { summary: ThreatSummary }) {
  const [all, setAll] = useState(false);
  const { groups, findings, sections } = summary;
  if (groups.length === 0 && findings.length === 0) return null;
  const shown = all ? groups : groups.slice(0, GROUPS_SHOWN);
  return (
    <section className="card">
      <div className="card-head">
        <h2>What stands out</h2>
        <span className="quiet-text small">
          {sections
            .slice(0, 4)
            .map(({ section, blocked, wouldBlock }) => `${section} ${count(blocked + wouldBlock)}`)
            .join(', ')}
        </span>
      </div>
      {findings.length === 0 ? null : (
        <p>
          {plural(findings.length, 'open finding')} of the guard:{' '}
          {findings.slice(0, 5).map((id, at) => (
            <span key={id}>
              {at > 0 ? ', ' : ''}
              <Link to="/findings" search={{ open: id, text: 'guard.' }} className="mono">
                {id}
              </Link>
            </span>
          ))}
          {findings.length > 5 ? ' and more in Triage' : ''}
        </p>
      )}
      {groups.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="scroll-x" tabIndex={0} aria-label="Largest groups of decisions">
          <table className="plain-table">
            <caption>
              Decisions alike, put together: same rule, operation and client. The largest first, of the latest 20,000 records.
            </caption>
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">Request</th>
                <th scope="col">From</th>
                <th scope="col" className="number">
                  Times
                </th>
                <th scope="col">Outcome</th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((group) => (
                <tr key={`${group.incident}.${group.outcome}`}>
                  <th scope="row">
                    <Link to="." search={(before) => ({ ...before, open: group.incident })} resetScroll={false} className="mono break">
                      {group.rule}
                    </Link>
                  </th>
                  <td className="mono break">{requestWords(group)}</td>
                  <td className="mono nowrap">{group.network ?? 'not known'}</td>
                  <td className="number">{count(group.count)}</td>
                  <td>
                    <DecisionMark outcome={group.outcome} />
                  </td>
                  <td className="nowrap" title={`first ${moment(group.firstMs)}, last ${moment(group.lastMs)}`}>
                    {ago(group.lastMs)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {groups.length > GROUPS_SHOWN ? (
        <button type="button" className="link-button" onClick={() => setAll(!all)}>
          {all ? 'Fewer groups' : `${count(groups.length - GROUPS_SHOWN)} more groups`}
        </button>
      ) : null}
    </section>
  );
}

function Records({
  ws,
  filter,
  search,
  hasFilter,
  guard,
}: {
  ws: string;
  filter: string;
  search: Search;
  hasFilter: boolean;
  guard: GuardStatus | undefined;
}) {
  const list = useInfiniteQuery(decisionRows(ws, filter));
  const { decisionsMs } = useLive();
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage({ cancelRefetch: false });
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const show = () =>
    void queryClient.resetQueries({
      queryKey: ['ws', ws],
      predicate: ({ queryKey }) => typeof queryKey[2] === 'string' && queryKey[2].startsWith('/threats/'),
    });
  // The first rows may stand in while a guard that was never heard sends its first ones.
  const isEmpty = list.data !== undefined && total === 0;
  useEffect(() => {
    if (decisionsMs > 0 && isEmpty) void queryClient.invalidateQueries({ queryKey: ['ws', ws, `/threats/decisions${filter}`, 'rows'] });
  }, [decisionsMs, isEmpty, ws, filter]);
  return (
    <section className="card decisions-card">
      <div className="card-head">
        <h2>Decisions</h2>
        <p className="quiet-text small" role="status">
          {list.data === undefined ? '' : `${plural(total, 'record')}, newest first; one record may stand for many`}
        </p>
        {decisionsMs > list.dataUpdatedAt && total > 0 ? (
          <button type="button" className="pill" onClick={show}>
            New at {clock(decisionsMs)} {zoneName()}: show
          </button>
        ) : null}
      </div>
      {list.isError ? (
        <ProblemBox
          error={list.error}
          onRetry={() => void list.refetch()}
          shown={list.data === undefined ? undefined : list.dataUpdatedAt}
        />
      ) : null}
      {list.data === undefined ? (
        list.isError ? null : (
          <Skeleton rows={8} />
        )
      ) : total === 0 ? (
        <Empty title={hasFilter ? 'No decision fits this filter.' : 'No objection in this span.'}>
          <p className="prose">
            {hasFilter
              ? 'Take a filter away, or choose a longer span.'
              : guard === undefined || guard.alive > 0
                ? `Every request passed every check that looks. ${decisionWord.allow[0]?.toUpperCase()}${decisionWord.allow.slice(1)} without an objection is not kept as a record, only counted.`
                : 'No guard is heard now, so nothing is known of this moment.'}
          </p>
        </Empty>
      ) : (
        <DecisionList rows={rows} total={total} open={search.open} onMore={more} />
      )}
      {total === 0 || list.data === undefined ? null : (
        <p className="list-foot">
          <span>
            <Icon name="filter" /> <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> explains
          </span>
          <span>Records are kept 30 days; counts stay.</span>
        </p>
      )}
    </section>
  );
}
