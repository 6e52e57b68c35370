/** The catalogue: each control with its outcome, how fresh its evidence is, what it is worth, and the proof behind it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { type ControlRow, type Outcome, query } from '../api.ts';
import { ControlDetail } from '../components/control-detail.tsx';
import { Choose } from '../components/field.tsx';
import { Freshness } from '../components/freshness.tsx';
import { Icon } from '../components/icon.tsx';
import { OutcomeMark, SeverityMark } from '../components/mark.tsx';
import { Empty, Loaded, Skeleton } from '../components/problem.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { count, points } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import type { Search } from '../search.ts';
import { frameworkShort, frameworkWord, outcomes, outcomeWord, pillars, pillarWord } from '../words.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/controls');
const DAY_MS = 86_400_000;
const outcomeRank: Readonly<Record<string, number>> = { failing: 0, stale: 1, unknown: 2, waived: 3, met: 4, 'not-applicable': 5 };

export function isAttested(row: ControlRow): boolean {
  return row.result?.grade === 'attested' && row.result.outcome === 'met';
}

function kept(rows: readonly ControlRow[], search: Search, nowMs: number): readonly ControlRow[] {
  const text = search.text?.toLowerCase();
  const staleMs = search.stale === undefined ? null : nowMs + Number(search.stale) * DAY_MS;
  return rows
    .filter((row) => {
      if (search.pillar !== undefined && row.pillar !== search.pillar) return false;
      if (search.outcome !== undefined) {
        const outcome = row.result?.outcome ?? 'unknown';
        if (search.outcome === 'attested' ? !isAttested(row) : outcome !== search.outcome) return false;
      }
      if (search.framework !== undefined && !row.mappings.some(({ framework }) => framework === search.framework)) return false;
      if (staleMs !== null && (row.result?.goodUntilMs === null || row.result === null || row.result.goodUntilMs > staleMs)) return false;
      return text === undefined || `${row.id} ${row.title} ${row.failTitle} ${row.name}`.toLowerCase().includes(text);
    })
    .toSorted((a, b) => {
      if (search.sort === 'id') return a.id.localeCompare(b.id);
      const rank = (row: ControlRow) => outcomeRank[row.result?.outcome ?? 'unknown'] ?? 2;
      return rank(a) - rank(b) || (b.result?.weight ?? 0) - (a.result?.weight ?? 0) || a.id.localeCompare(b.id);
    });
}

export function ControlsPage() {
  const ws = useWorkspace();
  const search: Search = route.useSearch();
  const navigate = route.useNavigate();
  const controls = useQuery(query.controls(ws));
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const nowMs = Date.now();
  return (
    <div className="page">
      <div className="page-head">
        <h1>Controls</h1>
        {controls.data === undefined ? null : <Counts rows={controls.data.rows} search={search} />}
      </div>
      <div className="tools">
        <input
          type="search"
          aria-label="Search controls"
          placeholder="Words or id  /"
          value={search.text ?? ''}
          onChange={(event) => set({ text: event.target.value === '' ? undefined : event.target.value })}
        />
        <Choose
          label="Pillar"
          all="any"
          value={search.pillar}
          onChange={(pillar) => set({ pillar })}
          options={pillars.map((pillar) => [pillar, pillarWord[pillar]])}
        />
        <Choose
          label="Framework"
          all="any"
          value={search.framework}
          onChange={(framework) => set({ framework })}
          options={Object.entries(frameworkWord)}
        />
        <Choose
          label="Stale before"
          all="any time"
          value={search.stale}
          onChange={(stale) => set({ stale })}
          options={[
            ['0', 'now'],
            ['7', '7 days'],
            ['30', '30 days'],
            ['90', '90 days'],
          ]}
        />
        <Choose
          label="Order"
          all="what needs work first"
          value={search.sort}
          onChange={(sort) => set({ sort })}
          options={[['id', 'by id']]}
        />
      </div>
      <Loaded from={controls} skeleton={<Skeleton rows={14} height={48} />}>
        {({ rows }) => {
          const shown = kept(rows, search, nowMs);
          return shown.length === 0 ? (
            <Empty title="No control matches.">
              <Link to="/controls" search={{}}>
                Show all {rows.length}
              </Link>
            </Empty>
          ) : (
            <ControlTable rows={shown} open={search.open} nowMs={nowMs} onOpen={(open) => set({ open })} />
          );
        }}
      </Loaded>
    </div>
  );
}

function Counts({ rows, search }: { rows: readonly ControlRow[]; search: Search }) {
  const of = (outcome: Outcome | 'attested') =>
    rows.filter((row) => (outcome === 'attested' ? isAttested(row) : (row.result?.outcome ?? 'unknown') === outcome)).length;
  return (
    <nav className="views outcome-views" aria-label="Outcome">
      <ViewLink set={{ outcome: undefined }} on={search.outcome === undefined}>
        All <b>{rows.length}</b>
      </ViewLink>
      {[...outcomes, 'attested' as const].map((outcome) =>
        of(outcome) === 0 && search.outcome !== outcome ? null : (
          <ViewLink key={outcome} set={{ outcome }} on={search.outcome === outcome}>
            {outcome === 'attested' ? 'attested' : outcomeWord[outcome]} <b>{count(of(outcome))}</b>
          </ViewLink>
        ),
      )}
    </nav>
  );
}

function ControlTable({
  rows,
  open,
  nowMs,
  onOpen,
}: {
  rows: readonly ControlRow[];
  open: string | undefined;
  nowMs: number;
  onOpen: (id: string | undefined) => void;
}) {
  const table = useRef<HTMLTableElement>(null);
  const buttons = () => [...(table.current?.querySelectorAll<HTMLElement>('.expand') ?? [])];
  const step = (by: number) => {
    const all = buttons();
    const at = all.findIndex((button) => button.closest('tr') === document.activeElement?.closest('tr'));
    all[Math.max(0, Math.min(at + by, all.length - 1))]?.focus();
  };
  useKeys({ j: () => step(1), k: () => step(-1) });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page opens with a control in its address
  useEffect(() => {
    if (open !== undefined) document.getElementById(`control-${open}`)?.scrollIntoView({ block: 'start' });
  }, []);
  return (
    <table ref={table} className="plain-table big-table control-table">
      <thead>
        <tr>
          <th scope="col">Control</th>
          <th scope="col">Outcome</th>
          <th scope="col" className="wide-cell">
            Severity
          </th>
          <th scope="col" className="mid-cell">
            Freshness
          </th>
          <th scope="col" className="number mid-cell">
            Points
          </th>
          <th scope="col" className="wide-cell">
            Maps to
          </th>
        </tr>
      </thead>
      {rows.map((row) => (
        <tbody key={row.id} id={`control-${row.id}`} className={open === row.id ? 'is-open' : ''}>
          <Line row={row} open={open === row.id} nowMs={nowMs} onOpen={onOpen} />
          {open === row.id ? (
            <tr className="detail-row">
              <td colSpan={6}>
                <ControlDetail row={row} nowMs={nowMs} />
              </td>
            </tr>
          ) : null}
        </tbody>
      ))}
    </table>
  );
}

function Line({ row, open, nowMs, onOpen }: { row: ControlRow; open: boolean; nowMs: number; onOpen: (id: string | undefined) => void }) {
  const { result } = row;
  const outcome = result?.outcome ?? 'unknown';
  const frameworks = [...new Set(row.mappings.map(({ framework }) => frameworkShort[framework] ?? framework))];
  return (
    <tr>
      <th scope="row">
        <button type="button" className="expand" aria-expanded={open} onClick={() => onOpen(open ? undefined : row.id)}>
          <Icon name={open ? 'down' : 'right'} />
          <span>
            <span className="control-title">{outcome === 'failing' ? row.failTitle : row.title}</span>
            <span className="quiet-text small">
              {row.id} · {pillarWord[row.pillar]}
            </span>
          </span>
        </button>
      </th>
      <td>
        <OutcomeMark outcome={outcome} attested={isAttested(row)} />
      </td>
      <td className="wide-cell">
        <SeverityMark severity={row.severity} />
      </td>
      <td className="mid-cell">
        <Freshness observedMs={result?.observedMs ?? null} goodUntilMs={result?.goodUntilMs ?? null} nowMs={nowMs} />
      </td>
      <td className="number mid-cell nowrap">
        {result === null ? '–' : `${points(result.points.proven)} of ${points(result.points.max)}`}
      </td>
      <td className="wide-cell quiet-text">{frameworks.join(', ')}</td>
    </tr>
  );
}
