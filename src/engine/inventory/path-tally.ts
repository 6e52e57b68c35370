/**
 * What is added up per masked path for the inventory: who called how, with what answer. Values never; bounded throughout.
 */
import type { AuthSeen, FieldSeen, Observation } from '../evidence/observation.ts';
import { addLatency, type LatencySketch } from './latency-sketch.ts';

/** Distinct names kept per list; more are counted under `(more)`. */
const NAMES_MAX = 24;
const FIELDS_MAX = 200;

export interface PathTally {
  hosts: Record<string, number>;
  schemes: Record<string, number>;
  environments: Record<string, number>;
  services: Record<string, number>;
  auth: Partial<Record<AuthSeen, number>>;
  /** Calls whose source could see a credential; of those answered 2xx, and of those again without any. */
  judged: number;
  okJudged: number;
  okWithout: number;
  /** Calls without any credential that were refused (401, 403). */
  deniedWithout: number;
  latency: LatencySketch;
  requestBytes: number;
  requestBytesCount: number;
  responseBytes: number;
  responseBytesCount: number;
  queryNames: Record<string, number>;
  agents: Record<string, number>;
  /** `path type` of JSON fields with counts; null until a body was seen. */
  requestFields: Record<string, number> | null;
  responseFields: Record<string, number> | null;
  deprecation: string | null;
  sunset: string | null;
  credentialInUrl: number;
  plainHttp: number;
  /** Calls known to be encrypted: an https address, or a TLS version in the log. */
  overTls: number;
  tls: Record<string, number>;
  oddSpelling: number;
  graphql: string | null;
  /** Most calls of one caller in one minute; null when callers cannot be told apart. */
  peakPerCallerMinute: number | null;
  sources: string[];
}

export function emptyTally(): PathTally {
  return {
    hosts: {},
    schemes: {},
    environments: {},
    services: {},
    auth: {},
    judged: 0,
    okJudged: 0,
    okWithout: 0,
    deniedWithout: 0,
    latency: { zero: 0, buckets: {}, max: 0 },
    requestBytes: 0,
    requestBytesCount: 0,
    responseBytes: 0,
    responseBytesCount: 0,
    queryNames: {},
    agents: {},
    requestFields: null,
    responseFields: null,
    deprecation: null,
    sunset: null,
    credentialInUrl: 0,
    plainHttp: 0,
    overTls: 0,
    tls: {},
    oddSpelling: 0,
    graphql: null,
    peakPerCallerMinute: null,
    sources: [],
  };
}

/** Adds one observation in place; `sourceId` names where it came from, `perMinute` the caller's calls in this minute so far. */
export function addToTally(tally: PathTally, seen: Observation, sourceId: string, perMinute: number | null): void {
  if (seen.host !== null) countName(tally.hosts, seen.host);
  if (seen.scheme !== null) countName(tally.schemes, seen.scheme);
  if (seen.environment !== null) countName(tally.environments, seen.environment);
  if (seen.service !== null) countName(tally.services, seen.service);
  tally.auth[seen.auth] = (tally.auth[seen.auth] ?? 0) + 1;
  const answeredWell = seen.status !== null && seen.status >= 200 && seen.status < 300;
  if (seen.auth !== 'unknown') {
    tally.judged++;
    if (seen.auth === 'none' && (seen.status === 401 || seen.status === 403)) tally.deniedWithout++;
    if (answeredWell) {
      tally.okJudged++;
      if (seen.auth === 'none') tally.okWithout++;
    }
  }
  if (seen.durationMs !== null) addLatency(tally.latency, seen.durationMs);
  if (seen.requestBytes !== null) {
    tally.requestBytes += seen.requestBytes;
    tally.requestBytesCount++;
  }
  if (seen.responseBytes !== null) {
    tally.responseBytes += seen.responseBytes;
    tally.responseBytesCount++;
  }
  for (const name of seen.queryNames) countName(tally.queryNames, name);
  if (seen.agent !== null) countName(tally.agents, seen.agent);
  if (seen.requestFields !== null) tally.requestFields = countFields(tally.requestFields, seen.requestFields);
  if (seen.responseFields !== null && answeredWell) tally.responseFields = countFields(tally.responseFields, seen.responseFields);
  tally.deprecation ??= seen.deprecation;
  tally.sunset ??= seen.sunset;
  if (seen.credentialInUrl) tally.credentialInUrl++;
  if (seen.scheme === 'http') tally.plainHttp++;
  if (seen.scheme === 'https' || seen.tlsVersion !== null) tally.overTls++;
  if (seen.tlsVersion !== null) countName(tally.tls, seen.tlsVersion);
  if (seen.oddSpelling) tally.oddSpelling++;
  if (perMinute !== null && perMinute > (tally.peakPerCallerMinute ?? 0)) tally.peakPerCallerMinute = perMinute;
  if (!tally.sources.includes(sourceId) && tally.sources.length < NAMES_MAX) tally.sources.push(sourceId);
}

/** Adds `other` into `tally`: the same as having added its observations. */
export function mergeTally(tally: PathTally, other: PathTally): void {
  for (const list of ['hosts', 'schemes', 'environments', 'services', 'queryNames', 'agents', 'tls'] as const) {
    for (const [name, count] of Object.entries(other[list])) countName(tally[list], name, count);
  }
  for (const [kind, count] of Object.entries(other.auth) as [AuthSeen, number][]) tally.auth[kind] = (tally.auth[kind] ?? 0) + count;
  for (const sum of [
    'judged',
    'okJudged',
    'okWithout',
    'deniedWithout',
    'requestBytes',
    'requestBytesCount',
    'responseBytes',
    'responseBytesCount',
    'credentialInUrl',
    'plainHttp',
    'overTls',
    'oddSpelling',
  ] as const) {
    tally[sum] += other[sum];
  }
  tally.latency.zero += other.latency.zero;
  tally.latency.max = Math.max(tally.latency.max, other.latency.max);
  for (const [bucket, count] of Object.entries(other.latency.buckets))
    tally.latency.buckets[bucket] = (tally.latency.buckets[bucket] ?? 0) + count;
  for (const list of ['requestFields', 'responseFields'] as const) {
    const from = other[list];
    if (from === null) continue;
    tally[list] ??= {};
    const into = tally[list];
    for (const [name, count] of Object.entries(from)) countName(into, name, count, FIELDS_MAX);
  }
  tally.deprecation ??= other.deprecation;
  tally.sunset ??= other.sunset;
  tally.graphql ??= other.graphql;
  if (other.peakPerCallerMinute !== null) tally.peakPerCallerMinute = Math.max(tally.peakPerCallerMinute ?? 0, other.peakPerCallerMinute);
  for (const source of other.sources) if (!tally.sources.includes(source) && tally.sources.length < NAMES_MAX) tally.sources.push(source);
}

function countFields(counts: Record<string, number> | null, fields: readonly FieldSeen[]): Record<string, number> {
  const into = counts ?? {};
  let names = fieldNames.get(fields);
  if (names === undefined) {
    names = fields.map(({ path, type }) => `${path} ${type}`);
    fieldNames.set(fields, names);
  }
  for (const name of names) countName(into, name, 1, FIELDS_MAX);
  return into;
}

/** Bodies with the same fields share one list, see `jsonFields`. */
const fieldNames = new WeakMap<readonly FieldSeen[], readonly string[]>();

function countName(counts: Record<string, number>, name: string, by = 1, namesMax = NAMES_MAX): void {
  const before = counts[name];
  if (before !== undefined) counts[name] = before + by;
  else if (Object.keys(counts).length < namesMax) counts[name] = by;
  else counts['(more)'] = (counts['(more)'] ?? 0) + by;
}
