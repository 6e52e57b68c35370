/**
 * Observations added up per masked path: the input of path templating. Incremental, mergeable, bounded: memory grows
 * with distinct masked paths up to a named maximum, then new paths are counted under a coarser mask.
 */
import type { Observation, Segment } from '../evidence/observation.ts';
import { isShape } from '../http/segment.ts';
import { familiarity } from '../http/vocabulary.ts';
import type { PathStat, ValueCount } from './path-stat.ts';
import { addPrint, emptyCount, mergeCount } from './value-count.ts';

/** Distinct masked paths kept as they are, per service; beyond that unfamiliar words are masked too. */
export const pathsPerServiceMax = 200_000;
/** Beyond the first maximum, paths with unfamiliar words masked; past this every segment is `{any}`. */
export const coarsePathsPerServiceMax = 20_000;
const echoNamesMax = 8;
const shapesMax = 16;
const typesMax = 8;
const routesMax = 4;
/** More than there are reasons. */
const noiseReasonsMax = 16;

/** Most paths have no echo, route or noise; they share this until something is counted. */
const nothing: Record<string, number> = Object.freeze({});

/** Adds to `name` unless the record is full of other names, and gives back the record to keep. */
function counted(record: Record<string, number>, name: string, namesMax: number, by = 1): Record<string, number> {
  const held = Object.hasOwn(record, name) ? record[name] : undefined;
  if (held === undefined && (name === '__proto__' || Object.keys(record).length >= namesMax)) return record;
  if (record === nothing) return { [name]: by };
  record[name] = (held ?? 0) + by;
  return record;
}

function addStatus(statuses: Record<number, number>, status: number, by = 1): void {
  statuses[status] = (statuses[status] ?? 0) + by;
}

/** 32-bit FNV-1a in base 36: names a set of fields; equality is all that is asked of it. */
function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

interface ServicePaths {
  readonly paths: Map<string, PathStat>;
  fine: number;
  coarse: number;
}

export class PathStats {
  readonly #services = new Map<string, ServicePaths>();
  readonly #pathsMax: number;
  readonly #coarseMax: number;
  /** Observations of one raw path share their segments: what hangs on them is worked out once. */
  readonly #paths = new WeakMap<readonly Segment[], PathText>();
  /** Literals have one value each; all paths share it. */
  readonly #literals = new Map<string, ValueCount>();

  constructor(limits: { pathsMax?: number; coarseMax?: number } = {}) {
    this.#pathsMax = limits.pathsMax ?? pathsPerServiceMax;
    this.#coarseMax = limits.coarseMax ?? coarsePathsPerServiceMax;
  }

  /** Adds one observation under the service it belongs to. */
  add(service: string, observation: Observation): PathStat {
    const stat = this.#find(service, observation);
    const ok = observation.status !== null && observation.status >= 200 && observation.status < 400;
    stat.count++;
    if (ok) stat.ok++;
    addStatus(stat.statuses, observation.status ?? 0);
    stat.firstMs = Math.min(stat.firstMs, observation.atMs);
    stat.lastMs = Math.max(stat.lastMs, observation.atMs);
    stat.segments.forEach((text, index) => {
      const seen = observation.segments[index];
      const values = stat.values[index];
      if (seen === undefined || values === undefined || !isShape(text)) return;
      addPrint(values, seen.print);
    });
    observation.segmentEchoes?.forEach((name, index) => {
      const names = stat.echoes[index];
      if (name !== null && names !== undefined) stat.echoes[index] = counted(names, name, echoNamesMax);
    });
    if (ok && observation.responseFields !== null && observation.responseFields.length > 0) {
      const fields = observation.responseFields.map((field) => field.path).sort();
      stat.responseShapes = counted(stat.responseShapes, hashText(fields.join('\n')), shapesMax);
    }
    if (observation.responseType !== null) stat.responseTypes = counted(stat.responseTypes, observation.responseType, typesMax);
    if (observation.route !== null) stat.routes = counted(stat.routes, observation.route, routesMax);
    const caller = observation.principal ?? observation.client;
    if (caller !== null) addPrint(stat.callers, caller);
    if (observation.noise !== null) stat.noise = counted(stat.noise as Record<string, number>, observation.noise, noiseReasonsMax);
    return stat;
  }

  /** Adds what another aggregator counted; the sum does not depend on which of the two saw a message. */
  merge(other: PathStats): void {
    for (const stat of other.list()) this.mergeStat(stat);
  }

  /** Adds a stored statistic back in. */
  mergeStat(stat: PathStat): void {
    const into = this.#open(stat.service, stat.method, { texts: stat.segments, text: pathOf(stat.segments) });
    into.count += stat.count;
    into.ok += stat.ok;
    for (const [status, n] of Object.entries(stat.statuses)) addStatus(into.statuses, Number(status), n);
    into.firstMs = Math.min(into.firstMs, stat.firstMs);
    into.lastMs = Math.max(into.lastMs, stat.lastMs);
    stat.values.forEach((values, index) => {
      const held = into.values[index];
      if (held === undefined) return;
      if (isShape(into.segments[index] ?? '')) mergeCount(held, values);
      else if (held.prints.length === 0 && values.prints.length === 1) held.prints.push(...values.prints);
    });
    stat.echoes.forEach((names, index) => {
      for (const [name, n] of Object.entries(names)) {
        const held = into.echoes[index];
        if (held !== undefined) into.echoes[index] = counted(held, name, echoNamesMax, n);
      }
    });
    for (const [name, n] of Object.entries(stat.responseShapes)) into.responseShapes = counted(into.responseShapes, name, shapesMax, n);
    for (const [name, n] of Object.entries(stat.responseTypes)) into.responseTypes = counted(into.responseTypes, name, typesMax, n);
    for (const [name, n] of Object.entries(stat.routes)) into.routes = counted(into.routes, name, routesMax, n);
    mergeCount(into.callers, stat.callers);
    for (const [reason, n] of Object.entries(stat.noise))
      into.noise = counted(into.noise as Record<string, number>, reason, noiseReasonsMax, n);
  }

  /** All statistics, by service, method and path; the order does not depend on the order of arrival. */
  list(): PathStat[] {
    const keyed: { key: string; stat: PathStat }[] = [];
    for (const [service, held] of this.#services) for (const [key, stat] of held.paths) keyed.push({ key: `${service}\0${key}`, stat });
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return keyed.map((entry) => entry.stat);
  }

  #find(service: string, observation: Observation): PathStat {
    let path = this.#paths.get(observation.segments);
    if (path === undefined) {
      const texts = observation.segments.map((segment) => segment.text);
      path = { texts, text: pathOf(texts) };
      this.#paths.set(observation.segments, path);
    }
    const stat = this.#open(service, observation.method, path);
    // The print of a literal is kept so that a later decision can name the value when the text is gone.
    stat.segments.forEach((text, index) => {
      const values = stat.values[index];
      const print = observation.segments[index]?.print;
      if (values !== undefined && print !== undefined && !isShape(text) && values.prints.length === 0) values.prints.push(print);
    });
    return stat;
  }

  #open(service: string, method: string, { texts, text }: PathText): PathStat {
    let held = this.#services.get(service);
    if (held === undefined) {
      held = { paths: new Map(), fine: 0, coarse: 0 };
      this.#services.set(service, held);
    }
    let segments = texts;
    let key = `${method} ${text}`;
    const found = held.paths.get(key);
    if (found !== undefined) return found;
    if (held.fine >= this.#pathsMax) {
      segments = texts.map((text) => (isShape(text) || familiarity(text) >= 0.5 ? text : '{word}'));
      key = `${method} ${pathOf(segments)}`;
      if (!held.paths.has(key) && held.coarse >= this.#coarseMax) {
        segments = texts.slice(0, 12).map(() => '{any}');
        key = `${method} ${pathOf(segments)}`;
      }
      const coarse = held.paths.get(key);
      if (coarse !== undefined) return coarse;
      held.coarse++;
    } else held.fine++;
    const stat: PathStat = {
      service,
      method,
      segments: [...segments],
      count: 0,
      ok: 0,
      statuses: {},
      firstMs: Number.POSITIVE_INFINITY,
      lastMs: Number.NEGATIVE_INFINITY,
      values: segments.map((text) => (isShape(text) ? emptyCount() : this.#literal(text))),
      echoes: segments.map(() => nothing),
      responseShapes: nothing,
      responseTypes: nothing,
      routes: nothing,
      callers: emptyCount(),
      noise: nothing,
    };
    held.paths.set(key, stat);
    return stat;
  }

  #literal(text: string): ValueCount {
    let values = this.#literals.get(text);
    if (values === undefined) {
      values = { prints: [], estimate: 1 };
      this.#literals.set(text, values);
    }
    return values;
  }
}

interface PathText {
  readonly texts: readonly string[];
  readonly text: string;
}

function pathOf(segments: readonly string[]): string {
  return `/${segments.join('/')}`;
}
