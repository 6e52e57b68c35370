import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Operation, operationStates } from '../engine/inventory/operation.ts';
import type { OperationQuery } from '../store/store.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { type GlobalOptions, reading } from './place.ts';
import { isoOrNull, plural, table } from './table.ts';
import { Terminal } from './terminal.ts';

const sorts = ['template', 'service', 'perDay', 'clients', 'lastSeen', 'state', 'gaps'] as const;
/** Rows asked of the store at once. */
const pageRows = 500;

interface ListOptions extends GlobalOptions {
  readonly state?: string[];
  readonly service?: string[];
  readonly method?: string[];
  readonly owner?: string;
  readonly auth?: string;
  readonly audience?: string;
  readonly environment?: string;
  readonly text?: string;
  readonly drift?: boolean;
  readonly sort?: (typeof sorts)[number];
  readonly desc?: boolean;
  readonly limit?: number;
}

export function defineList(parent: Command): void {
  const command = parent.command('list').description('operations: method, template, state and who calls them');
  command
    .option('--state <word...>', operationStates.join(', '))
    .option('--service <name...>', 'one or more APIs')
    .option('--method <name...>', 'as GET POST')
    .option('--owner <name>', 'a team, or `none`')
    .option('--auth <kind>', 'credential seen: bearer, api-key, ..., `none` or `unknown`')
    .option('--audience <word>', 'public, partner, private or consumed')
    .option('--environment <name>', 'as prod')
    .option('--text <part>', 'part of method, template, service or owner')
    .option('--drift', 'only those where spec, traffic, docs and gateway disagree')
    .addOption(new Option('--sort <column>', 'order').choices(sorts))
    .option('--desc', 'largest first')
    .option('--limit <n>', 'at most so many; default: all', wholeNumber)
    .addHelpText(
      'after',
      '\nStates: active = declared and called, shadow = called, not declared, zombie = retired, still called,\nsilent = quiet now, unused = declared, never called, declared = no traffic of its API seen.',
    )
    .action(async () => {
      const options = command.optsWithGlobals<ListOptions>();
      const terminal = new Terminal(options);
      const operations = await reading(options, (workspace) => listed(workspace, options));
      await terminal.list(operations.map(operationRow), () => operationTable(terminal, operations));
      if (terminal.form === 'text' && terminal.isInteractive) terminal.note(plural(operations.length, 'operation'));
    });
}

async function listed(workspace: Workspace, options: ListOptions): Promise<readonly Operation[]> {
  const { state, service, method, desc, limit, owner, auth, audience, environment, text, drift, sort } = options;
  const filter = {
    owner,
    auth,
    audience,
    environment,
    text,
    drift,
    sort,
    descending: desc,
    states: state,
    services: service,
    methods: method?.map((name) => name.toUpperCase()),
  };
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as OperationQuery;
  const found: Operation[] = [];
  let after: string | null = null;
  do {
    const wanted = Math.min(pageRows, (limit ?? Number.POSITIVE_INFINITY) - found.length);
    const page = await workspace.store.listOperations({ ...query, limit: wanted, ...(after === null ? {} : { after }) });
    found.push(...page.rows);
    after = page.next;
  } while (after !== null && found.length < (limit ?? Number.POSITIVE_INFINITY));
  return found;
}

/** One flat row for machines: what identifies the operation first, then what is known of it. */
export function operationRow(operation: Operation) {
  const { traffic } = operation;
  return {
    id: operation.id,
    service: operation.service,
    method: operation.method,
    template: operation.template,
    kind: operation.kind,
    state: operation.state,
    orphan: operation.orphan,
    owner: operation.owner?.value ?? null,
    audience: operation.audience?.value ?? null,
    dataLevel: operation.dataLevel?.value ?? null,
    environments: operation.environments.map(({ name }) => name),
    hosts: operation.hosts,
    auth: authWord(operation),
    authSeen: operation.auth.seen,
    okWithoutCredential: operation.auth.okWithout,
    count: traffic?.count ?? 0,
    ok: traffic?.ok ?? 0,
    statusMix: traffic?.statusMix ?? {},
    clients: traffic?.clients ?? 0,
    perDay: traffic?.perDay ?? 0,
    latencyMs: traffic?.latencyMs ?? null,
    firstSeen: isoOrNull(traffic?.firstMs),
    lastSeen: isoOrNull(traffic?.lastMs),
    version: operation.version,
    deprecated: operation.deprecated,
    sunset: operation.sunset,
    docsUrl: operation.docsUrl,
    summary: operation.summary,
    graphql: operation.graphql,
    declared: operation.declared.map(({ format, place }) => ({ format, file: place.file, line: place.line })),
    drift: operation.drift.map(({ kind, severity, text }) => ({ kind, severity, text })),
    limit: operation.limit?.value ?? null,
    templateBasis: operation.templateBasis,
    confidence: operation.confidence,
    because: operation.because,
    sources: operation.sources,
  };
}

/** Kinds of credential seen, most used first; `unknown` when no source could tell. */
export function authWord({ auth }: Pick<Operation, 'auth'>): string {
  const seen = Object.entries(auth.seen)
    .filter(([kind, count]) => kind !== 'unknown' && count > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return seen.length === 0 ? 'unknown' : seen.map(([kind]) => kind).join('+');
}

const signs: Readonly<Record<Operation['state'], string>> = {
  active: 'v active',
  shadow: '! shadow',
  zombie: 'x zombie',
  silent: '- silent',
  unused: '- unused',
  declared: '? declared',
};

export function operationTable(terminal: Terminal, operations: readonly Operation[]): string {
  const { green, yellow, red, dim } = terminal.colors;
  const paint = { active: green, shadow: yellow, zombie: red, silent: dim, unused: dim, declared: dim } as const;
  return table(terminal, operations, [
    {
      title: 'state',
      value: (row) => (terminal.isInteractive ? signs[row.state] : row.state),
      paint: (text, row) => paint[row.state](text),
    },
    { title: 'method', value: (row) => row.method },
    { title: 'template', value: (row) => (row.graphql === null ? row.template : `${row.template} ${row.graphql}`), gives: true },
    { title: 'service', value: (row) => row.service, gives: true, drops: 1 },
    { title: 'owner', value: (row) => row.owner?.value ?? '-', gives: true, drops: 3 },
    { title: 'auth seen', value: authWord },
    { title: 'callers', value: (row) => String(row.traffic?.clients ?? '-'), align: 'right', drops: 4 },
    { title: 'calls', value: (row) => String(row.traffic?.count ?? '-'), align: 'right' },
    { title: 'last seen', value: (row) => isoOrNull(row.traffic?.lastMs)?.slice(0, 10) ?? '-', drops: 2 },
  ]);
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is not a whole number above 0.');
}
