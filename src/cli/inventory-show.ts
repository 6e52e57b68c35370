import type { Command } from 'commander';
import type { Operation } from '../engine/inventory/operation.ts';
import { StanceError } from '../errors.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { findingTable } from './finding.ts';
import { authWord } from './inventory-list.ts';
import { type GlobalOptions, reading } from './place.ts';
import { facts, minute, points } from './table.ts';
import { Terminal } from './terminal.ts';

interface ShowOptions extends GlobalOptions {
  readonly service?: string;
}

export function defineShow(parent: Command): void {
  const command = parent.command('show').description('one operation with everything known of it');
  command
    .argument('<operation...>', 'its id, or method and template: GET /v1/users/{userId}')
    .option('--service <name>', 'which API, when several have it')
    .action(async (words: string[]) => {
      const options = command.optsWithGlobals<ShowOptions>();
      const terminal = new Terminal(options);
      await reading(options, async (workspace) => {
        const operation = await operationNamed(workspace, words.join(' '), options.service);
        const findings = (await workspace.store.listFindings()).filter(
          (finding) => finding.subject === operation.id || finding.places.some((place) => place.operation === operation.id),
        );
        await terminal.object({ schema: 'stance.operation/1', ...operation, findings }, () => operationText(terminal, operation, findings));
      });
    });
}

/** @throws StanceError `not-found`, or `usage` when the words fit several */
export async function operationNamed(workspace: Workspace, words: string, service: string | undefined): Promise<Operation> {
  const byId = await workspace.store.getOperation(words);
  if (byId !== null) return byId;
  const [method, template] = /^([A-Za-z*]+) (.+)$/.exec(words)?.slice(1) ?? [null, words];
  const fitting = (await workspace.store.allOperations()).filter(
    (operation) =>
      operation.template === template &&
      (method === null || operation.method === method?.toUpperCase()) &&
      (service === undefined || operation.service === service),
  );
  const [only, second] = fitting;
  if (only !== undefined && second === undefined) return only;
  if (only === undefined)
    throw new StanceError('not-found', { message: `There is no operation ${words}.`, next: 'stance inventory list --text PART' });
  const names = fitting.slice(0, 5).map((operation) => `${operation.id} (${operation.service} ${operation.method})`);
  throw new StanceError('usage', { message: `${words} fits several operations.`, next: `Name one: ${names.join(', ')}.` });
}

function operationText(terminal: Terminal, operation: Operation, findings: Parameters<typeof findingTable>[1]): string {
  const { traffic, auth, limit, owner } = operation;
  const share =
    auth.okJudged === 0 ? '' : `; ${points((100 * auth.okWithout) / auth.okJudged)} % of ${auth.okJudged} good calls carried none`;
  const mix = traffic === null ? null : Object.entries(traffic.statusMix).map(([status, count]) => `${status} ${count}`);
  return `${terminal.colors.bold(`${operation.method} ${operation.template}`)}   ${operation.service}   ${operation.state}${operation.orphan ? ', orphan' : ''}\n${facts(
    [
      ['Id', operation.id],
      ['Template', `${operation.templateBasis}, ${operation.because}`],
      ['Kind', operation.graphql ?? operation.kind],
      ['Summary', operation.summary],
      ['Hosts', operation.hosts.join(', ') || null],
      ['Environments', operation.environments.map(({ name, kind }) => `${name} (${kind})`).join(', ') || null],
      ['Owner', owner === null ? 'nobody is known' : `${owner.value} (from ${owner.from})`],
      ['Audience', operation.audience?.value ?? null],
      ['Auth seen', `${authWord(operation)}${share}`],
      ['Auth declared', declaredAuth(operation)],
      ['Limit', limit === null ? 'none known' : `${limit.value.requests} per ${limit.value.windowSeconds} s (from ${limit.from})`],
      ['Calls', traffic === null ? 'none seen' : `${traffic.count} by ${traffic.clients} callers, ${points(traffic.perDay)} a day`],
      ['Answers', mix === null ? null : mix.join(', ')],
      ['Latency', traffic?.latencyMs == null ? null : `p50 ${points(traffic.latencyMs.p50)} ms, p95 ${points(traffic.latencyMs.p95)} ms`],
      ['Seen', traffic === null ? null : `${minute(traffic.firstMs)} to ${minute(traffic.lastMs)}`],
      ['Deprecated', operation.deprecated ? `yes${operation.sunset === null ? '' : `, ends ${operation.sunset}`}` : null],
      ['Docs', operation.docsUrl],
      ...operation.declared.map(({ format, place }): readonly [string, string] => [
        'Declared',
        `${place.file}${place.line === null ? '' : `:${place.line}`} (${format})`,
      ]),
      ...operation.drift.map(({ severity, text }): readonly [string, string] => ['Drift', `${severity}: ${text}`]),
    ],
  )}${findings.length === 0 ? '' : `\n${findingTable(terminal, findings)}`}`;
}

function declaredAuth({ auth, declared }: Operation): string | null {
  if (auth.declared === null) return declared.length === 0 ? null : 'no document says';
  if (auth.declared.length === 0) return 'open to anyone';
  return auth.declared.map(({ schemes }) => (schemes.length === 0 ? 'none' : schemes.map(({ name }) => name).join(' and '))).join(', or ');
}
