/** Decisions of the guard: records to look at one by one, and counts per minute and hour that outlive them. */
import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import type { DecisionRecord, Outcome, Section } from '../engine/evidence/decision.ts';
import type { DecisionGroup } from '../engine/evidence/decision-group.ts';
import type { GuardStatus } from '../engine/evidence/guard-batch.ts';
import { SeenSequence } from '../engine/evidence/seen-sequence.ts';
import { StanceError } from '../errors.ts';
import { bulkUpsert, inParts } from './bulk-upsert.ts';
import { type Database, yieldTurn } from './database.ts';
import { decodeCursor, encodeCursor, pageLimit } from './page-cursor.ts';
import { nextSeq } from './sequence.ts';
import {
  type DecisionField,
  type DecisionFilter,
  type DecisionPoint,
  type DecisionQuery,
  decisionFields,
  type Facet,
  type GuardEvidence,
  type GuardWorker,
  type Page,
  type Store,
} from './store.ts';
import { bodyOf, storedText } from './stored-text.ts';
import type { DecisionRecordsTable, Tables } from './tables.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Minute counts are kept this long; then hours tell. */
const MINUTES_KEPT_MS = 7 * 24 * HOUR_MS;
/** Values of one filter; more than a person picks. */
const FILTER_VALUES_MAX = 200;
/** Values of one facet, the most frequent first. */
const FACET_VALUES_MAX = 50;
const POINTS_MAX = 2000;
const GROUPS_MAX = 5000;
const GROUPED_RECORDS_MAX = 20_000;
/** Workers remembered, the latest; a batch of an older one that comes late counts anew. */
const WORKERS_MAX = 256;
const TEXT_CHARS_MAX = 500;
/** Of a name that is part of a key: PostgreSQL takes 2,704 bytes of index row, and a character may have four. */
const KEY_CHARS_MAX = 150;
/** Records deleted in one transaction, so that imports get in between. */
const TRIM_ROWS = 5000;
const ORDER = 'decisions newest first';

type Methods = Pick<
  Store,
  | 'addDecisions'
  | 'listDecisionRecords'
  | 'findDecisionRecord'
  | 'decisionFacets'
  | 'decisionSeries'
  | 'decisionGroups'
  | 'decisionTotals'
  | 'listGuardWorkers'
  | 'trimDecisions'
>;

export interface DecisionRecordTables extends Methods {
  addEvidence(db: Transaction<Tables>, evidence: GuardEvidence): Promise<void>;
}

export function decisionRecordTables(database: Database): DecisionRecordTables {
  const records = bulkUpsert('decision_records', Object.keys(RECORD_COLUMNS) as (keyof DecisionRecordsTable)[], ['seq'], 'replace');
  const bodies = bulkUpsert('decision_bodies', ['seq', 'body'], ['seq'], 'replace');
  const counts = bulkUpsert(
    'decision_counts',
    ['step_ms', 'start_ms', 'service', 'outcome', 'section', 'rule', 'count'],
    ['step_ms', 'start_ms', 'service', 'outcome', 'section', 'rule'],
    'add',
  );

  async function addEvidence(db: Transaction<Tables>, { decisions, minutes, workers }: GuardEvidence): Promise<void> {
    if (decisions.length > 0) {
      const first = await nextSeq(db, 'decision_records');
      await records.write(
        db,
        decisions.map((record, at) => recordRow(first + at, record)),
      );
      await bodies.write(
        db,
        decisions.map((record, at) => ({ seq: first + at, body: JSON.stringify(record) })),
      );
    }
    await counts.write(db, countRows(decisions, minutes));
    for (const { id: name, atMs, batches, status } of workers) {
      const id = keyText(name);
      const known = await db.selectFrom('guard_workers').selectAll().where('id', '=', id).executeTakeFirst();
      const seen = new SeenSequence(known?.seen);
      for (const batch of batches) seen.add(batch);
      // A spooled batch may come after younger ones.
      const isNewer = known === undefined || known.at_ms <= atMs;
      const columns = {
        at_ms: isNewer ? Math.round(atMs) : known.at_ms,
        seen: seen.toString(),
        body: isNewer ? JSON.stringify(status) : known.body,
      };
      await db
        .insertInto('guard_workers')
        .values({ id, ...columns })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
        .execute();
    }
  }

  return {
    addEvidence,

    addDecisions: (decisions) => database.write((db) => addEvidence(db, { decisions, minutes: [], workers: [] })),

    listDecisionRecords: (query) => database.read((db) => page(db, checked(query))),

    findDecisionRecord: (incident) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('decision_records')
          .innerJoin('decision_bodies', 'decision_bodies.seq', 'decision_records.seq')
          .select('body')
          .where('incident', '=', stored(incident))
          .orderBy('decision_records.seq', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row === undefined ? null : bodyOf<DecisionRecord>(row);
      }),

    decisionFacets: (query) => database.read((db) => facets(db, checked(query))),

    decisionSeries: (query, stepMs) => database.read((db) => series(db, checked(query), stepMs)),

    decisionGroups: (query) => database.read((db) => groups(db, checked(query))),

    decisionTotals: (query) =>
      database.read(async (db) => {
        const totals = { request: 0, allow: 0, 'would-block': 0, block: 0 };
        const rows = await db
          .selectFrom('decision_records')
          .select(['outcome', sql<number>`sum(count)`.as('count')])
          .where((eb) => matches(eb, checked(query)))
          .groupBy('outcome')
          .execute();
        for (const { outcome, count } of rows) if (outcome in totals) totals[outcome as Outcome] = Number(count);
        for (const row of await requestCounts(db, query, spanStep(query))) totals.request += Number(row.count);
        return totals;
      }),

    listGuardWorkers: () =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('guard_workers')
          .selectAll()
          .orderBy('at_ms', 'desc')
          .orderBy('id', 'desc')
          .limit(WORKERS_MAX)
          .execute();
        return rows.map(({ id, at_ms, seen, body }): GuardWorker => ({ id, atMs: at_ms, seen, status: bodyOf<GuardStatus>({ body }) }));
      }),

    trimDecisions: (query) => trim(database, query),
  };
}

const RECORD_COLUMNS: Readonly<Record<keyof DecisionRecordsTable, true>> = {
  seq: true,
  at_ms: true,
  count: true,
  outcome: true,
  section: true,
  rule: true,
  method: true,
  template: true,
  service: true,
  host: true,
  client: true,
  network: true,
  principal: true,
  agent: true,
  status: true,
  incident: true,
};

function stored(text: string | null): string {
  return storedText(text ?? '', TEXT_CHARS_MAX);
}

function keyText(text: string | null): string {
  return storedText(text ?? '', KEY_CHARS_MAX);
}

function recordRow(seq: number, record: DecisionRecord): DecisionRecordsTable {
  return {
    seq,
    at_ms: Math.round(record.atMs),
    count: Math.round(record.count),
    outcome: record.outcome,
    section: record.section,
    rule: stored(record.rule),
    method: stored(record.method),
    template: stored(record.template),
    service: stored(record.service),
    host: stored(record.host),
    client: stored(record.client),
    network: stored(record.network),
    principal: stored(record.principal),
    agent: stored(record.agent),
    status: record.status === null ? '' : String(record.status),
    incident: stored(record.incident),
  };
}

/** One row a key: PostgreSQL refuses to touch a row twice in one statement. */
function countRows(decisions: readonly DecisionRecord[], minutes: GuardEvidence['minutes']): Tables['decision_counts'][] {
  const sums = new Map<string, Tables['decision_counts']>();
  const add = (atMs: number, service: string, outcome: string, section: string, rule: string, count: number) => {
    for (const step_ms of [MINUTE_MS, HOUR_MS]) {
      const start_ms = Math.floor(atMs / step_ms) * step_ms;
      const key = JSON.stringify([step_ms, start_ms, service, outcome, section, rule]);
      const held = sums.get(key);
      if (held === undefined) sums.set(key, { step_ms, start_ms, service, outcome, section, rule, count });
      else held.count += count;
    }
  };
  for (const { atMs, service, outcome, section, rule, count } of decisions)
    add(atMs, keyText(service), outcome, section, keyText(rule), Math.round(count));
  for (const { minuteMs, service, requests } of minutes) add(minuteMs, keyText(service), 'request', '', '', Math.round(requests));
  return [...sums.values()];
}

function checked(query: DecisionQuery): DecisionQuery {
  for (const filter of [query.only, query.not])
    for (const values of Object.values(filter ?? {}))
      if (values !== undefined && values.length > FILTER_VALUES_MAX)
        throw new StanceError('usage', { message: `A filter takes at most ${FILTER_VALUES_MAX} values.`, next: 'Ask for fewer at once.' });
  return query;
}

type Columns = ExpressionBuilder<Tables, 'decision_records'>;

function matches(eb: Columns, query: DecisionQuery, without: DecisionField | null = null) {
  const all = [];
  if (query.fromMs !== undefined) all.push(eb('at_ms', '>=', Math.floor(query.fromMs)));
  if (query.toMs !== undefined) all.push(eb('at_ms', '<', Math.floor(query.toMs)));
  for (const field of decisionFields) {
    if (field === without) continue;
    const only = query.only?.[field];
    const not = query.not?.[field];
    // An empty list matches nothing; SQL has no way to write it as one.
    if (only !== undefined) all.push(only.length === 0 ? eb.lit(false) : eb(field, 'in', only.map(stored)));
    if (not !== undefined && not.length > 0) all.push(eb(field, 'not in', not.map(stored)));
  }
  return eb.and(all);
}

async function page(db: Transaction<Tables>, query: DecisionQuery): Promise<Page<DecisionRecord>> {
  const limit = pageLimit(query.limit);
  const matching = db.selectFrom('decision_records').where((eb) => matches(eb, query));
  let rowsOfPage = matching
    .select(['seq', 'at_ms'])
    .orderBy('at_ms', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  let total: number | null = null;
  if (query.after !== undefined) {
    const { value, id } = decodeCursor(query.after, ORDER, 'number');
    const [seq, counted] = id.split(' ').map(Number);
    rowsOfPage = rowsOfPage.where((eb) => eb(eb.refTuple('at_ms', 'seq'), '<', eb.tuple(Number(value), seq || 0)));
    if (counted !== undefined && counted >= 0) total = counted;
  }
  // Counted for the first page; the cursor carries it, so that walking through all pages counts once.
  total ??= Number((await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()).total);
  const rows = await rowsOfPage.execute();
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  return {
    rows: await bodiesOf(
      db,
      shown.map((row) => row.seq),
    ),
    total,
    next: rows.length > limit && last !== undefined ? encodeCursor({ order: ORDER, value: last.at_ms, id: `${last.seq} ${total}` }) : null,
  };
}

async function bodiesOf(db: Transaction<Tables>, seqs: readonly number[]): Promise<DecisionRecord[]> {
  if (seqs.length === 0) return [];
  const rows = await db.selectFrom('decision_bodies').selectAll().where('seq', 'in', seqs).execute();
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return seqs.flatMap((seq) => {
    const row = bySeq.get(seq);
    return row === undefined ? [] : [bodyOf<DecisionRecord>(row)];
  });
}

async function facets(db: Transaction<Tables>, query: DecisionQuery): Promise<Record<DecisionField, Facet[]>> {
  const found: [DecisionField, Facet[]][] = [];
  for (const field of decisionFields) {
    const rows = await db
      .selectFrom('decision_records')
      .select([field, sql<number>`sum(count)`.as('total')])
      .where((eb) => matches(eb, query, field))
      .groupBy(field)
      .orderBy('total', 'desc')
      .orderBy(field)
      .limit(FACET_VALUES_MAX)
      .execute();
    found.push([field, rows.map((row) => ({ value: row[field], count: Number(row.total) }))]);
    await yieldTurn();
  }
  return Object.fromEntries(found) as Record<DecisionField, Facet[]>;
}

/** Fields that the counts know; a filter on any other needs the records. */
const COUNTED: ReadonlySet<string> = new Set<DecisionField>(['outcome', 'section', 'rule', 'service']);

function isCounted(filter: DecisionFilter | undefined): boolean {
  return Object.keys(filter ?? {}).every((field) => COUNTED.has(field));
}

async function series(db: Transaction<Tables>, query: DecisionQuery, stepMs: number): Promise<DecisionPoint[]> {
  if (!(stepMs >= MINUTE_MS) || stepMs % MINUTE_MS !== 0)
    throw new StanceError('usage', {
      message: 'A step is one minute or several.',
      next: 'Set the step to a multiple of 60000 milliseconds.',
    });
  const points = new Map<number, { atMs: number; requests: number; blocked: number; wouldBlock: number; allowed: number }>();
  const at = (startMs: number) => {
    const atMs = Math.floor(startMs / stepMs) * stepMs;
    const held = points.get(atMs);
    if (held !== undefined) return held;
    const made = { atMs, requests: 0, blocked: 0, wouldBlock: 0, allowed: 0 };
    points.set(atMs, made);
    return made;
  };
  const add = (startMs: number, outcome: string, count: number) => {
    const point = at(startMs);
    if (outcome === 'block') point.blocked += count;
    else if (outcome === 'would-block') point.wouldBlock += count;
    else if (outcome === 'allow') point.allowed += count;
    else point.requests += count;
  };
  for (const row of await requestCounts(db, query, countedStep(stepMs))) add(row.start_ms, 'request', Number(row.count));
  if (isCounted(query.only) && isCounted(query.not)) {
    for (const row of await outcomeCounts(db, query, countedStep(stepMs))) add(row.start_ms, row.outcome, Number(row.count));
  } else {
    const start = sql<number>`at_ms - at_ms % ${sql.lit(stepMs)}`;
    const rows = await db
      .selectFrom('decision_records')
      .select(['outcome', start.as('start_ms'), sql<number>`sum(count)`.as('count')])
      .where((eb) => matches(eb, query))
      .groupBy(['outcome', start])
      .execute();
    for (const row of rows) add(Number(row.start_ms), row.outcome, Number(row.count));
  }
  return [...points.values()].sort((a, b) => a.atMs - b.atMs).slice(-POINTS_MAX);
}

/** Minutes for what a minute can still tell, hours for whole hours and for what lies further back. */
function countedStep(stepMs: number): number {
  return stepMs % HOUR_MS === 0 ? HOUR_MS : MINUTE_MS;
}

/** Of a span without steps: minutes where they are kept, so that its ends are not rounded to hours. */
function spanStep({ fromMs, toMs }: DecisionQuery): number {
  return fromMs !== undefined && (toMs ?? Number.POSITIVE_INFINITY) - fromMs <= MINUTES_KEPT_MS ? MINUTE_MS : HOUR_MS;
}

async function requestCounts(db: Transaction<Tables>, query: DecisionQuery, step: number) {
  let rows = db
    .selectFrom('decision_counts')
    .select(['start_ms', sql<number>`sum(count)`.as('count')])
    .where('step_ms', '=', step)
    .where('outcome', '=', 'request')
    .groupBy('start_ms');
  if (query.fromMs !== undefined) rows = rows.where('start_ms', '>=', Math.floor(query.fromMs / step) * step);
  if (query.toMs !== undefined) rows = rows.where('start_ms', '<', Math.floor(query.toMs));
  const only = query.only?.service;
  const not = query.not?.service;
  if (only !== undefined) rows = only.length === 0 ? rows.where(sql.lit(false)) : rows.where('service', 'in', only.map(keyText));
  if (not !== undefined && not.length > 0) rows = rows.where('service', 'not in', not.map(keyText));
  return rows.execute();
}

async function outcomeCounts(db: Transaction<Tables>, query: DecisionQuery, step: number) {
  let rows = db
    .selectFrom('decision_counts')
    .select(['start_ms', 'outcome', sql<number>`sum(count)`.as('count')])
    .where('step_ms', '=', step)
    .where('outcome', '!=', 'request')
    .groupBy(['start_ms', 'outcome']);
  if (query.fromMs !== undefined) rows = rows.where('start_ms', '>=', Math.floor(query.fromMs / step) * step);
  if (query.toMs !== undefined) rows = rows.where('start_ms', '<', Math.floor(query.toMs));
  for (const field of ['outcome', 'section', 'rule', 'service'] as const) {
    const only = query.only?.[field];
    const not = query.not?.[field];
    if (only !== undefined) rows = only.length === 0 ? rows.where(sql.lit(false)) : rows.where(field, 'in', only.map(keyText));
    if (not !== undefined && not.length > 0) rows = rows.where(field, 'not in', not.map(keyText));
  }
  return rows.execute();
}

const GROUP_COLUMNS = ['outcome', 'section', 'rule', 'service', 'method', 'template', 'network', 'client'] as const;

async function groups(db: Transaction<Tables>, query: DecisionQuery): Promise<DecisionGroup[]> {
  // Looked at after every step of a guard: bounded by number, not by a time that may hold anything.
  const { newest } = await db
    .selectFrom('decision_records')
    .select((eb) => eb.fn.max('seq').as('newest'))
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('decision_records')
    .select(GROUP_COLUMNS)
    .select((eb) => [
      sql<number>`sum(count)`.as('total'),
      eb.fn.min('at_ms').as('first_ms'),
      eb.fn.max('at_ms').as('last_ms'),
      eb.fn.max('incident').as('incident'),
      eb.fn.max('host').as('host'),
    ])
    .where('seq', '>', Number(newest ?? 0) - GROUPED_RECORDS_MAX)
    .where((eb) => matches(eb, query))
    .groupBy(GROUP_COLUMNS)
    .orderBy('total', 'desc')
    .orderBy('incident')
    .limit(GROUPS_MAX)
    .execute();
  return rows.map((row) => ({
    // Written by addEvidence alone, from records that have these words.
    outcome: row.outcome as Outcome,
    section: row.section as Section,
    rule: row.rule,
    service: row.service === '' ? null : row.service,
    host: row.host === '' ? null : row.host,
    method: row.method,
    template: row.template,
    network: row.network === '' ? null : row.network,
    client: row.client === '' ? null : row.client,
    count: Number(row.total),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
    incident: row.incident,
  }));
}

async function trim(database: Database, query: Parameters<Store['trimDecisions']>[0]): Promise<number> {
  let gone = 0;
  for (let more = true; more; ) {
    const rows = await database.write(async (db) => {
      const oldest = await db
        .selectFrom('decision_records')
        .select('seq')
        .where('at_ms', '<', Math.floor(query.beforeMs))
        .orderBy('at_ms')
        .limit(TRIM_ROWS)
        .execute();
      return removeRecords(
        db,
        oldest.map((row) => row.seq),
      );
    });
    gone += rows;
    more = rows === TRIM_ROWS;
  }
  for (let more = true; more; ) {
    const rows = await database.write(async (db) => {
      const { count } = await db
        .selectFrom('decision_records')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      const beyond = Math.min(TRIM_ROWS, Number(count) - query.rowsMax);
      if (beyond <= 0) return 0;
      const oldest = await db.selectFrom('decision_records').select('seq').orderBy('at_ms').orderBy('seq').limit(beyond).execute();
      return removeRecords(
        db,
        oldest.map((row) => row.seq),
      );
    });
    gone += rows;
    more = rows === TRIM_ROWS;
  }
  await database.write(async (db) => {
    for (const [step, beforeMs] of [
      [MINUTE_MS, query.nowMs - MINUTES_KEPT_MS],
      [HOUR_MS, query.countsBeforeMs],
    ] as const)
      await db.deleteFrom('decision_counts').where('step_ms', '=', step).where('start_ms', '<', Math.floor(beforeMs)).execute();
    const kept = db.selectFrom('guard_workers').select('id').orderBy('at_ms', 'desc').orderBy('id', 'desc').limit(WORKERS_MAX);
    await db.deleteFrom('guard_workers').where('id', 'not in', kept).execute();
  });
  return gone;
}

async function removeRecords(db: Transaction<Tables>, seqs: readonly number[]): Promise<number> {
  for (const part of inParts(seqs)) {
    await db.deleteFrom('decision_records').where('seq', 'in', part).execute();
    await db.deleteFrom('decision_bodies').where('seq', 'in', part).execute();
  }
  return seqs.length;
}
