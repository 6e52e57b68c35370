/** What exists: every operation that is declared or called, with views, filters and what was folded away. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { type InventorySummary, query, queryClient } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Curate, type Done, UndoToast, type Verb, verbsFor } from '../components/curate.tsx';
import { ExportMenu } from '../components/export-menu.tsx';
import { FacetMenu } from '../components/facet-menu.tsx';
import { FoldedLine, FoldedPanel } from '../components/folded-panel.tsx';
import { Icon } from '../components/icon.tsx';
import { columns as allColumns, chosenColumns } from '../components/operation-columns.tsx';
import { OperationList } from '../components/operation-list.tsx';
import { Empty, ProblemBox, Skeleton } from '../components/problem.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { ago, clock, count, percent, plural, zoneName } from '../format.ts';
import { rememberList } from '../lists.ts';
import { useLive } from '../live.ts';
import { filtersOf, type OperationRow, operationRows, sortOf } from '../operation-rows.ts';
import { setPreferences, usePreferences } from '../preferences.ts';
import { listOf, type Search, toggled } from '../search.ts';
import { authWord, stateMeaning } from '../words.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/inventory');
const SELECTED_MAX = 200;
const facetNames = ['service', 'method', 'owner', 'auth', 'audience'] as const;
const facetLabel = { service: 'API', method: 'Method', owner: 'Owner', auth: 'Auth', audience: 'Audience' } as const;

function facetWord(name: (typeof facetNames)[number], value: string): string {
  if (value === 'none') return name === 'owner' ? 'no owner' : 'none';
  if (value === 'unknown') return name === 'audience' ? 'not said' : 'not visible';
  return name === 'auth' ? (authWord[value] ?? value) : value;
}

export function InventoryPage() {
  const ws = useWorkspace();
  const search: Search = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const live = useLive();
  const [nowMs] = useState(() => Date.now());
  const sort = sortOf(search);
  const filters = filtersOf(search, nowMs);
  const list = useInfiniteQuery(operationRows(ws, filters, sort));
  // Rows first: one server answers both, and the counts can wait a tenth of a second.
  const facets = useQuery({ ...query.facets(ws, filters), enabled: list.data !== undefined && !list.isPlaceholderData });
  const inventory = useQuery(query.inventory(ws));
  const [selected, setSelected] = useState<ReadonlyMap<string, OperationRow>>(new Map());
  const [verb, setVerb] = useState<Verb | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const summary = inventory.data?.summary ?? null;

  const set = useCallback(
    (change: Search | Record<string, string | undefined>, replace = false) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace, resetScroll: false }),
    [navigate],
  );
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage({ cancelRefetch: false });
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const select = useCallback(
    (row: OperationRow) =>
      setSelected((before) => {
        const next = new Map(before);
        if (!next.delete(row.id) && next.size < SELECTED_MAX) next.set(row.id, row);
        return next;
      }),
    [],
  );
  const listed = useRef(rows);
  listed.current = rows;
  const open = useCallback(
    () => rememberList({ label: 'Inventory', href: router.state.location.href, ids: listed.current.map(({ id }) => id) }),
    [router],
  );
  const heardMs = live.inventoryMs;
  const shownMs = list.dataUpdatedAt;
  const show = () => void queryClient.resetQueries({ queryKey: ['ws', ws] });

  return (
    <div className="page full">
      <div className="page-head">
        <h1>Inventory</h1>
        {summary === null ? null : (
          <p className="quiet-text">
            {plural(summary.operations, 'operation')} in {plural(summary.services, 'API')}
          </p>
        )}
        {heardMs > shownMs ? (
          <button type="button" className="pill" onClick={show}>
            Inventory changed at {clock(heardMs)} {zoneName()}: show
          </button>
        ) : null}
        <div className="end">
          <span className="wide-only buttons">
            <ColumnMenu search={search} onChange={(columns) => set({ columns })} />
            <DensityButton />
          </span>
          <ExportMenu ws={ws} service={listOf(search.service)} />
        </div>
      </div>
      {summary?.completeness ? <Completeness summary={summary} /> : null}
      <Views search={search} summary={summary} />
      <div className="tools">
        <TextSearch key={search.text === undefined ? 'none' : 'some'} value={search.text} onChange={(text) => set({ text }, true)} />
        {facetNames.map((name) => (
          <FacetMenu
            key={name}
            label={facetLabel[name]}
            facets={facets.data?.[name] ?? []}
            chosen={listOf(search[name])}
            several={name === 'service' || name === 'method'}
            word={(value) => facetWord(name, value)}
            onToggle={(value) =>
              set({
                [name]: name === 'service' || name === 'method' ? toggled(search[name], value) : search[name] === value ? undefined : value,
              })
            }
          />
        ))}
        <button
          type="button"
          className="button"
          aria-pressed={search.drift !== undefined}
          onClick={() => set({ drift: search.drift === undefined ? '1' : undefined })}
        >
          With gaps
        </button>
        <p className="end quiet-text" role="status">
          {list.data === undefined
            ? ''
            : summary === null || total === summary.operations
              ? plural(total, 'row')
              : `${count(summary.operations)} → ${count(total)}`}
        </p>
      </div>
      <Chips search={search} onDrop={set} />
      {list.isError ? (
        <ProblemBox
          error={list.error}
          onRetry={() => void list.refetch()}
          shown={list.data === undefined ? undefined : list.dataUpdatedAt}
        />
      ) : null}
      {list.data === undefined ? (
        list.isError ? null : (
          <div className="list-box">
            <Skeleton rows={14} />
          </div>
        )
      ) : total === 0 ? (
        <NoRows search={search} summary={summary} />
      ) : (
        <OperationList
          rows={rows}
          total={total}
          columns={search.columns}
          sort={sort}
          selected={selected}
          onSort={(by) =>
            set({
              sort:
                sort.by === by
                  ? sort.descending
                    ? by
                    : `-${by}`
                  : by === 'template' || by === 'service' || by === 'state'
                    ? by
                    : `-${by}`,
            })
          }
          onSelect={select}
          onMore={more}
          onOpen={open}
        />
      )}
      {selected.size === 0 ? null : (
        <section className="selection-bar" aria-label="Selection">
          <strong>{plural(selected.size, 'operation')} selected</strong>
          {verbsFor([...selected.values()]).map((one) => (
            <Button key={one} onPress={() => setVerb(one)}>
              {one === 'owner'
                ? 'Set owner'
                : one === 'exclude'
                  ? 'Exclude'
                  : one === 'merge'
                    ? 'Merge'
                    : one === 'rename'
                      ? 'Rename'
                      : one === 'split'
                        ? 'Split'
                        : 'Pin'}
            </Button>
          ))}
          <Button kind="quiet" onPress={() => setSelected(new Map())}>
            Clear
          </Button>
        </section>
      )}
      <div className="list-foot">
        {summary === null ? null : <FoldedLine summary={summary} onReview={() => set({ drawer: 'folded' })} />}
        {inventory.data?.builtMs ? <p>Built {ago(inventory.data.builtMs)}</p> : null}
      </div>
      {verb === null ? null : (
        <Curate
          ws={ws}
          verb={verb}
          targets={[...selected.values()]}
          onClose={() => setVerb(null)}
          onDone={(what) => {
            setVerb(null);
            setSelected(new Map());
            setDone(what);
          }}
        />
      )}
      {done === null ? null : <UndoToast ws={ws} done={done} onClose={() => setDone(null)} />}
      {search.drawer === 'folded' && summary !== null ? <FoldedPanel ws={ws} summary={summary} reason={search.reason} /> : null}
    </div>
  );
}

const views = ['shadow', 'new', 'zombie', 'silent', 'unused', 'active', 'declared'] as const;

function Views({ search, summary }: { search: Search; summary: InventorySummary | null }) {
  const none = search.state === undefined && search.new === undefined;
  return (
    <nav className="views" aria-label="Views">
      <ViewLink set={{ state: undefined, new: undefined }} on={none}>
        All {summary === null ? null : <b>{count(summary.operations)}</b>}
      </ViewLink>
      {views.map((view) => {
        const held = view === 'new' ? undefined : summary?.byState[view];
        if (view === 'declared' && (held ?? 0) === 0 && search.state !== 'declared') return null;
        return (
          <ViewLink
            key={view}
            set={{ state: view === 'new' ? undefined : view, new: view === 'new' ? '7' : undefined }}
            on={view === 'new' ? search.new !== undefined : search.state === view}
            title={view === 'new' ? 'first seen in the last 7 days' : stateMeaning[view]}
          >
            {view[0]?.toUpperCase()}
            {view.slice(1)} {held === undefined ? null : <b>{count(held)}</b>}
          </ViewLink>
        );
      })}
    </nav>
  );
}

function TextSearch({ value, onChange }: { value: string | undefined; onChange: (text: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  const deferred = useDeferredValue(text);
  useEffect(() => {
    if ((value ?? '') === deferred.trim()) return;
    // A pause in typing is a question; each letter is not.
    const timer = setTimeout(() => onChange(deferred.trim() === '' ? undefined : deferred.trim()), 120);
    return () => clearTimeout(timer);
  }, [deferred, value, onChange]);
  return (
    <input
      type="search"
      aria-label="Search operations"
      placeholder="Method, path, API or owner  /"
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

const filterNames = ['service', 'method', 'owner', 'auth', 'audience', 'text', 'drift'] as const;

function Chips({ search, onDrop }: { search: Search; onDrop: (change: Record<string, string | undefined>) => void }) {
  const chips = filterNames.flatMap((name): (readonly [(typeof filterNames)[number], string])[] => {
    const value = search[name];
    if (value === undefined) return [];
    return name === 'text' || name === 'drift' ? [[name, value]] : listOf(value).map((one) => [name, one]);
  });
  if (chips.length === 0) return null;
  return (
    <div className="chips">
      {chips.map(([name, value]) => (
        <button
          key={`${name}:${value}`}
          type="button"
          className="chip"
          aria-label={`Remove filter ${name} ${value}`}
          onClick={() => onDrop({ [name]: name === 'service' || name === 'method' ? toggled(search[name], value) : undefined })}
        >
          {name === 'drift' ? 'with gaps' : name === 'text' ? `“${value}”` : `${facetLabel[name].toLowerCase()}: ${facetWord(name, value)}`}
          <Icon name="close" />
        </button>
      ))}
      <button
        type="button"
        className="link-button"
        onClick={() => onDrop(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
      >
        Clear filters
      </button>
    </div>
  );
}

function NoRows({ search, summary }: { search: Search; summary: InventorySummary | null }) {
  if ((summary?.operations ?? 0) > 0) {
    return (
      <Empty title={search.new !== undefined ? 'Nothing new in the last 7 days.' : 'No operation matches.'}>
        <Link to="/inventory" search={{}}>
          Show all {count(summary?.operations ?? 0)}
        </Link>
      </Empty>
    );
  }
  return (
    <Empty title="No operation yet.">
      <p className="prose">Bring an OpenAPI document, a HAR file or an access log; each is enough to start.</p>
      <Link to="/start" className="button main">
        Bring a file
      </Link>
    </Empty>
  );
}

function Completeness({ summary }: { summary: InventorySummary }) {
  const found = summary.completeness;
  if (found === null) return null;
  return (
    <p className="note">
      At most <strong>{count(Math.ceil(found.high))}</strong> operations exist (95 %), so at least{' '}
      <strong>{percent(found.lowerShare)}</strong> are known.{' '}
      <span className="quiet-text">
        Capture-recapture: {count(found.bySpec)} known by spec, {count(found.byTraffic)} by traffic, {count(found.both)} by both.
      </span>
    </p>
  );
}

function ColumnMenu({ search, onChange }: { search: Search; onChange: (columns: string | undefined) => void }) {
  const shown = chosenColumns(search.columns, 1400).map(({ id }) => id);
  return (
    <FacetMenu
      label="Columns"
      facets={allColumns.map(({ id }) => ({ value: id, count: 0 }))}
      chosen={search.columns === undefined ? [] : shown}
      several
      word={(id) => allColumns.find((column) => column.id === id)?.label ?? id}
      onToggle={(id) => {
        const now = search.columns === undefined ? shown : listOf(search.columns);
        const next = now.includes(id) ? now.filter((one) => one !== id) : [...now, id];
        onChange(next.length === 0 ? undefined : next.join(','));
      }}
    />
  );
}

function DensityButton() {
  const { density } = usePreferences();
  return (
    <Button onPress={() => setPreferences({ density: density === 'compact' ? 'comfortable' : 'compact' })}>
      {density === 'compact' ? 'Comfortable' : 'Compact'}
    </Button>
  );
}
