/** The filter of the Threats page: how the address says it, and how the server is asked. `rule=a,b` keeps, `not.rule=c` leaves out. */
import type { DecisionFacets } from './api.ts';
import type { Search } from './search.ts';

export type ThreatField = keyof DecisionFacets;

/** In the order of the facets: what happened, to what, from whom. */
export const threatFields = [
  'outcome',
  'section',
  'rule',
  'template',
  'method',
  'service',
  'host',
  'network',
  'client',
  'principal',
  'agent',
  'status',
] as const satisfies readonly ThreatField[];

export const threatFieldLabel: Readonly<Record<ThreatField, string>> = {
  outcome: 'Outcome',
  section: 'Check',
  rule: 'Rule',
  template: 'Path',
  method: 'Method',
  service: 'API',
  host: 'Host',
  network: 'Network',
  client: 'Client (keyed print)',
  principal: 'Caller (keyed print)',
  agent: 'User agent',
  status: 'Status answered',
};

/** Names of the address that hold the filter. */
export const threatFilterNames = threatFields.flatMap((field) => [field, `not.${field}`] as const);

/** What stands in the address for "not known", which the server calls the empty value. */
const UNKNOWN = '-';
const HOUR_MS = 3_600_000;

function written(value: string): string {
  if (value === '') return UNKNOWN;
  return value === UNKNOWN ? '%2D' : value.replaceAll('%', '%25').replaceAll(',', '%2C');
}

function read(text: string): string {
  if (text === UNKNOWN) return '';
  return text.replaceAll('%2C', ',').replaceAll('%2D', '-').replaceAll('%25', '%');
}

export function valuesOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(',').map(read);
}

/** The address after one value was asked for, left out, or (asked the same again) let go. */
export function filtered(search: Search, field: ThreatField, value: string, verb: 'only' | 'not'): Record<string, string | undefined> {
  const [name, other] = verb === 'only' ? [field, `not.${field}`] : [`not.${field}`, field];
  const held = valuesOf(search[name]);
  const next = held.includes(value) ? held.filter((one) => one !== value) : [...held, value];
  const rest = valuesOf(search[other]).filter((one) => one !== value);
  const text = (values: readonly string[]) => (values.length === 0 ? undefined : values.map(written).join(','));
  return { [name]: text(next), [other]: text(rest) };
}

export interface Chosen {
  readonly field: ThreatField;
  readonly value: string;
  readonly verb: 'only' | 'not';
}

export function chosenIn(search: Search): readonly Chosen[] {
  return threatFields.flatMap((field) => [
    ...valuesOf(search[field]).map((value) => ({ field, value, verb: 'only' as const })),
    ...valuesOf(search[`not.${field}`]).map((value) => ({ field, value, verb: 'not' as const })),
  ]);
}

/**
 * The query for the server, `?` included. The last 24 hours are its own default; seven days begin on a whole hour, so that
 * the same view stays the same question for a while.
 */
export function threatQuery(search: Search, nowMs: number): string {
  const params = new URLSearchParams();
  const from = Date.parse(search.from ?? '');
  const to = Date.parse(search.to ?? '');
  if (search.span === '7d') params.set('from', String(Math.floor(nowMs / HOUR_MS) * HOUR_MS - 7 * 24 * HOUR_MS));
  else if (search.span === '1h') params.set('from', String(Math.floor(nowMs / 60_000) * 60_000 - HOUR_MS));
  else if (search.span === 'custom') {
    if (!Number.isNaN(from)) params.set('from', String(from));
    if (!Number.isNaN(to)) params.set('to', String(to));
  }
  for (const { field, value, verb } of chosenIn(search)) params.append(verb === 'only' ? field : `not.${field}`, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** An instant as the address writes it: UTC, to the minute. */
export function minuteText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
