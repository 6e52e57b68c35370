/** The inventory as CSV (RFC 4180), one operation a line. */
import type { Operation } from '../operation.ts';

const columns: readonly { readonly name: string; readonly of: (operation: Operation) => string | number }[] = [
  { name: 'service', of: (operation) => operation.service },
  { name: 'method', of: (operation) => operation.method },
  { name: 'template', of: (operation) => operation.template },
  { name: 'graphql', of: (operation) => operation.graphql ?? '' },
  { name: 'kind', of: (operation) => operation.kind },
  { name: 'state', of: (operation) => operation.state },
  { name: 'owner', of: (operation) => operation.owner?.value ?? '' },
  { name: 'audience', of: (operation) => operation.audience?.value ?? '' },
  { name: 'environments', of: (operation) => operation.environments.map((environment) => environment.name).join(' ') },
  { name: 'hosts', of: (operation) => operation.hosts.join(' ') },
  { name: 'auth_seen', of: (operation) => Object.keys(operation.auth.seen).join(' ') },
  { name: 'answered_without_credential', of: (operation) => operation.auth.okWithout },
  { name: 'calls', of: (operation) => operation.traffic?.count ?? 0 },
  { name: 'clients', of: (operation) => operation.traffic?.clients ?? 0 },
  { name: 'per_day', of: (operation) => (operation.traffic === null ? '' : operation.traffic.perDay.toFixed(1)) },
  { name: 'p95_ms', of: (operation) => operation.traffic?.latencyMs?.p95.toFixed(0) ?? '' },
  { name: 'first_seen', of: (operation) => (operation.traffic === null ? '' : new Date(operation.traffic.firstMs).toISOString()) },
  { name: 'last_seen', of: (operation) => (operation.traffic === null ? '' : new Date(operation.traffic.lastMs).toISOString()) },
  { name: 'deprecated', of: (operation) => String(operation.deprecated) },
  { name: 'sunset', of: (operation) => operation.sunset ?? '' },
  { name: 'confidence', of: (operation) => operation.confidence.toFixed(2) },
  { name: 'drift', of: (operation) => operation.drift.map((drift) => drift.kind).join(' ') },
  { name: 'id', of: (operation) => operation.id },
];

export function csvOf(operations: readonly Operation[]): string {
  const lines = [columns.map((column) => column.name).join(',')];
  for (const operation of operations) lines.push(columns.map((column) => cell(String(column.of(operation)))).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** Quotes where RFC 4180 asks, and defuses text that a spreadsheet would run as a formula (OWASP CSV injection). */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
