/**
 * Exchanges are kept by the block: up to 5,000 rows of one source, column by column, as compressed JSON. A day of traffic
 * is then some hundred rows of a table and not millions, and what stands beside a block says whether it need be opened.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { StanceError } from '../errors.ts';
import { encodePathIds } from './path-id-set.ts';
import type { ExchangeRow } from './store.ts';
import { nameList } from './stored-text.ts';

export const BLOCK_ROWS_MAX = 5000;
/** Of the JSON before compression; about 80 times an ordinary block. A block that would be larger is cut in two. */
export const BLOCK_JSON_BYTES_MAX = 32 * 1024 * 1024;
/** Characters of a client, principal or agent; they are masked names, longer ones are noise. */
const TEXT_CHARS_MAX = 500;
const FORM = 1;

export interface ExchangeBlock {
  readonly source_id: string;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly row_count: number;
  readonly byte_count: number;
  readonly statuses: string;
  readonly auths: string;
  readonly path_ids: Uint8Array;
  readonly body: Uint8Array;
}

/** Texts as numbers into a list of the distinct ones. */
interface TextColumn {
  readonly texts: readonly (string | null)[];
  readonly at: readonly number[];
}

interface BlockColumns {
  readonly form: typeof FORM;
  /** Milliseconds: the first row's, then distances from row to row; lines likewise. */
  readonly atMs: readonly number[];
  readonly lines: readonly number[];
  readonly pathIds: readonly number[];
  readonly statuses: readonly (number | null)[];
  readonly durationsMs: readonly (number | null)[];
  readonly responseBytes: readonly (number | null)[];
  readonly clients: TextColumn;
  readonly principals: TextColumn;
  readonly auths: TextColumn;
  readonly agents: TextColumn;
}

/** Blocks for rows of one source, in the rows' order; each within both bounds. */
export function encodeExchanges(sourceId: string, rows: readonly ExchangeRow[]): ExchangeBlock[] {
  const blocks: ExchangeBlock[] = [];
  for (let at = 0; at < rows.length; at += BLOCK_ROWS_MAX) blocks.push(...encodePart(sourceId, rows.slice(at, at + BLOCK_ROWS_MAX)));
  return blocks;
}

function encodePart(sourceId: string, rows: readonly ExchangeRow[]): ExchangeBlock[] {
  const columns: BlockColumns = {
    form: FORM,
    atMs: distances(rows.map((row) => Math.round(row.atMs))),
    lines: distances(rows.map((row) => row.line)),
    pathIds: rows.map((row) => row.pathId),
    statuses: rows.map((row) => row.status),
    durationsMs: rows.map((row) => (row.durationMs === null ? null : Math.round(row.durationMs * 1000) / 1000)),
    responseBytes: rows.map((row) => row.responseBytes),
    clients: textColumn(rows.map((row) => row.client)),
    principals: textColumn(rows.map((row) => row.principal)),
    auths: textColumn(rows.map((row) => row.auth)),
    agents: textColumn(rows.map((row) => row.agent)),
  };
  const json = Buffer.from(JSON.stringify(columns));
  if (json.length > BLOCK_JSON_BYTES_MAX && rows.length > 1) {
    const half = rows.length >> 1;
    return [...encodePart(sourceId, rows.slice(0, half)), ...encodePart(sourceId, rows.slice(half))];
  }
  const body = zstdCompressSync(json, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    first = Math.min(first, Math.round(row.atMs));
    last = Math.max(last, Math.round(row.atMs));
  }
  return [
    {
      source_id: sourceId,
      first_ms: first,
      last_ms: last,
      row_count: rows.length,
      byte_count: body.length,
      statuses: nameList(columns.statuses.map(String)),
      auths: nameList(columns.auths.texts.map(String)),
      path_ids: encodePathIds(columns.pathIds),
      body,
    },
  ];
}

/** The rows of a block. Throws `workspace-unreadable` when the bytes are not what `encodeExchanges` made, never more than its bound in memory. */
export function decodeExchanges(block: Pick<ExchangeBlock, 'source_id' | 'row_count' | 'body'>): ExchangeRow[] {
  const columns = parseColumns(block.body);
  const count = block.row_count;
  const whole =
    columns !== null &&
    count <= BLOCK_ROWS_MAX &&
    [columns.atMs, columns.lines, columns.pathIds, columns.statuses, columns.durationsMs, columns.responseBytes].every(
      (column) => column?.length === count,
    ) &&
    [columns.clients, columns.principals, columns.auths, columns.agents].every((column) => column?.at?.length === count);
  if (!whole)
    throw new StanceError('workspace-unreadable', {
      message: 'A block of stored exchanges is damaged.',
      unchanged: 'Nothing was written; inventory and posture do not need the exchanges.',
      next: 'Restore the workspace from a backup, or delete the source and import it again.',
    });
  const rows: ExchangeRow[] = [];
  let atMs = 0;
  let line = 0;
  for (let row = 0; row < count; row++) {
    atMs += columns.atMs[row] ?? 0;
    line += columns.lines[row] ?? 0;
    rows.push({
      atMs,
      pathId: columns.pathIds[row] ?? 0,
      status: columns.statuses[row] ?? null,
      durationMs: columns.durationsMs[row] ?? null,
      responseBytes: columns.responseBytes[row] ?? null,
      client: textAt(columns.clients, row),
      principal: textAt(columns.principals, row),
      auth: textAt(columns.auths, row) ?? 'unknown',
      agent: textAt(columns.agents, row),
      sourceId: block.source_id,
      line,
    });
  }
  return rows;
}

function parseColumns(body: Uint8Array): BlockColumns | null {
  try {
    const parsed: unknown = JSON.parse(zstdDecompressSync(body, { maxOutputLength: BLOCK_JSON_BYTES_MAX }).toString());
    if (typeof parsed !== 'object' || parsed === null || (parsed as { form?: unknown }).form !== FORM) return null;
    return parsed as BlockColumns;
  } catch {
    // Reported by the caller as a damaged block, with what to do.
    return null;
  }
}

function distances(values: readonly number[]): number[] {
  return values.map((value, at) => value - (values[at - 1] ?? 0));
}

function textColumn(values: readonly (string | null)[]): TextColumn {
  const places = new Map<string | null, number>();
  const at = values.map((value) => {
    const text = value === null ? null : value.slice(0, TEXT_CHARS_MAX);
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, places.size);
    return places.size - 1;
  });
  return { texts: [...places.keys()], at };
}

function textAt(column: TextColumn, row: number): string | null {
  return column.texts[column.at[row] ?? -1] ?? null;
}
