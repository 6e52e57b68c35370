/**
 * The masked paths of a workspace in memory while it is written: statistics for templating and tallies for the
 * inventory, which rows changed since the last commit, and which literals became prints.
 */
import type { Observation } from '../engine/evidence/observation.ts';
import { PathStats } from '../engine/inventory/aggregate.ts';
import type { ObservedPath } from '../engine/inventory/build-context.ts';
import { FOLDED_SEGMENT, foldedKey, type PathStat } from '../engine/inventory/path-stat.ts';
import { addToTally, emptyTally, mergeTally, type PathTally } from '../engine/inventory/path-tally.ts';
import { scopeKey } from '../engine/inventory/service-binding.ts';
import type { PathRow } from '../store/store.ts';

/** Callers counted per path and minute. */
const MINUTE_CALLERS_MAX = 10_000;

interface Entry {
  readonly id: number;
  readonly stat: PathStat;
  readonly tally: PathTally;
  /** The minute being counted, and the calls of each caller in it. Logs that run backwards lose count; a peak may be missed, never invented. */
  minute: number;
  callers: Map<string, number>;
}

export class ObservedPaths {
  #stats = new PathStats();
  #entries = new Map<PathStat, Entry>();
  /** Rows with folded literals: no new observation lands on them directly. */
  #folded = new Map<string, Entry>();
  #changed = new Set<Entry>();
  #nextId = 1;

  constructor(rows: readonly PathRow[]) {
    this.#load(rows);
  }

  /** Counts one observation and answers the id of its path. */
  add(observation: Observation, sourceId: string): number {
    const scope = scopeKey({ service: observation.service, host: observation.host });
    const stat = this.#stats.add(scope, observation);
    let entry = this.#entries.get(stat);
    if (entry === undefined) {
      entry = newEntry(this.#nextId++, stat, emptyTally());
      this.#entries.set(stat, entry);
    }
    addToTally(entry.tally, observation, sourceId, callsThisMinute(entry, observation));
    this.#changed.add(entry);
    return entry.id;
  }

  /** Rows changed since the last call, as the store takes them. */
  takeChanged(): PathRow[] {
    const rows = [...this.#changed].map(rowOf);
    this.#changed = new Set();
    return rows;
  }

  /** Rows that a failed commit did not write are still owed. */
  owe(rows: readonly PathRow[]): void {
    const byId = new Map([...this.#entries.values(), ...this.#folded.values()].map((entry) => [entry.id, entry]));
    for (const row of rows) {
      const entry = byId.get(row.id);
      if (entry !== undefined) this.#changed.add(entry);
    }
  }

  /** Every path, in a stable order. */
  list(): ObservedPath[] {
    return this.#all();
  }

  /**
   * Replaces literals that turned out to be values by their prints; rows that become equal are joined.
   * Returns what the store must remove and put; nothing is kept of the words.
   */
  fold(literals: readonly { readonly pathId: number; readonly segment: number }[]): {
    readonly removeIds: readonly number[];
    readonly put: readonly PathRow[];
    /** For each removed row, the row that takes over its rollups and exchanges. */
    readonly movedTo: ReadonlyMap<number, number>;
  } {
    if (literals.length === 0) return { removeIds: [], put: [], movedTo: new Map() };
    const segmentsById = new Map<number, Set<number>>();
    for (const { pathId, segment } of literals) segmentsById.set(pathId, (segmentsById.get(pathId) ?? new Set()).add(segment));
    const removeIds: number[] = [];
    const movedTo = new Map<number, number>();
    const put = new Map<number, Entry>();
    for (const entry of this.#all()) {
      const at = segmentsById.get(entry.id);
      if (at === undefined) continue;
      const stat = foldSegments(entry.stat, at);
      const key = foldedRowKey(stat);
      const held = this.#folded.get(key);
      this.#entries.delete(entry.stat);
      this.#folded.delete(foldedRowKey(entry.stat));
      if (held === undefined) {
        const folded = newEntry(entry.id, stat, entry.tally);
        this.#folded.set(key, folded);
        put.set(folded.id, folded);
      } else {
        const joined = joinEntries(held, stat, entry);
        this.#folded.set(key, joined);
        put.set(joined.id, joined);
        put.delete(entry.id);
        removeIds.push(entry.id);
        movedTo.set(entry.id, joined.id);
      }
    }
    const rows = [...put.values()].map(rowOf);
    this.#load(this.#all().map(rowOf));
    return { removeIds, put: rows, movedTo };
  }

  #all(): Entry[] {
    return [...this.#entries.values(), ...this.#folded.values()].sort((a, b) => a.id - b.id);
  }

  #load(rows: readonly PathRow[]): void {
    this.#stats = new PathStats();
    this.#entries = new Map();
    this.#folded = new Map();
    this.#changed = new Set();
    const live = new Map<string, PathRow>();
    for (const row of rows) {
      this.#nextId = Math.max(this.#nextId, row.id + 1);
      const key = foldedRowKey(row.stat);
      if (key.includes(`${FOLDED_SEGMENT}~`)) this.#folded.set(key, newEntry(row.id, row.stat, row.tally));
      else {
        this.#stats.mergeStat(row.stat);
        live.set(key, row);
      }
    }
    for (const stat of this.#stats.list()) {
      const row = live.get(foldedRowKey(stat));
      if (row !== undefined) this.#entries.set(stat, newEntry(row.id, stat, row.tally));
    }
  }
}

function newEntry(id: number, stat: PathStat, tally: PathTally): Entry {
  return { id, stat, tally, minute: Number.NaN, callers: new Map() };
}

/** Calls of this caller on this path in this minute so far; null when callers cannot be told apart. */
function callsThisMinute(entry: Entry, observation: Observation): number | null {
  const caller = observation.principal ?? observation.client;
  if (caller === null) return null;
  const minute = Math.floor(observation.atMs / 60_000);
  if (entry.minute !== minute) {
    entry.minute = minute;
    entry.callers = new Map();
  }
  const calls = (entry.callers.get(caller) ?? 0) + 1;
  if (calls > 1 || entry.callers.size < MINUTE_CALLERS_MAX) entry.callers.set(caller, calls);
  return calls;
}

function foldSegments(stat: PathStat, at: ReadonlySet<number>): PathStat {
  return {
    ...stat,
    segments: stat.segments.map((text, index) => (at.has(index) ? FOLDED_SEGMENT : text)),
    values: stat.values.map((values, index) => (at.has(index) ? { prints: values.prints.slice(0, 1), estimate: 1 } : values)),
  };
}

function joinEntries(held: Entry, stat: PathStat, entry: Entry): Entry {
  const stats = new PathStats();
  stats.mergeStat(held.stat);
  stats.mergeStat(stat);
  const joined = stats.list()[0] as PathStat;
  const tally = held.tally;
  mergeTally(tally, entry.tally);
  // Joining counts distinct values anew; both rows stand for the same single former literal.
  const values = joined.values.map((counted, index) =>
    stat.segments[index] === FOLDED_SEGMENT ? (held.stat.values[index] ?? counted) : counted,
  );
  return newEntry(held.id, { ...joined, values }, tally);
}

function foldedRowKey(stat: PathStat): string {
  return `${stat.service}\0${stat.method} ${foldedKey(stat)}`;
}

function rowOf(entry: Entry): PathRow {
  return { id: entry.id, key: foldedRowKey(entry.stat).replace('\0', ' '), stat: entry.stat, tally: entry.tally };
}
