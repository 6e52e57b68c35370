/** A policy over the traffic that a workspace keeps: masked exchanges and what guards wrote down, read newest first and replayed in order. */

import { lowestMode, type Section, sections } from '../engine/evidence/decision.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { AuthSeen } from '../engine/evidence/observation.ts';
import { compilePolicy } from '../engine/policy/compile.ts';
import type { RoutedContract } from '../engine/policy/declared-operation.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { MaskedReplay, type ReplayRow } from '../engine/policy/replay.ts';
import type { ReplayReport } from '../engine/policy/replay-report.ts';
import type { ExchangeRow, Store } from '../store/store.ts';

export interface ReplayRange {
  /** Milliseconds since the epoch; absent = as far back as rows are kept. */
  readonly fromMs?: number;
  /** Newest exchanges that are replayed; default 200,000 (about 60 MB). */
  readonly rowsMax?: number;
}

const rowsMaxDefault = 200_000;
const pageRows = 1000;
const recordsMax = 200_000;

/** @param watchedBy policy that guards went by when they recorded; null = not known, so their silence proves nothing */
export async function replayKept(
  store: Store,
  parts: {
    readonly policy: Policy;
    readonly contracts: readonly RoutedContract[];
    readonly fingerprint: FingerprintFn;
    readonly watchedBy: Policy | null;
  } & ReplayRange,
): Promise<ReplayReport> {
  const replay = new MaskedReplay(compilePolicy(parts.policy, parts.contracts), parts.fingerprint);
  const paths = new Map((await store.listPaths()).map(({ id, stat }) => [id, stat]));
  const guards = new Set((await store.listSources()).filter(({ format }) => format === 'guard').map(({ id }) => id));
  const watched = watchedSections(parts.watchedBy);
  const rows = await newestRows(store, [...paths.keys()], parts);
  const firstGuarded = rows.findLast(({ sourceId }) => guards.has(sourceId));
  const toldFromMs = firstGuarded === undefined ? Number.POSITIVE_INFINITY : await addRecords(store, replay, firstGuarded.atMs);
  for (const row of rows.reverse()) {
    const path = paths.get(row.pathId);
    if (path === undefined) continue;
    const { atMs, status, client, principal, agent } = row;
    const replayed: ReplayRow = {
      ...{ atMs, status, client, principal, agent, service: path.service === '' ? null : path.service, method: path.method },
      // A GraphQL call has a segment that no path has.
      segments: path.segments.filter((segment) => !segment.startsWith('#')),
      // Written by `record` alone.
      auth: row.auth as AuthSeen,
      watched: guards.has(row.sourceId) && atMs >= toldFromMs ? watched : [],
    };
    replay.add(replayed);
  }
  return replay.report();
}

/** Sections that a policy looked at everywhere: no level of it turned them off. */
export function watchedSections(policy: Policy | null): readonly Section[] {
  if (policy === null) return [];
  const { attacks, behaviour } = policy;
  return sections.filter((section) => {
    const modes = [
      policy.mode,
      policy.modes[section],
      ...[policy.defaults, ...policy.routes].flatMap(({ mode, modes: own }) => [mode, own?.[section]]),
    ];
    if (lowestMode(...modes) === 'off') return false;
    if (section === 'attacks') return !Object.values(attacks.categories).includes('off');
    return section !== 'behaviour' || !Object.values(behaviour).includes('off');
  });
}

/** What guards went by when nothing was applied yet: they name the policy in each record. */
export async function watchingPolicy(store: Store, active: Policy | null): Promise<Policy | null> {
  if (active !== null) return active;
  const { rows } = await store.listDecisionRecords({ limit: 1 });
  return rows[0]?.policyVersion === defaultPolicy.version ? defaultPolicy : null;
}

async function newestRows(
  store: Store,
  pathIds: readonly number[],
  { fromMs = 0, rowsMax = rowsMaxDefault }: ReplayRange,
): Promise<ExchangeRow[]> {
  const rows: ExchangeRow[] = [];
  const seen = new Set<string>();
  if (pathIds.length === 0) return rows;
  for (let beforeMs = Number.MAX_SAFE_INTEGER; rows.length < rowsMax; ) {
    const page = await store.listExchanges({ pathIds, beforeMs, limit: pageRows });
    // Rows of the instant where the last page ended come again, since more of them may follow.
    const fresh = page.filter(({ sourceId, line }) => !seen.has(`${sourceId} ${line}`));
    for (const row of fresh) if (row.atMs >= fromMs) rows.push(row);
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows || last.atMs < fromMs) break;
    seen.clear();
    for (const { atMs, sourceId, line } of page) if (atMs === last.atMs) seen.add(`${sourceId} ${line}`);
    beforeMs = fresh.length === 0 ? last.atMs : last.atMs + 1;
  }
  return rows.slice(0, rowsMax);
}

/** Adds what guards wrote down, newest first; returns since when all of it is known. */
async function addRecords(store: Store, replay: MaskedReplay, fromMs: number): Promise<number> {
  let after: string | null = null;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (let read = 0; read < recordsMax; ) {
    const page = await store.listDecisionRecords({ fromMs, limit: 500, ...(after === null ? {} : { after }) });
    for (const record of page.rows) replay.addRecord(record);
    read += page.rows.length;
    oldestMs = page.rows.at(-1)?.atMs ?? oldestMs;
    after = page.next;
    if (after === null) return fromMs;
  }
  return oldestMs;
}
