/** Rows for people: aligned and cut to the width on a terminal, tab-separated and whole in a pipe. */
import { printable, type Terminal } from './terminal.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  /** Gives way when the terminal is narrow; the others keep their width. */
  readonly gives?: boolean;
  /** Left out when even the narrowest table would not fit; the highest number goes first. */
  readonly drops?: number;
  readonly paint?: (text: string, row: T) => string;
}

/** A column that gives way keeps at least this many characters. */
const givingMin = 16;
/** Below this a column that gives way is no longer worth another one beside it. */
const comfortable = 30;
const gap = '  ';

/** No heading in a pipe: every line is a row. */
export function table<T>(terminal: Terminal, rows: readonly T[], all: readonly Column<T>[]): string {
  if (!terminal.isInteractive) {
    return rows.map((row) => `${all.map((column) => printable(column.value(row))).join('\t')}\n`).join('');
  }
  const columns = fitting(all, rows, terminal.width);
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const widths = columns.map((column, at) => cells.reduce((most, row) => Math.max(most, (row[at] ?? '').length), column.title.length));
  shrink(widths, columns, terminal.width);
  const heading = columns.map((column, at) => cell(column.title.toUpperCase(), widths[at] ?? 0, column.align, terminal.ellipsis));
  const lines = cells.map((row, index) =>
    columns.map((column, at) => {
      const text = cell(row[at] ?? '', widths[at] ?? 0, column.align, terminal.ellipsis);
      const source = rows[index];
      return column.paint === undefined || source === undefined ? text : column.paint(text, source);
    }),
  );
  return [terminal.colors.dim(heading.join(gap).trimEnd()), ...lines.map((line) => line.join(gap).trimEnd())]
    .map((line) => `${line}\n`)
    .join('');
}

/** The columns that fit when all that give way have given what they can. */
function fitting<T>(all: readonly Column<T>[], rows: readonly T[], room: number): readonly Column<T>[] {
  const least = (column: Column<T>): number => {
    const widest = rows.reduce((most, row) => Math.max(most, column.value(row).length), column.title.length);
    return column.gives === true ? Math.min(widest, comfortable) : widest;
  };
  const widths = new Map(all.map((column) => [column, least(column)]));
  let kept = [...all];
  const width = () => kept.reduce((sum, column) => sum + (widths.get(column) ?? 0) + gap.length, -gap.length);
  while (width() > room) {
    const next = kept.reduce<Column<T> | null>((found, column) => ((column.drops ?? 0) > (found?.drops ?? 0) ? column : found), null);
    if (next === null) break;
    kept = kept.filter((column) => column !== next);
  }
  return kept;
}

function shrink<T>(widths: number[], columns: readonly Column<T>[], room: number): void {
  const giving = columns.flatMap((column, at) => (column.gives === true ? [at] : []));
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - room;
    const widest = giving.reduce<number | null>((best, at) => (best === null || (widths[at] ?? 0) > (widths[best] ?? 0) ? at : best), null);
    if (over <= 0 || widest === null || (widths[widest] ?? 0) <= givingMin) return;
    widths[widest] = Math.max(givingMin, (widths[widest] ?? 0) - Math.max(1, Math.ceil(over / giving.length)));
  }
}

function cell(text: string, width: number, align: 'right' | undefined, ellipsis: string): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - ellipsis.length))}${ellipsis}` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}

/** `Label  text` lines of a detail view; entries whose text is null are left out. */
export function facts(entries: readonly (readonly [label: string, text: string | null])[]): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== null);
  const width = shown.reduce((most, [label]) => Math.max(most, label.length), 0);
  return shown.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}\n`).join('');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** UTC to the minute; an exact instant belongs into JSON. */
export function minute(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? '-' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}

/** Points with at most one decimal, without a trailing zero. */
export function points(value: number): string {
  return String(Math.round(value * 10) / 10);
}
