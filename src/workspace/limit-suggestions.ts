/** Limits that the recorded traffic of each operation suggests, with whom they would have hit; nothing is applied here. */
import { parsePathPattern } from '../engine/http/path-pattern.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import { type CallRow, type LimitSuggestion, suggestLimit } from '../engine/limits/suggestion.ts';
import { StanceError } from '../errors.ts';
import type { ExchangeRow, Store } from '../store/store.ts';

export interface OperationLimit {
  readonly operationId: string;
  readonly service: string;
  readonly hosts: readonly string[];
  readonly method: string;
  readonly template: string;
  readonly suggestion: LimitSuggestion;
}

/** Whose calls are counted together: `identity` = the principal, else the address. */
export type SuggestedBy = 'identity' | 'address';

/** Operations looked at without one being named, the most called first. */
export const suggestedOperationsMax = 50;
/** Exchanges of one operation that are looked at, the newest. */
export const suggestedRowsMax = 20_000;
const PAGE_ROWS = 1_000;

/**
 * @param operationId null = every operation that was called, the most called first, at most 50
 * @throws StanceError `not-found`
 */
export async function suggestLimits(store: Store, operationId: string | null, by: SuggestedBy): Promise<readonly OperationLimit[]> {
  const operations = operationId === null ? await mostCalled(store) : [await operationOf(store, operationId)];
  const found: OperationLimit[] = [];
  // One after the other: each may read thousands of rows.
  for (const { id, service, hosts, method, template } of operations) {
    const rows = await newestCalls(store, await store.pathIdsOf(id));
    found.push({ operationId: id, service, hosts, method, template, suggestion: suggestLimit(rows, by) });
  }
  return found;
}

async function mostCalled(store: Store): Promise<readonly Operation[]> {
  const called = (await store.allOperations()).filter(({ traffic }) => traffic !== null);
  return called
    .sort((one, other) => (other.traffic?.count ?? 0) - (one.traffic?.count ?? 0) || (one.id < other.id ? -1 : 1))
    .slice(0, suggestedOperationsMax);
}

async function operationOf(store: Store, id: string): Promise<Operation> {
  const operation = await store.getOperation(id);
  if (operation === null) throw new StanceError('not-found', { message: `There is no operation ${id}.`, next: 'stance inventory list' });
  return operation;
}

/** Oldest first. */
async function newestCalls(store: Store, pathIds: readonly number[]): Promise<readonly CallRow[]> {
  const rows: ExchangeRow[] = [];
  let beforeMs = Number.MAX_SAFE_INTEGER;
  while (rows.length < suggestedRowsMax) {
    const page = await store.listExchanges({ pathIds, beforeMs, limit: PAGE_ROWS });
    const last = page.at(-1);
    if (last === undefined) break;
    const isLast = page.length < PAGE_ROWS;
    // A page may end between calls of one millisecond; they are asked for again together, unless they fill a page.
    const whole = isLast ? page : page.filter(({ atMs }) => atMs > last.atMs);
    rows.push(...(whole.length === 0 ? page : whole));
    if (isLast) break;
    beforeMs = whole.length === 0 ? last.atMs : last.atMs + 1;
  }
  return rows.reverse();
}

/** What can be pasted into a policy: limits that only log, and the routes they are for. */
export function limitsYaml(limits: readonly OperationLimit[]): string {
  const fitting = limits.flatMap((limit) => (limit.suggestion.kind === 'limit' ? [{ ...limit, suggestion: limit.suggestion }] : []));
  const usable = fitting.filter(({ template }) => parsePathPattern(template) !== null);
  if (usable.length === 0) return '# Nothing that was recorded is enough for a limit.\n';
  const names = namesOf(usable);
  const lines = ["# A route's limits stand in place of those of the defaults: name those too where both shall hold.", 'limits:'];
  for (const [at, { suggestion }] of usable.entries()) {
    const { limit, basis, by } = suggestion;
    lines.push(
      `  # ${basis.requests} calls of ${basis.callers} callers; would have refused ${percent(limit.refused.share)} of the calls, of ${limit.callersHit} callers.`,
      `  ${names[at]}: { by: ${by}, requests: ${limit.requests}, window: ${limit.windowSeconds}s, burst: ${limit.burst}, mode: log }`,
    );
  }
  lines.push('routes:');
  for (const [at, { method, template, hosts }] of usable.entries()) {
    const twin = usable.some((other, index) => index !== at && other.method === method && other.template === template);
    const where = twin && hosts.length > 0 ? `, hosts: ${JSON.stringify(hosts)}` : '';
    lines.push(
      `  - { id: ${names[at]}, match: { paths: [${JSON.stringify(template)}]${method === '*' ? '' : `, methods: [${method}]`}${where} }, limits: [${names[at]}] }`,
    );
  }
  for (const { method, template } of fitting.filter((limit) => !usable.includes(limit)))
    lines.push(`# ${JSON.stringify(`${method} ${template}`)} cannot be written as a path of a policy.`);
  return `${lines.join('\n')}\n`;
}

/** `get-v1-orders-id`: short, and each its own. */
function namesOf(limits: readonly OperationLimit[]): readonly string[] {
  const taken = new Set<string>();
  return limits.map(({ method, template }) => {
    const plain = `${method === '*' ? 'any' : method}${template}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60);
    let name = plain;
    for (let at = 2; taken.has(name); at++) name = `${plain}-${at}`;
    taken.add(name);
    return name;
  });
}

/** `0.4 %`; what is not none never reads as none. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(1);
  return share > 0 && text === '0.0' ? '< 0.1 %' : `${text} %`;
}
