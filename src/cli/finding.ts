import type { Command } from 'commander';
import { type Finding, severityOrder } from '../engine/evidence/finding.ts';
import { StanceError } from '../errors.ts';
import type { FindingState } from '../store/store.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { type GlobalOptions, reading } from './place.ts';
import { facts, minute, table } from './table.ts';
import { Terminal } from './terminal.ts';

interface ListOptions extends GlobalOptions {
  readonly severity?: string[];
  readonly rule?: string[];
  readonly state?: string[];
  readonly text?: string;
}

export type FindingRow = Omit<Finding, never> & { readonly state: FindingState['state']; readonly decided: FindingState | null };

const signs: Readonly<Record<Finding['severity'], string>> = {
  critical: 'x critical',
  high: 'x high',
  medium: '! medium',
  low: '- low',
  info: '- info',
};

export function define(command: Command): void {
  const list = command.command('list').description('findings, worst first');
  list
    .option('--severity <word...>', 'critical, high, medium, low, info')
    .option('--rule <id...>', 'as auth.missing')
    .option('--state <word...>', 'open, accepted, duplicate, dismissed, snoozed')
    .option('--text <part>', 'part of title, subject or rule')
    .action(async () => {
      const options = list.optsWithGlobals<ListOptions>();
      const terminal = new Terminal(options);
      const wanted = options.text?.toLowerCase();
      const rows = (await reading(options, allFindings)).filter(
        (row) =>
          (options.severity?.includes(row.severity) ?? true) &&
          (options.rule?.includes(row.rule) ?? true) &&
          (options.state?.includes(row.state) ?? true) &&
          (wanted === undefined || `${row.id} ${row.rule} ${row.title} ${row.subject}`.toLowerCase().includes(wanted)),
      );
      await terminal.list(rows, () => findingTable(terminal, rows));
    });

  const show = command.command('show').description('one finding with places, proof and fix').argument('<id>', 'as F-3k2m9x1a');
  show.action(async (id: string) => {
    const options = show.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const row = (await reading(options, allFindings)).find((finding) => finding.id.toLowerCase() === id.toLowerCase());
    if (row === undefined) throw new StanceError('not-found', { message: `There is no finding ${id}.`, next: 'stance finding list' });
    await terminal.object({ schema: 'stance.finding/1', ...row }, () => findingText(terminal, row));
  });
}

export async function allFindings(workspace: Workspace): Promise<readonly FindingRow[]> {
  const [findings, states] = await Promise.all([workspace.store.listFindings(), workspace.store.listFindingStates()]);
  const decided = new Map(states.map((state) => [state.id, state]));
  return findings
    .map((finding) => ({
      ...finding,
      state: decided.get(finding.id)?.state ?? ('open' as const),
      decided: decided.get(finding.id) ?? null,
    }))
    .sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) || (a.id < b.id ? -1 : 1));
}

export function placeText({ places }: Pick<Finding, 'places'>): string {
  const first = places.find(({ file }) => file !== null);
  return first === undefined ? '' : `${first.file}${first.line === null ? '' : `:${first.line}`}`;
}

export function findingTable(terminal: Terminal, rows: readonly Finding[]): string {
  const { red, yellow, dim } = terminal.colors;
  const paint = { critical: red, high: red, medium: yellow, low: dim, info: dim } as const;
  return table(terminal, rows, [
    { title: 'severity', value: (row) => signs[row.severity], paint: (text, row) => paint[row.severity](text) },
    { title: 'id', value: (row) => row.id },
    { title: 'finding', value: (row) => row.title, gives: true },
    { title: 'where', value: placeText, gives: true },
    { title: 'rule', value: (row) => row.rule, drops: 1 },
  ]);
}

function findingText(terminal: Terminal, row: FindingRow): string {
  const { decided } = row;
  return `${terminal.colors.bold(`${signs[row.severity]}  ${row.title}`)}\n${facts([
    ['Id', row.id],
    ['Rule', row.rule],
    ['State', decided === null ? 'open' : `${decided.state}${decided.reason === null ? '' : `: ${decided.reason}`}`],
    ['Until', decided?.untilMs === null || decided === null ? null : minute(decided.untilMs)],
    ['Detail', row.detail],
    ['Fix', row.fix],
    ['Subject', row.subject],
    ...row.places.map((place): readonly [string, string] => ['Place', placeText({ places: [place] }) || (place.operation ?? '')]),
    ['Controls', row.controls.join(', ') || null],
    ['Evidence', row.evidence.join(', ') || null],
    ['Wrong?', `stance waive ${row.id} --until DATE --because "..." --owner NAME`],
  ])}`;
}
