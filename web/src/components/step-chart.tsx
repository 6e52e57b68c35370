/**
 * Proven and possible over time as steps: a score holds until the next assessment, so nothing is drawn between that was not
 * measured. Changes of the scoring model are labelled ticks. Arrow keys move the reading point; Enter looks back to it.
 */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { ScorePoint } from '../api.ts';
import { clock, dayShort, moment, points, zoneName } from '../format.ts';
import { Button } from './button.tsx';

const HEIGHT = 220;
const LEFT = 34;
const RIGHT = 106;
const TOP = 18;
const BOTTOM = 26;
/** Rows of the table shown for the chart; all of them are in the REST API. */
const TABLE_ROWS_MAX = 200;

export function StepChart({
  history,
  fromMs,
  toMs,
  atMs,
  onLookBack,
}: {
  history: readonly ScorePoint[];
  fromMs: number;
  toMs: number;
  atMs: number | null;
  onLookBack: (atMs: number | null) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  const [cursor, setCursor] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(([entry]) => entry !== undefined && setWidth(Math.max(260, Math.floor(entry.contentRect.width))));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const before = history.findLast((point) => point.atMs < fromMs);
  const inside = history.filter((point) => point.atMs >= fromMs && point.atMs <= toMs);
  const shown = before === undefined ? inside : [{ ...before, atMs: fromMs }, ...inside];
  const last = shown.at(-1);
  const first = shown[0];
  if (first === undefined || last === undefined) return <p className="quiet-text">No assessment in this span yet.</p>;
  const x = (ms: number) => LEFT + ((ms - fromMs) / Math.max(1, toMs - fromMs)) * (width - LEFT - RIGHT);
  const top = Math.min(100, Math.ceil((Math.max(...shown.map(({ possible }) => possible)) + 4) / 10) * 10);
  const bottom = Math.max(0, Math.floor((Math.min(...shown.map(({ proven }) => proven)) - 4) / 10) * 10);
  const y = (value: number) => TOP + ((top - value) / Math.max(1, top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const steps = (of: (point: ScorePoint) => number) =>
    [
      ...shown.map((point, at) => `${at === 0 ? 'M' : 'H'}${x(point.atMs).toFixed(1)}${at === 0 ? ' ' : 'V'}${y(of(point)).toFixed(1)}`),
      `H${x(toMs).toFixed(1)}`,
    ].join('');
  const proven = steps((point) => point.proven);
  const possible = steps((point) => point.possible);
  const band = `${possible}V${y(last.proven).toFixed(1)}${shown
    .toReversed()
    .map(
      (point, at, all) =>
        `H${x(point.atMs).toFixed(1)}${at === all.length - 1 ? '' : `V${y(all[at + 1]?.proven ?? point.proven).toFixed(1)}`}`,
    )
    .join('')}Z`;
  const models = shown.filter((point, at) => at > 0 && point.model !== shown[at - 1]?.model);
  const step = top - bottom > 50 ? 20 : 10;
  const lines = Array.from({ length: Math.floor((top - bottom) / step) + 1 }, (_, at) => bottom + at * step);
  const days = ticks(fromMs, toMs, width < 480 ? 3 : 5);
  const read = cursor === null ? (atMs === null ? null : shown.findLast((point) => point.atMs <= atMs)) : shown[cursor];
  const summary =
    shown.length === 1
      ? `One assessment so far: ${points(last.proven)} evidenced, could be ${points(last.possible)}.`
      : `From ${dayShort(fromMs)} to ${dayShort(toMs)}: evidenced ${points(first.proven)} to ${points(last.proven)}, possible ${points(first.possible)} to ${points(last.possible)}.`;
  const labelGap = Math.max(0, 14 - (y(last.proven) - y(last.possible))) / 2;
  const nearest = (event: PointerEvent<SVGSVGElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const index = shown.findLastIndex((point) => x(point.atMs) <= at);
    setCursor(Math.max(0, index));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = cursor ?? shown.length - 1;
    if (event.key === 'ArrowLeft') setCursor(Math.max(0, now - 1));
    else if (event.key === 'ArrowRight') setCursor(Math.min(shown.length - 1, now + 1));
    else if (event.key === 'Home') setCursor(0);
    else if (event.key === 'End') setCursor(shown.length - 1);
    else if (event.key === 'Enter') onLookBack(read === null || read === undefined || read === last ? null : read.atMs);
    else if (event.key === 'Escape') setCursor(null);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={box}>
      <div className="chart-head">
        <p className="quiet-text small">
          {summary} Times in {zoneName()}.
        </p>
        <Button kind="quiet" onPress={() => setAsTable(!asTable)}>
          {asTable ? 'Show chart' : 'Show table'}
        </Button>
      </div>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className="chart-table" tabIndex={0} aria-label="Score over time">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Assessed</th>
                <th scope="col" className="number">
                  Evidenced
                </th>
                <th scope="col" className="number">
                  Possible
                </th>
                <th scope="col">Model</th>
              </tr>
            </thead>
            <tbody>
              {inside
                .toReversed()
                .slice(0, TABLE_ROWS_MAX)
                .map((point) => (
                  <tr key={point.atMs}>
                    <td>{moment(point.atMs)}</td>
                    <td className="number">{points(point.proven)}</td>
                    <td className="number">{points(point.possible)}</td>
                    <td>{point.model}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      ) : (
        <div
          role="slider"
          tabIndex={0}
          className="chart-slider"
          aria-label="Score over time, reading point"
          aria-valuemin={0}
          aria-valuemax={shown.length - 1}
          aria-valuenow={read === null || read === undefined ? shown.length - 1 : shown.indexOf(read)}
          aria-valuetext={`${moment((read ?? last).atMs)}: ${points((read ?? last).proven)} evidenced, possible ${points((read ?? last).possible)}`}
          onKeyDown={onKeyDown}
        >
          <svg
            className="step-chart"
            width={width}
            height={HEIGHT}
            viewBox={`0 0 ${width} ${HEIGHT}`}
            aria-hidden="true"
            onPointerMove={nearest}
            onPointerLeave={() => setCursor(null)}
            onClick={() => read !== null && read !== undefined && onLookBack(read === last ? null : read.atMs)}
          >
            <defs>
              <pattern id="unknown-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <path d="M0 0V6" className="hatch" />
              </pattern>
            </defs>
            {lines.map((value) => (
              <g key={value}>
                <path d={`M${LEFT} ${y(value)}H${width - RIGHT}`} className="grid" />
                <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
                  {value}
                </text>
              </g>
            ))}
            {days.map((ms) => (
              <text key={ms} x={x(ms)} y={HEIGHT - 6} textAnchor="middle">
                {toMs - fromMs < 2 * DAY_MS ? clock(ms) : dayShort(ms)}
              </text>
            ))}
            <path d={band} fill="url(#unknown-hatch)" />
            <path d={possible} className="possible" />
            <path d={proven} className="proven" />
            {shown.length === 1 ? (
              <g className="single">
                <circle cx={x(last.atMs)} cy={y(last.proven)} r="3.5" />
                <circle cx={x(last.atMs)} cy={y(last.possible)} r="3.5" />
              </g>
            ) : null}
            {models.map((point) => (
              <g key={point.atMs}>
                <path d={`M${x(point.atMs)} ${TOP - 4}V${HEIGHT - BOTTOM}`} className="model-tick" />
                <text x={x(point.atMs) + 4} y={TOP - 6}>
                  {point.model}
                </text>
              </g>
            ))}
            <text x={width - RIGHT + 8} y={y(last.possible) + 4 - labelGap} className="label">
              could be {points(last.possible)}
            </text>
            <text x={width - RIGHT + 8} y={y(last.proven) + 4 + labelGap} className="label strong">
              evidenced {points(last.proven)}
            </text>
            {read === null || read === undefined ? null : (
              <g className="reading">
                <path d={`M${x(read.atMs)} ${TOP}V${HEIGHT - BOTTOM}`} />
                <circle cx={x(read.atMs)} cy={y(read.proven)} r="3.5" />
                <circle cx={x(read.atMs)} cy={y(read.possible)} r="3.5" />
              </g>
            )}
          </svg>
          <p className="chart-reading small" aria-hidden="true">
            {read === null || read === undefined
              ? 'Point at the line to read it; press to look back.'
              : `${moment(read.atMs)}: ${points(read.proven)} evidenced, could be ${points(read.possible)}`}
          </p>
        </div>
      )}
    </div>
  );
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Round instants that divide the span into about `wanted` parts: minutes, hours or midnights. */
function ticks(fromMs: number, toMs: number, wanted: number): number[] {
  const part = (toMs - fromMs) / wanted;
  const every =
    [10, 30, 60, 180, 360, 720].map((minutes) => minutes * MINUTE_MS).find((step) => step >= part) ?? Math.ceil(part / DAY_MS) * DAY_MS;
  const found: number[] = [];
  for (let ms = Math.ceil(fromMs / every) * every; ms <= toMs; ms += every) found.push(ms);
  return found;
}
