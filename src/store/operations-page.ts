/** Operations as a person asks for them: filtered, sorted, by the page, and counted per facet. */
import { type ExpressionBuilder, sql, type Transaction } from 'kysely';
import type { Operation } from '../engine/inventory/operation.ts';
import { StanceError } from '../errors.ts';
import { containsText } from './contains-text.ts';
import type { Database, DialectName } from './database.ts';
import { decodeCursor, encodeCursor, pageLimit } from './page-cursor.ts';
import type { Facet, OperationQuery, Page, Store } from './store.ts';
import { bodyOf, listMark, listName, namesIn, storedText } from './stored-text.ts';
import type { Tables } from './tables.ts';

const SORTS = {
  template: 'template',
  service: 'service',
  perDay: 'per_day',
  clients: 'clients',
  lastSeen: 'last_ms',
  state: 'state',
  gaps: 'gaps',
} as const;

/** Values of one filter; more than a person ticks. */
const FILTER_VALUES_MAX = 500;
const TEXT_CHARS_MAX = 200;
/** Values of one facet, the most frequent first. */
const FACET_VALUES_MAX = 500;
/** Matches up to which sorting them costs less than walking an index over 50,000 rows in order. */
const SORTED_IN_MEMORY_MAX = 2500;

export function operationsPages(database: Database): Pick<Store, 'listOperations' | 'operationFacets'> {
  const { dialect } = database;
  return {
    listOperations: (query) => database.read((db) => page(db, dialect, checked(query))),
    operationFacets: (query) => database.read((db) => facets(db, dialect, checked(query))),
  };
}

function checked(query: OperationQuery): OperationQuery {
  for (const values of [query.states, query.services, query.methods]) {
    if (values !== undefined && values.length > FILTER_VALUES_MAX)
      throw new StanceError('usage', { message: `A filter takes at most ${FILTER_VALUES_MAX} values.`, next: 'Ask for fewer at once.' });
  }
  return query;
}

async function page(db: Transaction<Tables>, dialect: DialectName, query: OperationQuery): Promise<Page<Operation>> {
  const limit = pageLimit(query.limit);
  const sort = SORTS[query.sort ?? 'template'];
  const direction = query.descending === true ? 'desc' : 'asc';
  const order = `${sort} ${direction}`;
  const matching = db.selectFrom('operations').where((eb) => matches(eb, dialect, query));
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();

  // SQLite would walk the whole sort index, fetching each row to test it; few matches are found and sorted much faster.
  const sortInMemory = dialect === 'sqlite' && total <= SORTED_IN_MEMORY_MAX;
  let rowsOfPage = matching
    .select(['id', sort])
    .orderBy(sortInMemory ? sql`+${sql.ref(sort)}` : sort, direction)
    .orderBy('id', direction)
    .limit(limit + 1);
  if (query.after !== undefined) {
    const kind = sort === 'template' || sort === 'service' || sort === 'state' ? 'string' : 'number';
    const { value, id } = decodeCursor(query.after, order, kind);
    rowsOfPage = rowsOfPage.where((eb) => eb(eb.refTuple(sort, 'id'), direction === 'asc' ? '>' : '<', eb.tuple(value, id)));
  }
  const found = await rowsOfPage.execute();
  const shown = found.slice(0, limit);
  const last = shown[shown.length - 1];
  return {
    rows: await bodies(
      db,
      shown.map((row) => row.id),
    ),
    total,
    next: found.length > limit && last !== undefined ? encodeCursor({ order, value: last[sort], id: last.id }) : null,
  };
}

async function bodies(db: Transaction<Tables>, ids: readonly string[]): Promise<Operation[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('operation_bodies').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [bodyOf<Operation>(row)];
  });
}

type Columns = ExpressionBuilder<Tables, 'operations'>;

function matches(eb: Columns, dialect: DialectName, query: OperationQuery) {
  const all = [...textAndDrift(eb, dialect, query)];
  if (query.states !== undefined) all.push(oneOf(eb, 'state', query.states));
  if (query.services !== undefined) all.push(oneOf(eb, 'service', query.services));
  if (query.methods !== undefined) all.push(oneOf(eb, 'method', query.methods));
  if (query.owner !== undefined) all.push(eb('owner', '=', query.owner === 'none' ? '' : listName(query.owner)));
  if (query.audience !== undefined) all.push(eb('audience', '=', query.audience));
  const having = [];
  if (query.auth !== undefined) having.push(containsText(dialect, 'auths', listMark(query.auth)));
  if (query.environment !== undefined) having.push(containsText(dialect, 'environments', listMark(query.environment)));
  return eb.and([...all, ...having]);
}

/** An empty list matches nothing; SQL has no way to write it as one. */
function oneOf(eb: Columns, column: 'state' | 'service' | 'method', values: readonly string[]) {
  return values.length === 0 ? eb.lit(false) : eb(column, 'in', values.map(listName));
}

/** The filters that are not facets. */
function textAndDrift(eb: Columns, dialect: DialectName, query: OperationQuery) {
  const all = [];
  if (query.drift !== undefined) all.push(eb('drift', '=', query.drift ? 1 : 0));
  if (query.firstFromMs !== undefined) all.push(eb('first_ms', '>=', Math.floor(query.firstFromMs)));
  const text = storedText(query.text?.trim() ?? '', TEXT_CHARS_MAX).toLowerCase();
  if (text !== '') all.push(eb.and([containsText(dialect, 'search', text)]));
  return all;
}

type FacetName = keyof Awaited<ReturnType<Store['operationFacets']>>;

/**
 * One pass over the database counts each combination of facet values; the facets are then sums over combinations, each
 * under every filter but its own, so that a person sees what choosing another value would give.
 */
async function facets(db: Transaction<Tables>, dialect: DialectName, query: OperationQuery): Promise<Record<FacetName, Facet[]>> {
  const columns = ['service', 'method', 'state', 'owner', 'auths', 'audience', 'environments'] as const;
  const combinations = await db
    .selectFrom('operations')
    .select(columns)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => eb.and(textAndDrift(eb, dialect, query)))
    .groupBy(columns)
    .execute();

  const chosen: Record<FacetName, ReadonlySet<string> | null> = {
    state: setOf(query.states),
    service: setOf(query.services),
    method: setOf(query.methods),
    owner: setOf(query.owner),
    auth: setOf(query.auth),
    audience: setOf(query.audience),
    environment: setOf(query.environment),
  };
  const names = Object.keys(chosen) as FacetName[];
  const counts = new Map(names.map((name) => [name, new Map<string, number>()]));
  for (const combination of combinations) {
    const values: Record<FacetName, readonly string[]> = {
      state: [combination.state],
      service: [combination.service],
      method: [combination.method],
      owner: [combination.owner === '' ? 'none' : combination.owner],
      auth: namesIn(combination.auths),
      audience: [combination.audience],
      environment: namesIn(combination.environments),
    };
    const refusedBy = names.filter((name) => chosen[name] !== null && !values[name].some((value) => chosen[name]?.has(value)));
    if (refusedBy.length > 1) continue;
    for (const name of names) {
      const counted = counts.get(name);
      if (counted === undefined || (refusedBy.length === 1 && refusedBy[0] !== name)) continue;
      for (const value of values[name]) counted.set(value, (counted.get(value) ?? 0) + combination.count);
    }
  }
  const listed = (name: FacetName) => ordered(counts.get(name) ?? new Map());
  return {
    state: listed('state'),
    service: listed('service'),
    method: listed('method'),
    owner: listed('owner'),
    auth: listed('auth'),
    audience: listed('audience'),
    environment: listed('environment'),
  };
}

function setOf(value: string | readonly string[] | undefined): ReadonlySet<string> | null {
  if (value === undefined) return null;
  return new Set((typeof value === 'string' ? [value] : value).map(listName));
}

function ordered(counts: ReadonlyMap<string, number>): Facet[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, FACET_VALUES_MAX);
}
