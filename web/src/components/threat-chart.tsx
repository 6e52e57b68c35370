/**
 * Requests against what limits allow all callers together, and below them on a scale of their own what was and would have
 * been blocked; steps on one time axis, no smoothing. Arrow keys move the reading point; a span can be dragged out.
 */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { DecisionPoint, DecisionSeries, PolicySummary } from '../api.ts';
import { clock, count, dayShort, duration, moment, zoneName } from '../format.ts';
import { usePreferences } from '../preferences.ts';
import { Button } from './button.tsx';

const HEIGHT = { top: 150, bottom: 130 } as const;
/** Rows of the table shown for the chart; all of them are in the REST API. */
const TABLE_ROWS_MAX = 300;

type Limit = PolicySummary['limits'][number];

interface Line {
  readonly label: string;
  readonly token: string;
  readonly dash: readonly number[];
  readonly fill: boolean;
  readonly of: (point: DecisionPoint) => number;
}

const requestLine: Line = { label: 'requests', token: '--text-2', dash: [], fill: true, of: (point) => point.requests };
const stoppedLines: readonly Line[] = [
  { label: 'blocked', token: '--failing', dash: [], fill: true, of: (point) => point.blocked },
  { label: 'would be blocked', token: '--attested', dash: [5, 3], fill: true, of: (point) => point.wouldBlock },
  { label: 'let through by an allow-list', token: '--evidenced', dash: [2, 3], fill: false, of: (point) => point.allowed },
];

/** What a limit for all callers together allows within one step. */
export function allowedInStep({ requests, windowSeconds }: Limit, stepMs: number): number {
  return (requests * stepMs) / (windowSeconds * 1000);
}

export function ThreatChart({
  series,
  limits,
  sinceMs,
  onSpan,
}: {
  series: DecisionSeries;
  /** Only limits for all callers together: the sum of all requests says nothing of one caller's. */
  limits: readonly Limit[];
  /** Before it no guard is known to have run; null = not known. */
  sinceMs: number | null;
  onSpan: (fromMs: number, toMs: number) => void;
}) {
  const top = useRef<HTMLDivElement>(null);
  const bottom = useRef<HTMLDivElement>(null);
  const plots = useRef<readonly uPlot[]>([]);
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const { theme, zone } = usePreferences();
  const { points, stepMs } = series;
  const shownLimits = useMemo(() => limits.filter(({ window }) => window === 'rolling'), [limits]);
  const onSpanNow = useRef(onSpan);
  onSpanNow.current = onSpan;
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and zone change what is drawn, not what is read here
  useEffect(() => {
    if (top.current === null || bottom.current === null || points.length === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (token: string) => style.getPropertyValue(token).trim();
    const seconds = points.map(({ atMs }) => atMs / 1000);
    // Silence before the first guard is a gap, not a zero.
    const value = (of: Line['of']) =>
      points.map((point) => (sinceMs !== null && point.atMs + stepMs <= sinceMs && of(point) === 0 ? null : of(point)));
    const draw = (element: HTMLDivElement, height: number, lines: readonly Line[], levels: readonly number[]) => {
      const most = Math.max(1, ...lines.flatMap(({ of }) => points.map(of)), ...levels.filter((level) => level > 0));
      const stepped = uPlot.paths.stepped?.({ align: 1 });
      const axis = {
        stroke: colour('--text-2'),
        grid: { stroke: colour('--line'), width: 1 },
        ticks: { show: false },
        font: `12px ${colour('--sans')}`,
      };
      const plot = new uPlot(
        {
          width: Math.max(240, element.clientWidth),
          height,
          padding: [8, 12, 0, 0],
          ...(zone === 'utc' ? { tzDate: (one: number) => uPlot.tzDate(new Date(one * 1000), 'Etc/UTC') } : {}),
          cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 8 } },
          legend: { show: false },
          scales: { y: { range: () => [0, most * 1.08] } },
          axes: [
            {
              ...axis,
              values: (_, ticks, __, ___, step) =>
                ticks.map((one) => (step >= 86_400 || clock(one * 1000) === '00:00' ? dayShort(one * 1000) : clock(one * 1000))),
            },
            { ...axis, size: 52, values: (_, values) => values.map((one) => (Number.isInteger(one) ? count(one) : '')) },
          ],
          series: [
            {},
            ...lines.map(({ token, dash, fill }) => ({
              stroke: colour(token),
              width: 1.5,
              dash: [...dash],
              ...(fill ? { fill: `color-mix(in srgb, ${colour(token)} 16%, transparent)` } : {}),
              ...(stepped === undefined ? {} : { paths: stepped }),
              points: { show: false },
              spanGaps: false,
            })),
            ...levels.map(() => ({ stroke: colour('--accent'), width: 1.5, dash: [8, 4], points: { show: false } })),
          ],
          hooks: {
            setCursor: [
              (drawn) => {
                const index = drawn.cursor.idx ?? null;
                setAt(index);
              },
            ],
            setSelect: [
              (drawn) => {
                if (drawn.select.width < 8) return;
                const from = drawn.posToVal(drawn.select.left, 'x') * 1000;
                const to = drawn.posToVal(drawn.select.left + drawn.select.width, 'x') * 1000;
                onSpanNow.current(Math.floor(from / stepMs) * stepMs, Math.ceil(to / stepMs) * stepMs);
              },
            ],
          },
        },
        [seconds, ...lines.map(({ of }) => value(of)), ...levels.map((level) => seconds.map(() => level))],
        element,
      );
      return plot;
    };
    const levels = shownLimits.map((limit) => allowedInStep(limit, stepMs));
    const upper = draw(top.current, HEIGHT.top, [requestLine], levels);
    const lower = draw(bottom.current, HEIGHT.bottom, stoppedLines, []);
    plots.current = [upper, lower];
    const element = top.current;
    const watch = new ResizeObserver(() => {
      const width = Math.max(240, element.clientWidth);
      upper.setSize({ width, height: HEIGHT.top });
      lower.setSize({ width, height: HEIGHT.bottom });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plots.current = [];
      upper.destroy();
      lower.destroy();
    };
  }, [points, stepMs, shownLimits, sinceMs, theme, zone, asTable]);
  const step = duration(stepMs);
  const busiest = points.reduce<DecisionPoint | null>(
    (most, point) => (most === null || point.requests > most.requests ? point : most),
    null,
  );
  const worst = points.reduce<DecisionPoint | null>(
    (most, point) => (most === null || point.blocked + point.wouldBlock > most.blocked + most.wouldBlock ? point : most),
    null,
  );
  const said = (point: DecisionPoint) =>
    `${moment(point.atMs)}: ${count(point.requests)} requests, ${count(point.blocked)} blocked, ${count(point.wouldBlock)} would be blocked${point.allowed > 0 ? `, ${count(point.allowed)} let through` : ''}`;
  const summary =
    busiest === null || worst === null || busiest.requests + worst.blocked + worst.wouldBlock === 0
      ? 'Nothing in this span.'
      : `Steps of ${step}, ${zoneName()}. Most requests in one step: ${count(busiest.requests)} (${clock(busiest.atMs)}, ${dayShort(busiest.atMs)})${worst.blocked + worst.wouldBlock > 0 ? `; most objections: ${count(worst.blocked + worst.wouldBlock)} (${clock(worst.atMs)}, ${dayShort(worst.atMs)})` : ''}.`;
  const read = at === null ? null : points[at];
  const move = (to: number) => {
    const index = Math.max(0, Math.min(points.length - 1, to));
    setAt(index);
    const point = points[index];
    if (point === undefined) return;
    for (const plot of plots.current) plot.setCursor({ left: plot.valToPos(point.atMs / 1000, 'x'), top: 10 }, false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = at ?? points.length - 1;
    if (event.key === 'ArrowLeft') move(now - 1);
    else if (event.key === 'ArrowRight') move(now + 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(points.length - 1);
    else if (event.key === 'Enter' && read !== undefined && read !== null) onSpan(read.atMs, read.atMs + stepMs);
    else return;
    event.preventDefault();
  };
  const last = points.at(-1);
  if (last === undefined) return <p className="quiet-text">Nothing in this span.</p>;
  return (
    <div>
      <div className="chart-head">
        <p className="quiet-text small">{summary}</p>
        <Button kind="quiet" onPress={() => setAsTable(!asTable)}>
          {asTable ? 'Show chart' : 'Show table'}
        </Button>
      </div>
      {asTable ? (
        <SeriesTable points={points} />
      ) : (
        <div
          role="slider"
          tabIndex={0}
          className="chart-slider"
          aria-label="Requests and objections over time, reading point; Enter narrows the span to it"
          aria-valuemin={0}
          aria-valuemax={points.length - 1}
          aria-valuenow={at ?? points.length - 1}
          aria-valuetext={said(read ?? last)}
          onKeyDown={onKeyDown}
        >
          <p className="chart-key" aria-hidden="true">
            <Key line={requestLine} />
            {shownLimits.map((limit) => (
              <span key={limit.name} className="chart-key-item">
                <i className="key-line limit" /> limit {limit.name}: {count(Math.round(allowedInStep(limit, stepMs)))} in {step}
              </span>
            ))}
          </p>
          <div ref={top} className="threat-plot" style={{ minHeight: HEIGHT.top }} aria-hidden="true" />
          <p className="chart-key" aria-hidden="true">
            {stoppedLines.map((line) => (
              <Key key={line.label} line={line} />
            ))}
          </p>
          <div ref={bottom} className="threat-plot" style={{ minHeight: HEIGHT.bottom }} aria-hidden="true" />
          <p className="chart-reading small" aria-hidden="true">
            {read === null || read === undefined ? 'Point at the chart to read it; drag to narrow the span.' : said(read)}
          </p>
        </div>
      )}
    </div>
  );
}

function Key({ line: { label, token, dash } }: { line: Line }) {
  return (
    <span className="chart-key-item">
      <i className={`key-line${dash.length > 0 ? ' dashed' : ''}`} data-token={token.slice(2)} /> {label}
    </span>
  );
}

function SeriesTable({ points }: { points: readonly DecisionPoint[] }) {
  const busy = points.filter((point) => point.requests + point.blocked + point.wouldBlock + point.allowed > 0).toReversed();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="chart-table" tabIndex={0} aria-label="Requests and objections over time">
      <table className="plain-table">
        <caption>
          Steps in which nothing happened are left out
          {busy.length > TABLE_ROWS_MAX ? `; the latest ${TABLE_ROWS_MAX} of ${count(busy.length)}` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="number">
              Requests
            </th>
            <th scope="col" className="number">
              Blocked
            </th>
            <th scope="col" className="number">
              Would be
            </th>
            <th scope="col" className="number">
              Let through
            </th>
          </tr>
        </thead>
        <tbody>
          {busy.slice(0, TABLE_ROWS_MAX).map((point) => (
            <tr key={point.atMs}>
              <td className="nowrap">{moment(point.atMs)}</td>
              <td className="number">{count(point.requests)}</td>
              <td className="number">{count(point.blocked)}</td>
              <td className="number">{count(point.wouldBlock)}</td>
              <td className="number">{count(point.allowed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
