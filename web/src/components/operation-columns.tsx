/** The columns of the inventory: name, width, order by, and what a cell says. */
import type { ReactNode } from 'react';
import { age, count, duration, percent, short } from '../format.ts';
import type { OperationRow, Sort } from '../operation-rows.ts';
import { authWord, driftWord } from '../words.ts';
import { SeverityMark, StateMark } from './mark.tsx';
import { Sparkline } from './sparkline.tsx';

export interface Column {
  readonly id: string;
  readonly label: string;
  readonly width: number;
  readonly sort?: Sort;
  readonly numeric?: boolean;
  /** What is worth most when there is room for few; lower stays longer. */
  readonly rank: number;
  readonly cell: (row: OperationRow) => ReactNode;
}

const none = <span className="quiet-text">–</span>;

/** `bearer 99 %, none 0.8 %`, most first. */
export function authText(auth: OperationRow['auth']): string {
  const seen = Object.entries(auth.seen)
    .filter(([, calls]) => calls > 0)
    .sort((a, b) => b[1] - a[1]);
  const total = seen.reduce((sum, [, calls]) => sum + calls, 0);
  if (total === 0) return '';
  if (seen.length === 1) return authWord[seen[0]?.[0] ?? ''] ?? '';
  return seen
    .slice(0, 2)
    .map(([kind, calls]) => `${authWord[kind] ?? kind} ${percent(calls / total)}`)
    .join(', ');
}

const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

function worst(drift: OperationRow['drift']): OperationRow['drift'][number] | undefined {
  return drift.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))[0];
}

/** What is open on an operation, worst first: disagreements, no owner, answered without a credential. */
export function gapsOf({ drift, owner, auth }: Pick<OperationRow, 'drift' | 'owner' | 'auth'>): readonly string[] {
  const sorted = drift.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return [
    ...sorted.map(({ kind }) => driftWord[kind]),
    ...(auth.okWithout > 0 ? ['no credential'] : []),
    ...(owner === null ? ['no owner'] : []),
  ];
}

function Gaps({ row }: { row: OperationRow }) {
  const gaps = gapsOf(row);
  if (gaps.length === 0) return none;
  const first = worst(row.drift);
  return (
    <span className="gaps" title={gaps.join(', ')}>
      <span className="gap-count">{gaps.length}</span>
      {first === undefined ? <span className="quiet-text">{gaps[0]}</span> : <SeverityMark severity={first.severity} />}
      <span className="visually-hidden">{gaps.join(', ')}</span>
    </span>
  );
}

export const columns: readonly Column[] = [
  { id: 'state', label: 'State', width: 100, sort: 'state', rank: 1, cell: (row) => <StateMark state={row.state} orphan={row.orphan} /> },
  { id: 'service', label: 'API', width: 116, sort: 'service', rank: 4, cell: (row) => row.service },
  {
    id: 'owner',
    label: 'Owner',
    width: 104,
    rank: 5,
    cell: (row) => (row.owner === null ? none : <span title={`from ${row.owner.from}`}>{row.owner.value}</span>),
  },
  {
    id: 'auth',
    label: 'Auth seen',
    width: 128,
    rank: 3,
    cell: (row) => {
      const text = authText(row.auth);
      return text === '' ? none : <span title={text}>{text}</span>;
    },
  },
  {
    id: 'data',
    label: 'Data',
    width: 104,
    rank: 9,
    cell: (row) => (row.dataLevel === null ? none : <span title={`from ${row.dataLevel.from}`}>{row.dataLevel.value}</span>),
  },
  {
    id: 'clients',
    label: 'Clients',
    width: 76,
    sort: 'clients',
    numeric: true,
    rank: 7,
    cell: (row) => (row.traffic === null ? none : count(row.traffic.clients)),
  },
  {
    id: 'rate',
    label: 'Calls a day',
    width: 140,
    sort: 'perDay',
    numeric: true,
    rank: 2,
    cell: (row) =>
      row.traffic === null ? (
        none
      ) : (
        <span className="rate">
          {short(row.traffic.perDay)}
          <Sparkline daily={row.traffic.daily} />
        </span>
      ),
  },
  {
    id: 'seen',
    label: 'Last seen',
    width: 92,
    sort: 'lastSeen',
    numeric: true,
    rank: 6,
    cell: (row) =>
      row.traffic === null ? none : <span title={new Date(row.traffic.lastMs).toISOString()}>{age(row.traffic.lastMs)}</span>,
  },
  { id: 'gaps', label: 'Gaps', width: 136, sort: 'gaps', rank: 2.5, cell: (row) => <Gaps row={row} /> },
  { id: 'audience', label: 'Audience', width: 96, rank: 10, cell: (row) => row.audience?.value ?? none },
  {
    id: 'environments',
    label: 'Environments',
    width: 120,
    rank: 11,
    cell: (row) => (row.environments.length === 0 ? none : row.environments.map(({ name }) => name).join(', ')),
  },
  {
    id: 'latency',
    label: 'p95',
    width: 84,
    numeric: true,
    rank: 12,
    cell: (row) => (row.traffic?.latencyMs ? duration(row.traffic.latencyMs.p95) : none),
  },
  {
    id: 'errors',
    label: 'Answered 5xx',
    width: 108,
    numeric: true,
    rank: 13,
    cell: (row) => (row.traffic === null ? none : percent((row.traffic.statusMix['5xx'] ?? 0) / Math.max(1, row.traffic.count))),
  },
  { id: 'confidence', label: 'Template', width: 96, numeric: true, rank: 14, cell: (row) => `${Math.round(row.confidence * 100)} % sure` },
  { id: 'host', label: 'Host', width: 160, rank: 15, cell: (row) => row.host ?? none },
];

/** Chosen columns, else as many as fit beside the operation itself, best first. */
export function chosenColumns(chosen: string | undefined, room: number): readonly Column[] {
  if (chosen !== undefined) {
    const ids = chosen.split(',');
    return columns.filter(({ id }) => ids.includes(id));
  }
  const OPERATION_MIN = 320;
  let left = room - OPERATION_MIN - 44;
  const kept = new Set<string>();
  for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
    if (column.rank >= 10 || left < column.width) break;
    kept.add(column.id);
    left -= column.width;
  }
  return columns.filter(({ id }) => kept.has(id));
}
