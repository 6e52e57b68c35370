/**
 * The inventory as a table: only the rows in sight are in the page, yet rows and columns are real ones, counted for
 * assistive technology. Under 768 px the same rows, in the same order, are cards.
 */
import { Link } from '@tanstack/react-router';
import { useVirtualizer, useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { plural, short } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import type { OperationRow, Sort } from '../operation-rows.ts';
import { usePreferences } from '../preferences.ts';
import { Icon } from './icon.tsx';
import { StateMark } from './mark.tsx';
import { authText, type Column, chosenColumns, gapsOf } from './operation-columns.tsx';

export interface OperationListProps {
  readonly rows: readonly OperationRow[];
  readonly total: number;
  readonly columns: string | undefined;
  readonly sort: { readonly by: Sort; readonly descending: boolean };
  readonly selected: ReadonlyMap<string, OperationRow>;
  readonly onSort: (by: Sort) => void;
  readonly onSelect: (row: OperationRow) => void;
  /** Asks for the next page. */
  readonly onMore: () => void;
  readonly onOpen: () => void;
}

const CARD_HEIGHT = 104;

function rowHeight(): number {
  return Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10) || 40;
}

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia('(max-width: 767px)').matches);
  useEffect(() => {
    const query = matchMedia('(max-width: 767px)');
    const changed = () => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return narrow;
}

export function OperationList(props: OperationListProps) {
  return useNarrow() ? <Cards {...props} /> : <Table {...props} />;
}

/** j, k, x: the row that has the focus is the row they mean. */
function useRowKeys({ rows, total, onSelect }: OperationListProps, scrollTo: (index: number) => void) {
  const at = useRef(-1);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(to, Math.min(total, rows.length) - 1));
    at.current = index;
    scrollTo(index);
    // The row may not be there before the list has scrolled to it.
    let tries = 5;
    const focus = () => {
      const link = document.querySelector<HTMLElement>(`[data-row="${index}"] a`);
      if (link !== null) link.focus({ preventScroll: true });
      else if (tries-- > 0) requestAnimationFrame(focus);
    };
    focus();
  };
  const here = () => {
    const focused = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
    return focused === null || focused === undefined ? at.current : Number(focused);
  };
  useKeys({
    j: () => move(here() + 1),
    k: () => move(here() - 1),
    x: () => {
      const row = rows[here()];
      if (row !== undefined) onSelect(row);
    },
  });
}

function Table(props: OperationListProps) {
  const { rows, total, sort, selected, onSort, onSelect, onMore, onOpen } = props;
  const { density } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(1100);
  const [above, setAbove] = useState(300);
  const height = useRef(rowHeight());
  height.current = rowHeight();
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      setRoom(element.clientWidth);
      setAbove(element.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, []);
  // The same array for the same choice: a row is drawn anew only when something of it changed.
  const columns = useMemo(() => chosenColumns(props.columns, room), [props.columns, room]);
  const virtual = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => height.current, overscan: 10 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change their height with the density
  useEffect(() => virtual.measure(), [density]);
  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastInSight >= rows.length - 40 && rows.length < total) onMore();
  }, [lastInSight, rows.length, total, onMore]);
  useRowKeys(props, (index) => virtual.scrollToIndex(index));
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const width = 44 + 260 + columns.reduce((sum, column) => sum + column.width, 0);
  return (
    <section
      ref={box}
      className="list-box"
      style={{ '--list-above': `${Math.round(above) + 100}px` } as React.CSSProperties}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Operations, scrolling"
    >
      <table className="list" aria-rowcount={total + 1} aria-colcount={columns.length + 2} style={{ minWidth: width }}>
        <colgroup>
          <col style={{ width: 44 }} />
          <col />
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="check">
              <span className="visually-hidden">Selected</span>
            </th>
            <Head label="Operation" by="template" sort={sort} onSort={onSort} />
            {columns.map(({ id, label, sort: by, numeric }) => (
              <Head key={id} label={label} by={by} sort={sort} onSort={onSort} numeric={numeric === true} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <Spacer height={before} /> : null}
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? (
              <Waiting key={index} index={index} columns={columns.length} />
            ) : (
              <Row
                key={row.id}
                row={row}
                index={index}
                columns={columns}
                selected={selected.has(row.id)}
                onSelect={onSelect}
                onOpen={onOpen}
              />
            );
          })}
          {after > 0 ? <Spacer height={after} /> : null}
        </tbody>
      </table>
    </section>
  );
}

function Head({
  label,
  by,
  sort,
  onSort,
  numeric = false,
}: {
  label: string;
  by: Sort | undefined;
  sort: OperationListProps['sort'];
  onSort: (by: Sort) => void;
  numeric?: boolean;
}) {
  const active = by !== undefined && sort.by === by;
  return (
    <th scope="col" className={numeric ? 'number' : ''} aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : undefined}>
      {by === undefined ? (
        label
      ) : (
        <button type="button" className="sort-button" onClick={() => onSort(by)}>
          {label}
          {active ? <Icon name={sort.descending ? 'down' : 'up'} /> : null}
        </button>
      )}
    </th>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a table row takes no focus
    <tr className="spacer" aria-hidden="true">
      <td style={{ height }} />
    </tr>
  );
}

function Waiting({ index, columns }: { index: number; columns: number }) {
  return (
    <tr aria-rowindex={index + 2} className="waiting">
      <td className="check" />
      <td colSpan={columns + 1}>
        <span />
      </td>
    </tr>
  );
}

const Row = memo(function Row({
  row,
  index,
  columns,
  selected,
  onSelect,
  onOpen,
}: {
  row: OperationRow;
  index: number;
  columns: readonly Column[];
  selected: boolean;
  onSelect: (row: OperationRow) => void;
  onOpen: () => void;
}) {
  return (
    <tr aria-rowindex={index + 2} aria-selected={selected} data-row={index}>
      <td className="check">
        <label className="check-target">
          <input type="checkbox" checked={selected} onChange={() => onSelect(row)} aria-label={`Select ${row.method} ${row.template}`} />
        </label>
      </td>
      <th scope="row">
        <OperationName row={row} onOpen={onOpen} />
      </th>
      {columns.map(({ id, numeric, cell }) => (
        <td key={id} className={numeric === true ? 'number' : ''}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
});

function OperationName({ row, onOpen }: { row: OperationRow; onOpen: () => void }) {
  return (
    <Link
      to="/operations/$id"
      params={{ id: row.id }}
      className="operation-name"
      title={`${row.method} ${row.template}`}
      onClick={onOpen}
      preload={false}
    >
      <span className="method">{row.method}</span>
      <span className="template">{row.graphql ?? row.template}</span>
    </Link>
  );
}

function Cards(props: OperationListProps) {
  const { rows, total, onMore, onOpen } = props;
  const box = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, []);
  const virtual = useWindowVirtualizer({ count: total, estimateSize: () => CARD_HEIGHT, overscan: 6, scrollMargin: top });
  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastInSight >= rows.length - 20 && rows.length < total) onMore();
  }, [lastInSight, rows.length, total, onMore]);
  useRowKeys(props, (index) => virtual.scrollToIndex(index));
  return (
    <ul ref={box} className="cards" aria-label="Operations" style={{ height: virtual.getTotalSize() }}>
      {items.map(({ index, start, size }) => {
        const row = rows[index];
        return (
          <li
            key={row?.id ?? index}
            data-row={index}
            aria-setsize={total}
            aria-posinset={index + 1}
            className="card-place"
            style={{ height: size - 8, transform: `translateY(${start - top}px)` }}
          >
            {row === undefined ? (
              <div className="op-card waiting">
                <span />
              </div>
            ) : (
              <Link to="/operations/$id" params={{ id: row.id }} className="op-card" onClick={onOpen} preload={false}>
                <span className="operation-name">
                  <span className="method">{row.method}</span>
                  <span className="template">{row.graphql ?? row.template}</span>
                </span>
                <span className="op-card-line">
                  <StateMark state={row.state} orphan={row.orphan} />
                  <span className="clip">{row.service}</span>
                  <span className="clip">{row.owner?.value ?? 'no owner'}</span>
                </span>
                <span className="op-card-line">
                  <span>{row.traffic === null ? 'no calls seen' : `${short(row.traffic.perDay)} a day`}</span>
                  <span className="clip">{authText(row.auth) === '' ? 'auth not visible' : `auth ${authText(row.auth)}`}</span>
                  {gapsOf(row).length === 0 ? null : <span>{plural(gapsOf(row).length, 'gap')}</span>}
                </span>
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}
