/** Decisions that were not plainly "allow": only the rows in sight are in the page; under 768 px they are cards. */
import { Link } from '@tanstack/react-router';
import { useVirtualizer, useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { DecisionRecord } from '../api.ts';
import { clock, count, dayShort, moment } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import { DecisionMark } from './decision-mark.tsx';
import { useNarrow } from './operation-list.tsx';

export interface DecisionListProps {
  readonly rows: readonly DecisionRecord[];
  readonly total: number;
  readonly open: string | undefined;
  readonly onMore: () => void;
}

const ROW_HEIGHT = 40;
const CARD_HEIGHT = 112;

export function DecisionList(props: DecisionListProps) {
  return useNarrow() ? <Cards {...props} /> : <Table {...props} />;
}

function useRowKeys(rows: readonly DecisionRecord[], scrollTo: (index: number) => void) {
  const at = useRef(-1);
  const move = (by: number) => {
    const focused = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
    const from = focused === null || focused === undefined ? at.current : Number(focused);
    const index = Math.max(0, Math.min(from + by, rows.length - 1));
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
  useKeys({ j: () => move(1), k: () => move(-1) });
}

function useMore(lastInSight: number, { rows, total, onMore }: DecisionListProps) {
  useEffect(() => {
    if (lastInSight >= rows.length - 40 && rows.length < total) onMore();
  }, [lastInSight, rows.length, total, onMore]);
}

/** `S-1f…`: opens the panel; the address of it can be shared. */
function OpenLink({ row, children, className }: { row: DecisionRecord; children: React.ReactNode; className: string }) {
  return (
    <Link to="." search={(before) => ({ ...before, open: row.incident })} resetScroll={false} preload={false} className={className}>
      {children}
    </Link>
  );
}

export function requestWords({ method, template }: Pick<DecisionRecord, 'method' | 'template'>): string {
  return method === '' ? 'a connection, no request' : `${method} ${template}`;
}

function Table(props: DecisionListProps) {
  const { rows, total, open } = props;
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => ROW_HEIGHT, overscan: 10 });
  const items = virtual.getVirtualItems();
  useMore(items.at(-1)?.index ?? 0, props);
  useRowKeys(rows, (index) => virtual.scrollToIndex(index));
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      className="list-box decision-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Decisions, scrolling"
      style={{ height: Math.min(560, total * ROW_HEIGHT + 52) }}
    >
      <table className="list decision-list" aria-rowcount={total + 1}>
        <colgroup>
          {[138, 136, 250, undefined, 170, 64, 66].map((width, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns stand in one order
            <col key={at} style={width === undefined ? {} : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Time</th>
            <th scope="col">Outcome</th>
            <th scope="col">Rule</th>
            <th scope="col">Request</th>
            <th scope="col">From</th>
            <th scope="col" className="number">
              Status
            </th>
            <th scope="col" className="number" title="How many like it one record stands for">
              Times
            </th>
          </tr>
        </thead>
        <tbody>
          {before > 0 ? <Spacer height={before} /> : null}
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? (
              <tr key={index} aria-rowindex={index + 2} className="waiting">
                <td colSpan={7}>
                  <span />
                </td>
              </tr>
            ) : (
              <tr key={`${row.incident}.${index}`} aria-rowindex={index + 2} aria-selected={row.incident === open} data-row={index}>
                <td title={moment(row.atMs)}>
                  {dayShort(row.atMs)}, {clock(row.atMs)}
                </td>
                <td>
                  <DecisionMark outcome={row.outcome} />
                </td>
                <th scope="row" title={row.reason}>
                  <OpenLink row={row} className="mono rule-link">
                    {row.rule}
                  </OpenLink>
                </th>
                <td className="mono" title={requestWords(row)}>
                  {requestWords(row)}
                </td>
                <td className="mono" title={row.agent ?? undefined}>
                  {row.network ?? 'not known'}
                </td>
                <td className="number">{row.status ?? '–'}</td>
                <td className="number">{count(row.count)}</td>
              </tr>
            );
          })}
          {after > 0 ? <Spacer height={after} /> : null}
        </tbody>
      </table>
    </section>
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

function Cards(props: DecisionListProps) {
  const { rows, total } = props;
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
  useMore(items.at(-1)?.index ?? 0, props);
  useRowKeys(rows, (index) => virtual.scrollToIndex(index));
  return (
    <ul ref={box} className="cards" aria-label="Decisions" style={{ height: virtual.getTotalSize() }}>
      {items.map(({ index, start, size }) => {
        const row = rows[index];
        return (
          <li
            key={index}
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
              <OpenLink row={row} className="op-card">
                <span className="mono clip">{row.rule}</span>
                <span className="mono small clip">{requestWords(row)}</span>
                <span className="op-card-line">
                  <DecisionMark outcome={row.outcome} />
                  <span>
                    {dayShort(row.atMs)}, {clock(row.atMs)}
                  </span>
                  {row.count > 1 ? <span>{count(row.count)} times</span> : null}
                </span>
                <span className="op-card-line">
                  <span className="clip">from {row.network ?? 'not known'}</span>
                </span>
              </OpenLink>
            )}
          </li>
        );
      })}
    </ul>
  );
}
