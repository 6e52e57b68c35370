/** One operation: what each witness says of it, where they disagree, who calls, and what could be done. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { type Operation, type OperationDetail, query } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Curate, type Done, UndoToast, type Verb } from '../components/curate.tsx';
import { ExchangeTable } from '../components/exchange-table.tsx';
import { Choose } from '../components/field.tsx';
import { FieldTable } from '../components/field-table.tsx';
import { Icon } from '../components/icon.tsx';
import { SeverityMark, StateMark } from '../components/mark.tsx';
import { PolicyOfPlace } from '../components/policy-place.tsx';
import { Empty, Loaded, problemOf, Skeleton } from '../components/problem.tsx';
import { SourceMatrix } from '../components/source-matrix.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { ago, bytes, count, day, duration, moment, percent, plural, short } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import { rememberedList } from '../lists.ts';
import { driftWord } from '../words.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/operations/$id');
const HoursChart = lazy(() => import('../components/hours-chart.tsx').then((module) => ({ default: module.HoursChart })));
const tabs = ['overview', 'traffic', 'fields', 'policy', 'findings', 'decisions'] as const;
const severities = ['critical', 'high', 'medium', 'low', 'info'];
const DAY_MS = 86_400_000;

export function OperationPage() {
  const ws = useWorkspace();
  const { id } = route.useParams();
  const detail = useQuery(query.operation(ws, id));
  const gone = detail.isError && problemOf(detail.error).status === 404;
  // Another operation's data may stand in while this one loads; it must not be shown under this address.
  const data = detail.data?.operation.id === id ? detail.data : undefined;
  return (
    <div className="page">
      <Walk id={id} />
      {gone ? (
        <Empty title="This operation is not in the inventory.">
          <p className="prose">It may have been merged, split or excluded since the link was made.</p>
          <Link to="/inventory">Open the inventory</Link>
        </Empty>
      ) : (
        <Loaded from={{ ...detail, data } as typeof detail} skeleton={<Skeleton rows={10} height={52} />}>
          {(shown) => <Shown ws={ws} detail={shown} />}
        </Loaded>
      )}
    </div>
  );
}

/** `[` and `]` walk the list one came from. */
function Walk({ id }: { id: string }) {
  const navigate = useNavigate();
  const [list] = useState(rememberedList);
  const at = list?.ids.indexOf(id) ?? -1;
  const go = (to: string | undefined) => to !== undefined && void navigate({ to: '/operations/$id', params: { id: to } });
  const before = at > 0 ? list?.ids[at - 1] : undefined;
  const after = at >= 0 ? list?.ids[at + 1] : undefined;
  useKeys({ '[': () => go(before), ']': () => go(after) });
  return (
    <nav className="walk" aria-label="List">
      <a
        href={list?.href ?? '/inventory'}
        onClick={(event) => {
          event.preventDefault();
          void navigate({ href: list?.href ?? '/inventory' } as never);
        }}
      >
        {list?.label ?? 'Inventory'}
      </a>
      {at < 0 || list === null ? null : (
        <span className="walk-steps">
          <Button kind="quiet" isDisabled={before === undefined} onPress={() => go(before)} aria-label="Previous operation">
            <kbd>[</kbd>
          </Button>
          <span className="quiet-text">
            {count(at + 1)} of {count(list.ids.length)}
          </span>
          <Button kind="quiet" isDisabled={after === undefined} onPress={() => go(after)} aria-label="Next operation">
            <kbd>]</kbd>
          </Button>
        </span>
      )}
    </nav>
  );
}

function Shown({ ws, detail }: { ws: string; detail: OperationDetail }) {
  const search = route.useSearch();
  const [verb, setVerb] = useState<Verb | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const { operation } = detail;
  const tab = tabs.find((one) => one === search.tab) ?? 'overview';
  return (
    <div className="stack">
      <header className="operation-head">
        <h1 className="mono break">
          <span className="method-word">{operation.method}</span> {operation.graphql ?? operation.template}
        </h1>
        {operation.summary === null ? null : <p>{operation.summary}</p>}
        <p className="head-facts">
          <StateMark state={operation.state} orphan={operation.orphan} />
          <span>
            API{' '}
            <Link to="/apis/$service" params={{ service: operation.service }}>
              {operation.service}
            </Link>
          </span>
          <span>
            owner {operation.owner === null ? '–' : <strong title={`from ${operation.owner.from}`}>{operation.owner.value}</strong>}{' '}
            <button type="button" className="link-button" onClick={() => setVerb('owner')}>
              {operation.owner === null ? 'Claim' : 'Change'}
            </button>
          </span>
          <span>audience {operation.audience?.value ?? 'not said'}</span>
          <span>
            {operation.environments.length === 0 ? 'no environment known' : operation.environments.map(({ name }) => name).join(', ')}
          </span>
          {operation.version === null ? null : <span>version {operation.version}</span>}
        </p>
        <div className="buttons">
          <Button onPress={() => setVerb('rename')}>Rename</Button>
          <Button onPress={() => setVerb('split')}>Split</Button>
          <Button onPress={() => setVerb('pin')}>Pin</Button>
          <Button onPress={() => setVerb('exclude')}>Exclude</Button>
          <a
            className="button"
            href={`/api/v1/workspaces/${encodeURIComponent(ws)}/export?form=openapi-3.1&service=${encodeURIComponent(operation.service)}`}
          >
            <Icon name="sources" /> Draft spec of this API
          </a>
        </div>
      </header>
      <nav className="tabs" aria-label="Parts of the operation">
        {tabs.map((one) => (
          <ViewLink key={one} set={{ tab: one === 'overview' ? undefined : one, before: undefined }} className="tab" on={one === tab}>
            {one[0]?.toUpperCase()}
            {one.slice(1)}
            {one === 'findings' && detail.findings.length > 0 ? <b> {detail.findings.length}</b> : null}
            {one === 'decisions' && detail.decisions.length > 0 ? <b> {detail.decisions.length}</b> : null}
          </ViewLink>
        ))}
      </nav>
      {tab === 'overview' ? <Overview ws={ws} detail={detail} /> : null}
      {tab === 'traffic' ? <Traffic ws={ws} operation={operation} /> : null}
      {tab === 'fields' ? <FieldTable operation={operation} /> : null}
      {tab === 'policy' ? (
        <PolicyOfPlace ws={ws} service={operation.service} method={operation.method} template={operation.template} />
      ) : null}
      {tab === 'findings' ? <Findings detail={detail} /> : null}
      {tab === 'decisions' ? <Decisions detail={detail} onVerb={setVerb} /> : null}
      {verb === null ? null : (
        <Curate
          ws={ws}
          verb={verb}
          targets={[operation]}
          onClose={() => setVerb(null)}
          onDone={(what) => {
            setVerb(null);
            setDone(what);
          }}
        />
      )}
      {done === null ? null : <UndoToast ws={ws} done={done} onClose={() => setDone(null)} />}
    </div>
  );
}

function Overview({ ws, detail }: { ws: string; detail: OperationDetail }) {
  const { operation } = detail;
  const drift = operation.drift.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return (
    <>
      <section className="card">
        <h2>Disagreements {drift.length === 0 ? '' : `(${drift.length}), worst first`}</h2>
        {drift.length === 0 ? (
          <p className="quiet-text">The sources that are there agree on everything that can be compared.</p>
        ) : (
          <ul className="drifts">
            {drift.map((one) => (
              <li key={`${one.kind}:${one.text}`}>
                <SeverityMark severity={one.severity} />
                <span>
                  <strong>{driftWord[one.kind]}</strong> {one.text}
                </span>
                <span className="quiet-text nowrap">{one.between.join(' × ')}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="card">
        <h2>Spec × traffic × docs × policy</h2>
        <SourceMatrix detail={detail} nowMs={Date.now()} />
      </section>
      {operation.traffic === null ? null : (
        <section className="card">
          <h2>Calls an hour</h2>
          <Hours ws={ws} operation={operation} />
        </section>
      )}
      <section className="card">
        <h2>Template</h2>
        <p>{operation.because}</p>
        <p className="quiet-text small">
          Basis: {operation.templateBasis}; {Math.round(operation.confidence * 100)} % sure. Split, rename or pin it when it is wrong; your
          decision outranks the learner and can be undone.
        </p>
      </section>
    </>
  );
}

function Hours({ ws, operation }: { ws: string; operation: Operation }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const days = Number(search.days ?? '14') || 14;
  const lastMs = operation.traffic?.lastMs ?? Date.now();
  const fromMs = Math.floor((lastMs - days * DAY_MS) / 3_600_000) * 3_600_000;
  const hours = useQuery(query.hours(ws, operation.id, fromMs));
  return (
    <>
      <Choose
        label="Span"
        all="14 days"
        value={search.days}
        onChange={(value) => void navigate({ search: (before) => ({ ...before, days: value }), replace: true, resetScroll: false })}
        options={[
          ['2', '2 days'],
          ['30', '30 days'],
          ['90', '90 days'],
        ]}
      />
      <Loaded from={hours} skeleton={<Skeleton rows={1} height={236} />}>
        {({ rows }) => (
          <Suspense fallback={<Skeleton rows={1} height={236} />}>
            <HoursChart rows={rows} />
          </Suspense>
        )}
      </Loaded>
    </>
  );
}

function Traffic({ ws, operation }: { ws: string; operation: Operation }) {
  const search = route.useSearch();
  const exchanges = useQuery(query.exchanges(ws, operation.id, search.before));
  const { traffic } = operation;
  if (traffic === null) {
    return (
      <Empty title="No traffic seen.">
        <p>It is declared only. An access log, a HAR file or traces of this API would show who calls it.</p>
        <Link to="/sources">Bring a traffic source</Link>
      </Empty>
    );
  }
  const mix = Object.entries(traffic.statusMix).filter(([, calls]) => calls > 0);
  return (
    <>
      <section className="card">
        <h2>Consumers and calls</h2>
        <dl className="figures">
          <Figure label="Calls" value={count(traffic.count)} note={`${short(traffic.perDay)} a day`} />
          <Figure label="Clients" value={count(traffic.clients)} note={traffic.clients > 64 ? 'estimate' : 'exact'} />
          <Figure
            label="Answered 2xx/3xx"
            value={percent(traffic.ok / Math.max(1, traffic.count))}
            note={mix.map(([name, calls]) => `${name} ${short(calls)}`).join(', ')}
          />
          <Figure
            label="Most by one caller"
            value={traffic.peakPerCallerMinute === null ? '–' : `${short(traffic.peakPerCallerMinute)}/min`}
            note={traffic.peakPerCallerMinute === null ? 'callers cannot be told apart' : 'in one minute'}
          />
          <Figure
            label="Latency p95"
            value={traffic.latencyMs === null ? '–' : duration(traffic.latencyMs.p95)}
            note={
              traffic.latencyMs === null
                ? 'not in this source'
                : `p50 ${duration(traffic.latencyMs.p50)}, p99 ${duration(traffic.latencyMs.p99)}`
            }
          />
          <Figure
            label="Answer size"
            value={traffic.responseBytesMean === null ? '–' : bytes(Math.round(traffic.responseBytesMean))}
            note="mean"
          />
          <Figure label="First seen" value={day(traffic.firstMs)} note={moment(traffic.firstMs)} />
          <Figure label="Last seen" value={ago(traffic.lastMs)} note={moment(traffic.lastMs)} />
        </dl>
      </section>
      <section className="card">
        <h2>Calls an hour</h2>
        <Hours ws={ws} operation={operation} />
      </section>
      <section className="card">
        <h2>Exchanges</h2>
        <Loaded from={exchanges}>
          {(page) => (
            <>
              <ExchangeTable rows={page.rows} caption="Newest first, masked: callers are keyed prints, values are never kept." />
              <div className="buttons">
                {search.before === undefined ? null : (
                  <Link to="." search={(before) => ({ ...before, before: undefined })} className="button">
                    Newest
                  </Link>
                )}
                {page.next === null ? null : (
                  <Link to="." search={(before) => ({ ...before, before: String(page.next) })} resetScroll={false} className="button">
                    Older
                  </Link>
                )}
              </div>
            </>
          )}
        </Loaded>
      </section>
    </>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <strong>{value}</strong>
        <span className="quiet-text small">{note}</span>
      </dd>
    </div>
  );
}

function Findings({ detail }: { detail: OperationDetail }) {
  if (detail.findings.length === 0) return <Empty title="No finding about this operation." />;
  return (
    <ul className="stack">
      {detail.findings.map((finding) => (
        <li key={finding.id} className="card">
          <p>
            <SeverityMark severity={finding.severity} /> <strong>{finding.title}</strong>
          </p>
          <p className="prose">{finding.detail}</p>
          <p className="prose">
            <strong>To do:</strong> {finding.fix}
          </p>
          <Link to="/findings" search={{ open: finding.id, state: 'all' }}>
            Open in Triage
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Decisions({ detail, onVerb }: { detail: OperationDetail; onVerb: (verb: Verb) => void }) {
  if (detail.decisions.length === 0) {
    return (
      <Empty title="Nobody has decided anything about this template.">
        <Button onPress={() => onVerb('pin')}>Pin it as it is</Button>
      </Empty>
    );
  }
  return (
    <section className="card">
      <h2>{plural(detail.decisions.length, 'decision')}</h2>
      <ul className="drifts">
        {detail.decisions.map(({ id, atMs, decision }) => (
          <li key={id}>
            <strong>{decision.kind}</strong>
            <code className="break">{'template' in decision ? decision.template : decision.templates.join(', ')}</code>
            <span className="quiet-text nowrap">{moment(atMs)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
