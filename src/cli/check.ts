import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import type { OpenInput } from '../sources/input.ts';
import { configured } from './configuration.ts';
import { type ContractChange, type ContractLine, contractChanges, contractLines, ruleOf } from './contract-change.ts';
import { configurationPlaces, type GlobalOptions } from './place.ts';
import type { CheckItem, Comparison } from './spec-judgement.ts';
import { type Column, plural, table } from './table.ts';
import { printable, Terminal, writeWhole } from './terminal.ts';

interface CheckOptions extends GlobalOptions {
  readonly base?: string;
  readonly gate?: string;
  readonly onError?: string;
  readonly sarif?: string | true;
  readonly md?: string | true;
  readonly all?: boolean;
}

/** What the verdict rests on, for every form of output. */
interface Verdict extends Comparison {
  readonly gate: string;
  readonly passed: boolean;
  readonly base: string | null;
  readonly operations: number;
  /** What the contract itself changes against the base, worst first; empty without one. */
  readonly changes: readonly ContractChange[];
}

const signs = { critical: 'x critical', high: 'x high', medium: '! medium', low: '- low', info: '- info' } as const;
/** Rows of the Markdown table; a comment that long is read by nobody. */
const markdownRowsMax = 50;
/** Contract changes of the same comment. */
const markdownChangesMax = 8;

export function define(command: Command): void {
  command
    .argument('<file...>', 'specs, as files, folders or globs')
    .option('--base <ref or file>', 'judge only what is new against this commit, branch or file')
    .option('--gate <severity>', 'fail from this severity on: critical, high, medium, low, info or none (default: gate.new, else high)')
    .option('--on-error <word>', '`neutral` = exit 0 when the check itself cannot finish (default: gate.on-error, else fail)')
    .option('--sarif [file]', 'SARIF 2.1.0, to the file or instead of the text')
    .option('--md [file]', 'Markdown for a pull request, to the file or instead of the text')
    .option('--all', 'also show what was there before')
    .addHelpText(
      'after',
      `
With --base it also says what the contract changes for those who guard the API; authentication removed or made
optional, and TLS no longer required, fail the gate like a finding (critical, high, high), unless waived by their id
or listed under public-operations.
Needs no server and no data folder; reads waivers, owners and gate from ./stance.yaml.
Exit codes: 0 gate passed, 1 gate failed, 2 usage, 3 no operation found, 6 something could not be read.

Examples:
  stance check openapi.yaml
  stance check specs/ --base origin/main --sarif stance.sarif`,
    )
    .action(async (files: string[]) => {
      const options = command.optsWithGlobals<CheckOptions>();
      const terminal = new Terminal(options);
      const places = await configurationPlaces(options);
      const isNeutral = configured('gate.on-error', places).value === 'neutral';
      try {
        const verdict = await judge(files, options, configured('gate.new', places).value);
        await show(terminal, verdict, options);
        process.exitCode = verdict.passed ? 0 : 1;
      } catch (error) {
        if (!isNeutral || (error instanceof StanceError && error.code === 'usage')) throw error;
        const { explain } = await import('./failure.ts');
        explain(error);
        terminal.note('The check could not finish; neutral, as --on-error says.');
        process.exitCode = 0;
      }
    });
}

async function judge(files: readonly string[], options: CheckOptions, gateText: string): Promise<Verdict> {
  const { compare, gateOf, isGated, judgeSpecs, waivedIds } = await import('./spec-judgement.ts');
  const gate = gateOf(gateText);
  const head = await inputsOf(files);
  const judged = await judgeSpecs(head, 'stance.yaml');
  // A folder may hold files that are no specs; one that was named may not.
  const [failed] = judged.failed.filter(({ name, error }) => error?.code !== 'input-unknown-format' || files.includes(name));
  if (failed?.error != null) {
    throw new StanceError('incomplete', {
      message: `${failed.name} could not be judged: ${failed.error.message}`,
      next: failed.error.next,
    });
  }
  if (judged.operations === 0) {
    throw new StanceError('nothing-to-do', {
      message: `${files.join(', ')} declares no operation.`,
      next: 'Name an OpenAPI document or a folder of them.',
    });
  }
  const base = options.base === undefined ? null : await judgeSpecs(await baseInputs(options.base, head), 'stance.yaml');
  const waived = waivedIds(judged.settings, Date.now());
  const comparison = compare(judged.findings, base?.findings ?? null, waived);
  const changes = base === null ? [] : contractChanges(base.documents, judged.documents, { settings: judged.settings, waived });
  const passed =
    !comparison.items.some(({ status, finding }) => status === 'new' && isGated(finding.severity, gate)) &&
    !changes.some(({ status, gates, severity }) => status === 'new' && gates && isGated(severity, gate));
  return { ...comparison, gate, passed, base: options.base ?? null, operations: judged.operations, changes };
}

async function inputsOf(files: readonly string[]): Promise<readonly OpenInput[]> {
  const { openInputs } = await import('../sources/input.ts');
  const inputs: OpenInput[] = [];
  for (const file of files) for await (const input of openInputs(file)) inputs.push(input);
  return inputs;
}

/** The same files before the change: from another file or folder, or from git. */
async function baseInputs(base: string, head: readonly OpenInput[]): Promise<readonly OpenInput[]> {
  if (!existsSync(base)) {
    const { filesAt } = await import('./git-files.ts');
    return filesAt(
      base,
      head.map(({ name }) => name),
    );
  }
  const before = await inputsOf([base]);
  const [only] = head;
  if (statSync(base).isDirectory() || head.length > 1 || only === undefined) return before;
  const { namedInput } = await import('./named-input.ts');
  // Compared under one name: what a document is called is part of what a finding is about.
  return before.map((input) => namedInput(input, { name: only.name }));
}

async function show(terminal: Terminal, verdict: Verdict, options: CheckOptions): Promise<void> {
  const { sarif, md } = options;
  const version = '1';
  if (sarif !== undefined) {
    const { sarifOf } = await import('./sarif.ts');
    const text = `${JSON.stringify(sarifOf(verdict.items, version), null, 2)}\n`;
    if (sarif === true) return terminal.result(text);
    writeWhole(sarif, text);
  }
  if (md === true) return terminal.result(markdownOf(verdict));
  if (md !== undefined) writeWhole(md, markdownOf(verdict));
  await terminal.object(jsonOf(verdict), () => textOf(terminal, verdict, options.all === true));
}

function counts({ items, fixed, changes }: Verdict) {
  const count = (status: CheckItem['status']) => items.filter((item) => item.status === status).length;
  return { new: count('new'), existing: count('existing'), waived: count('waived'), fixed: fixed.length, changes: changes.length };
}

function jsonOf(verdict: Verdict) {
  const { gate, passed, base, operations, items, fixed, changes } = verdict;
  const flat = ({ finding, place, key }: Omit<CheckItem, 'status'>) => {
    const { id, rule, severity, title, detail, fix, subject, controls } = finding;
    return { key, id, rule, severity, title, detail, fix, subject, controls, ...place };
  };
  return {
    schema: 'stance.check/1',
    passed,
    gate,
    base,
    operations,
    counts: counts(verdict),
    findings: items.map((item) => ({ status: item.status, ...flat(item) })),
    fixed: fixed.map(flat),
    changes: changes.map(({ place, ...change }) => ({ ...change, file: place.file, line: place.line })),
  };
}

function textOf(terminal: Terminal, verdict: Verdict, all: boolean): string {
  const { red, yellow, dim, green } = terminal.colors;
  const paint = { critical: red, high: red, medium: yellow, low: dim, info: dim } as const;
  const shown = verdict.items.filter(({ status }) => all || status === 'new');
  const lines = contractLines(verdict.changes, { isEachGating: true });
  const columns: readonly Column<Row>[] = [
    { title: 'severity', value: ({ severity }) => signs[severity], paint: (text, { severity }) => paint[severity](text) },
    { title: 'operation', value: ({ operation }) => operation, gives: true },
    { title: 'finding', value: ({ text }) => text, gives: true },
    { title: 'where', value: whereOf, gives: true },
    { title: 'rule', value: ({ rule }) => rule, drops: 2 },
    { title: 'id', value: ({ id }) => id, drops: 1 },
  ];
  const findings = table(terminal, shown.map(findingRow), columns);
  const changes = columns.map((column) => (column.title === 'finding' ? { ...column, title: 'contract' } : column));
  const rows = lines.length === 0 ? findings : `${findings}${table(terminal, lines.map(changeRow), changes)}`;
  if (!terminal.isInteractive) return rows;
  const sum = counts(verdict);
  const hidden = sum.existing + sum.waived;
  const rest = all || hidden === 0 ? '' : `, ${hidden} existing or waived not shown (--all)`;
  const against = verdict.base === null ? ' (no --base: all counts as new)' : '';
  const contract = sum.changes === 0 ? '' : `, ${plural(sum.changes, 'contract change')}`;
  const outcome = verdict.passed ? green('v passed') : red('x failed');
  return `${rows}${sum.new} new, ${sum.fixed} fixed${contract}${rest}${against}.  Gate ${verdict.gate}: ${outcome}\n`;
}

/** A finding or a contract change as people and scripts read it: the same columns. */
interface Row {
  readonly severity: CheckItem['finding']['severity'];
  readonly operation: string;
  readonly text: string;
  readonly place: { readonly file: string | null; readonly line: number | null };
  readonly rule: string;
  readonly id: string;
}

function findingRow({ finding, place, status }: CheckItem): Row {
  const { severity, rule, id, title, subject } = finding;
  return { severity, operation: place.operation ?? subject, text: `${title}${status === 'waived' ? ' (waived)' : ''}`, place, rule, id };
}

function changeRow(line: ContractLine): Row {
  const { severity, status, text, first } = line;
  const operation = operationsText(line);
  return {
    severity,
    operation,
    text: `${text}${status === 'new' ? '' : ` (${status})`}`,
    place: first.place,
    rule: ruleOf(first),
    id: first.id,
  };
}

function operationsText({ operations: [first = '', ...more] }: ContractLine): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

function whereOf({ place }: Pick<Row, 'place'>): string {
  return place.file === null ? '' : `${place.file}${place.line === null ? '' : `:${place.line}`}`;
}

function markdownOf(verdict: Verdict): string {
  const sum = counts(verdict);
  const fresh = verdict.items.filter(({ status }) => status === 'new');
  const cell = (text: string) => printable(text).replace(/[|\\`<>[\]]/g, (sign) => `\\${sign}`);
  const lines = [
    `**Stance**: ${plural(sum.new, 'new finding')}, ${sum.fixed} fixed, ${plural(verdict.operations, 'operation')}. Gate ${verdict.gate}: ${verdict.passed ? 'passed' : '**failed**'}.`,
  ];
  if (verdict.changes.length > 0) lines.push('', ...markdownChanges(verdict, cell));
  if (fresh.length > 0) lines.push('', '| severity | operation | finding | where | what to do |', '|---|---|---|---|---|');
  for (const { finding, place } of fresh.slice(0, markdownRowsMax)) {
    const row = [finding.severity, place.operation ?? finding.subject, finding.title, whereOf({ place }), finding.fix];
    lines.push(`| ${row.map(cell).join(' | ')} |`);
  }
  if (fresh.length > markdownRowsMax) lines.push('', `${fresh.length - markdownRowsMax} more in the report.`);
  if (sum.new > 0 || !verdict.passed)
    lines.push('', 'Wrong? `stance waive ID --until DATE --because "..." --owner NAME` adds a reviewable line to stance.yaml.');
  return `${lines.join('\n')}\n`;
}

function markdownChanges({ changes, base }: Verdict, cell: (text: string) => string): string[] {
  const all = contractLines(changes, { isEachGating: false });
  const shown = all.slice(0, markdownChangesMax).map((line) => {
    const { severity, text, status, first, operations } = line;
    const id = first.gates && operations.length === 1 ? ` (${first.id})` : '';
    return `- ${severity}: ${cell(operationsText(line))}: ${cell(text)}${status === 'new' ? id : ` (${status})`}`;
  });
  const more = all.length > markdownChangesMax ? [`- ${all.length - markdownChangesMax} more, none of them worse`] : [];
  return [`Contract, against ${cell(base ?? '')}:`, ...shown, ...more];
}
