/** What Stance can see and what it cannot, source by source; nothing here is a verdict about the organisation. */
import { guardSilentMs, lostIn } from '../engine/evidence/guard-batch.ts';
import type { SourceRecord } from '../engine/evidence/source-account.ts';
import type { InventorySummary, Operation } from '../engine/inventory/operation.ts';
import type { GuardWorker } from '../store/store.ts';
import type { DoctorLine } from './use-cases.ts';

const MB = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface DoctorFacts {
  readonly dialect: string;
  readonly sizeBytes: number | null;
  readonly sources: readonly SourceRecord[];
  readonly operations: readonly Operation[];
  readonly summary: InventorySummary | null;
  /** Fixed segments of documents that look like values. */
  readonly valueLikeLiterals: readonly string[];
  readonly settingsPresent: boolean;
  /** Guard workers as they last told of themselves, newest first. */
  readonly guards: readonly GuardWorker[];
  readonly nowMs: number;
}

export function examine(facts: DoctorFacts): DoctorLine[] {
  const lines: DoctorLine[] = [];
  lines.push({
    level: 'ok',
    topic: 'storage',
    text: `${facts.dialect}${facts.sizeBytes === null ? '' : `, ${(facts.sizeBytes / MB).toFixed(1)} MB`}`,
    fix: null,
  });
  const traffic = facts.sources.filter((source) => source.kind === 'traffic');
  const declared = facts.sources.filter((source) => source.kind === 'declaration');
  if (traffic.length === 0)
    lines.push({
      level: 'blind',
      topic: 'traffic',
      text: 'No traffic source: nobody can say which operations are called, by whom, or with what credential.',
      fix: 'stance import access.log (any web server or gateway log, HAR, or OpenTelemetry on port 4318)',
    });
  if (declared.length === 0)
    lines.push({
      level: 'blind',
      topic: 'specifications',
      text: 'No specification: every operation that is called looks undeclared.',
      fix: 'stance import openapi.yaml (or a folder of specifications)',
    });
  if (!facts.settingsPresent)
    lines.push({
      level: 'doubt',
      topic: 'stance.yaml',
      text: 'No stance.yaml: owners, environments, roles and plans are unknown.',
      fix: 'stance init writes a commented one from what was found',
    });
  for (const source of facts.sources) lines.push(...examineSource(source, facts.nowMs));
  lines.push(...examineGuards(facts));
  lines.push(...examineInventory(facts));
  return lines;
}

function examineGuards({ guards, nowMs }: DoctorFacts): DoctorLine[] {
  if (guards.length === 0) return [];
  const lines: DoctorLine[] = [];
  const alive = guards.filter((guard) => nowMs - guard.atMs <= guardSilentMs);
  const newest = guards[0];
  const doors = [...new Set(alive.flatMap((guard) => guard.status.doors))].join(', ');
  if (alive.length > 0)
    lines.push({
      level: 'ok',
      topic: 'guard',
      text: `${alive.length} ${alive.length === 1 ? 'worker' : 'workers'}${doors === '' ? '' : ` at ${doors}`}, policy ${[...new Set(alive.map((guard) => guard.status.policyVersion))].join(', ')}.`,
      fix: null,
    });
  else if (newest !== undefined)
    lines.push({
      level: 'doubt',
      topic: 'guard',
      text: `No guard worker was heard for ${Math.floor((nowMs - newest.atMs) / 60_000)} minutes: none runs, or its evidence does not arrive.`,
      fix: 'stance guard (or stance up --upstream URL); its evidence waits in the spool folder of the data folder meanwhile',
    });
  const failOpen = guards.reduce((sum, guard) => sum + guard.status.failOpen, 0);
  if (failOpen > 0)
    lines.push({
      level: 'doubt',
      topic: 'guard',
      text: `${count(failOpen)} requests passed undecided, because their route fails open.`,
      fix: 'See the finding guard.fail-open-used for what could not be asked; fail-mode: closed refuses such requests',
    });
  return lines;
}

function examineSource(source: SourceRecord, nowMs: number): DoctorLine[] {
  const lines: DoctorLine[] = [];
  const { account, sight } = source;
  const topic = source.name;
  const folded = sum(account.folded);
  const excluded = sum(account.excluded);
  const parts = `${count(account.seen)} seen = ${count(account.read)} read + ${count(folded)} folded + ${count(excluded)} excluded + ${count(account.malformed)} malformed`;
  if (source.state === 'interrupted')
    lines.push({
      level: 'fail',
      topic,
      text: `The import stopped before its end. ${parts}.`,
      fix: `stance import ${source.name} goes on where it stopped`,
    });
  else if (account.malformed > account.seen * 0.1 && account.malformed > 0) {
    lines.push({
      level: 'fail',
      topic,
      text: `${percent(account.malformed / account.seen)} of the lines could not be read as ${source.format}: line ${account.malformedLines[0]?.line ?? '?'}, ${account.malformedLines[0]?.message ?? ''}`,
      fix: 'Name the format with --format, or give the log format with --log-format',
    });
  } else lines.push({ level: account.malformed > 0 ? 'doubt' : 'ok', topic, text: `${source.format}: ${parts}`, fix: null });
  const lost = lostIn(account.excluded);
  if (lost > 0)
    lines.push({
      level: 'fail',
      topic,
      text: `${count(lost)} exchanges and decisions were lost before they were kept (${percent(lost / Math.max(1, account.seen))} of what was seen).`,
      fix: 'Give the guard a faster or larger disk for its spool, or keep the control plane running',
    });
  if (source.kind !== 'traffic' || sight.exchanges === 0) return lines;
  if (sight.withClientAddress < 0.5)
    lines.push({
      level: 'blind',
      topic,
      text: 'No client address: callers cannot be told apart.',
      fix: 'Log the client address ($remote_addr, %h)',
    });
  else if (sight.distinctClients === 1 && sight.exchanges >= 100)
    lines.push({
      level: 'doubt',
      topic,
      text: `All ${count(sight.exchanges)} calls come from one address: only a proxy is seen.`,
      fix: 'Log the forwarded client address (real_ip_header, trusted proxies)',
    });
  if (sight.withCredentialInfo === 0)
    lines.push({
      level: 'blind',
      topic,
      text: 'Credentials are not visible: calls without one cannot be told from calls with one.',
      fix: 'Log whether an Authorization header was sent (not its value), or import a HAR, OpenTelemetry with request headers, or gateway JSON',
    });
  if (sight.withDuration < 0.5)
    lines.push({ level: 'blind', topic, text: 'No durations: latency is unknown.', fix: 'Log the request time ($request_time, %D)' });
  if (sight.withHost < 0.5)
    lines.push({
      level: 'doubt',
      topic,
      text: 'No host in most lines: environments and services cannot be told apart.',
      fix: 'Log the host ($host, %v), or import with --host NAME',
    });
  if (sight.inFuture > 0)
    lines.push({
      level: 'fail',
      topic,
      text: `${count(sight.inFuture)} entries lie in the future: the clock or the time zone of the source is wrong.`,
      fix: 'Set the clock by NTP, log times with their zone',
    });
  if (sight.outOfOrder > sight.exchanges * 0.01)
    lines.push({
      level: 'doubt',
      topic,
      text: `Time runs backwards ${count(sight.outOfOrder)} times by more than a minute.`,
      fix: 'Import files one server at a time',
    });
  if (sight.largestGapMs > 6 * HOUR_MS)
    lines.push({
      level: 'doubt',
      topic,
      text: `A gap of ${(sight.largestGapMs / HOUR_MS).toFixed(1)} hours without any call: the source may have been down.`,
      fix: null,
    });
  if (source.lastMs !== null && nowMs - source.lastMs > 7 * DAY_MS && source.state !== 'following')
    lines.push({
      level: 'doubt',
      topic,
      text: `The newest call is ${Math.floor((nowMs - source.lastMs) / DAY_MS)} days old: what it shows is history.`,
      fix: 'Import a newer log, or follow it: stance import --follow access.log',
    });
  return lines;
}

function examineInventory(facts: DoctorFacts): DoctorLine[] {
  const lines: DoctorLine[] = [];
  const called = facts.operations.filter((operation) => operation.traffic !== null);
  if (called.length > 0 && called.every((operation) => operation.auth.judged === 0)) {
    const visible = facts.sources.some((source) => source.sight.withCredentialInfo > 0);
    if (visible)
      lines.push({
        level: 'fail',
        topic: 'credentials',
        text: 'Not one call of any source carried a credential. Either everything is open, or credentials are stripped before the capture.',
        fix: 'Check the capture: browsers leave them out of a HAR unless asked, proxies may drop the Authorization header before the mirror',
      });
  }
  const newestDocumentMs = Math.max(
    0,
    ...facts.sources.filter((source) => source.kind === 'declaration').map((source) => source.importedMs),
  );
  const before = facts.sources.find((source) => source.kind === 'traffic' && source.importedMs < newestDocumentMs);
  if (facts.valueLikeLiterals.length > 0 && before !== undefined)
    lines.push({
      level: 'doubt',
      topic: 'templates',
      text: `Documents declare fixed segments that look like values (${facts.valueLikeLiterals.slice(0, 3).join(', ')}); traffic imported before them took these for values.`,
      fix: `Delete the source ${before.name} and import it again`,
    });
  const uncovered = facts.operations.filter((operation) => operation.state === 'declared').length;
  if (uncovered > 0)
    lines.push({
      level: 'blind',
      topic: 'coverage',
      text: `${count(uncovered)} declared operations belong to services whose traffic is not seen.`,
      fix: 'Import their log; then they are called, or unused',
    });
  const summary = facts.summary;
  if (summary?.completeness != null)
    lines.push({
      level: summary.completeness.lowerShare >= 0.95 ? 'ok' : 'doubt',
      topic: 'completeness',
      text: `${count(summary.operations)} operations known, ${count(Math.round(summary.completeness.estimate))} estimated (at most ${count(Math.ceil(summary.completeness.high))}).`,
      fix: null,
    });
  return lines;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, part) => total + part, 0);
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
