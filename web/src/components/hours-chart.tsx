/**
 * Calls an hour by status class, as steps on a continuous time axis. An hour nobody called is a zero only while the source
 * was watching; hours before the first and after the last observation are gaps and drawn as gaps.
 */
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { HourRow } from '../api.ts';
import { clock, count, dayShort, moment, plural, zoneName } from '../format.ts';
import { usePreferences } from '../preferences.ts';
import { Button } from './button.tsx';

const HOUR_MS = 3_600_000;
/** A silence longer than this is drawn as a gap: nobody can tell a quiet API from a blind source. */
const GAP_HOURS = 6;
const HEIGHT = 200;

const series = [
  { label: '2xx and 3xx', token: '--evidenced', dash: [] as number[], of: (row: HourRow) => row.s2 + row.s3 },
  { label: '4xx', token: '--stale', dash: [6, 3], of: (row: HourRow) => row.s4 },
  { label: '5xx', token: '--failing', dash: [2, 3], of: (row: HourRow) => row.s5 },
] as const;

/** One point per hour from the first to the last; zero inside short silences, null (a gap) inside long ones. */
export function hourly(
  rows: readonly HourRow[],
): readonly { readonly hourMs: number; readonly row: HourRow | null; readonly gap: boolean }[] {
  const sorted = rows.toSorted((a, b) => a.hourMs - b.hourMs);
  const points: { hourMs: number; row: HourRow | null; gap: boolean }[] = [];
  for (const [at, row] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined) {
      const missing = Math.round((row.hourMs - before.hourMs) / HOUR_MS) - 1;
      // INVARIANT: at most 13 months of rollups are kept, so this stays under ten thousand points.
      for (let hour = 1; hour <= missing; hour++)
        points.push({ hourMs: before.hourMs + hour * HOUR_MS, row: null, gap: missing >= GAP_HOURS });
    }
    points.push({ hourMs: row.hourMs, row, gap: false });
  }
  return points;
}

export function HoursChart({ rows }: { rows: readonly HourRow[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  const { theme, zone } = usePreferences();
  const points = useMemo(() => hourly(rows), [rows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and zone change what is drawn, not what is read here
  useEffect(() => {
    const element = box.current;
    if (element === null || points.length === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (token: string) => style.getPropertyValue(token).trim();
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
        height: HEIGHT,
        ...(zone === 'utc' ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}),
        cursor: { y: false, drag: { x: false, y: false } },
        legend: { show: true, live: true },
        scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.08)] } },
        axes: [
          {
            ...axis,
            values: (_, seconds, __, ___, step) =>
              seconds.map((one) => (step >= 86_400 || clock(one * 1000) === '00:00' ? dayShort(one * 1000) : clock(one * 1000))),
          },
          { ...axis, size: 52, values: (_, values) => values.map((value) => (Number.isInteger(value) ? count(value) : '')) },
        ],
        series: [
          { label: `Hour (${zoneName()})`, value: (_, seconds) => (seconds === null ? '–' : moment(seconds * 1000)) },
          ...series.map(({ label, token, dash }) => ({
            label,
            stroke: colour(token),
            width: 1.5,
            dash: [...dash],
            ...(stepped === undefined ? {} : { paths: stepped }),
            points: { show: false },
            spanGaps: false,
          })),
        ],
      },
      [
        points.map(({ hourMs }) => hourMs / 1000),
        ...series.map(({ of }) => points.map(({ row, gap }) => (row !== null ? of(row) : gap ? null : 0))),
      ],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: Math.max(240, element.clientWidth), height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [points, theme, zone, asTable]);
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return <p className="quiet-text">No call in this span.</p>;
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const busiest = rows.reduce((most, row) => (row.count > most.count ? row : most));
  const failed = rows.reduce((sum, row) => sum + row.s5, 0);
  const summary = `${plural(total, 'call')} from ${dayShort(first.hourMs)} to ${dayShort(last.hourMs)}; most in one hour: ${count(busiest.count)} (${moment(busiest.hourMs)}); ${count(failed)} answered 5xx.`;
  return (
    <div>
      <div className="chart-head">
        <p className="quiet-text small">{summary}</p>
        <Button kind="quiet" onPress={() => setAsTable(!asTable)}>
          {asTable ? 'Show chart' : 'Show table'}
        </Button>
      </div>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="chart-table" tabIndex={0} aria-label="Calls an hour">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Hour</th>
                <th scope="col" className="number">
                  Calls
                </th>
                <th scope="col" className="number">
                  2xx/3xx
                </th>
                <th scope="col" className="number">
                  4xx
                </th>
                <th scope="col" className="number">
                  5xx
                </th>
              </tr>
            </thead>
            <tbody>
              {rows
                .toSorted((a, b) => b.hourMs - a.hourMs)
                .slice(0, 500)
                .map((row) => (
                  <tr key={row.hourMs}>
                    <td>{moment(row.hourMs)}</td>
                    <td className="number">{count(row.count)}</td>
                    <td className="number">{count(row.s2 + row.s3)}</td>
                    <td className="number">{count(row.s4)}</td>
                    <td className="number">{count(row.s5)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      ) : (
        <div ref={box} className="hours" role="img" aria-label={`Calls an hour. ${summary}`} />
      )}
    </div>
  );
}
