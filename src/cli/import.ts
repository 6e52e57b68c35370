import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { errorCodes, StanceError } from '../errors.ts';
import type { OpenInput } from '../sources/input.ts';
import type { ImportedInput, ImportOptions, ImportReport } from '../workspace/use-cases.ts';
import { type GlobalOptions, placeOf, writing } from './place.ts';
import { ProgressLine } from './progress.ts';
import { plural, points } from './table.ts';
import { printable, Terminal } from './terminal.ts';

interface ImportCommandOptions extends GlobalOptions {
  readonly format?: string;
  readonly logFormat?: string;
  readonly host?: string;
  readonly service?: string;
  readonly upload?: boolean;
  readonly follow?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<file...>', 'files, folders, globs, or - for standard input; .gz and .zst are read as they are')
    .option('--format <id>', 'what it is, when it is not recognised; --format ? lists them')
    .option('--log-format <text>', 'log_format of nginx or LogFormat of Apache, as configured')
    .option('--host <name>', 'host of lines that name none')
    .option('--service <name>', 'API of lines and documents that name none')
    .option('--follow', 'go on as the log grows and is rotated, until Ctrl-C; one file')
    .option('--upload', 'send it through the server that runs on this data folder')
    .addHelpText(
      'after',
      `
Examples:
  stance import openapi.yaml access.log.gz          what a spec says, and what was called
  stance import specs/ gateway/kong.yaml stance.yaml
  zcat -f access.log* | stance import - --service shop

Importing the same file again counts nothing twice; a file that grew is read from where it ended.`,
    )
    .action(async (files: string[]) => {
      const options = command.optsWithGlobals<ImportCommandOptions>();
      const terminal = new Terminal(options);
      if (options.format === '?') return terminal.result(await formatList());
      if (options.follow === true) return follow(files, options, terminal);
      const stop = new AbortController();
      process.once('SIGINT', () => {
        terminal.note('Stopping after the step in hand; press again to stop at once.');
        stop.abort();
        process.once('SIGINT', () => process.exit(130));
      });
      const progress = new ProgressLine();
      const report = await (options.upload === true
        ? uploaded(files, options, stop.signal)
        : imported(files, options, stop.signal, progress)
      ).finally(() => progress.clear());
      await terminal.object({ schema: 'stance.import/1', ...withoutUnits(report) }, () => reportText(terminal, report));
      if (stop.signal.aborted) process.exitCode = 130;
      else process.exitCode = exitCodeOf(report, files);
    });
}

async function imported(
  files: readonly string[],
  options: ImportCommandOptions,
  signal: AbortSignal,
  progress: ProgressLine,
): Promise<ImportReport> {
  return writing(options, (workspace) =>
    workspace.importInputs(inputsOf(files, signal), { ...readOptions(options), signal, onProgress: (step) => progress.show(step) }),
  );
}

/** Runs until it is told to stop, which is how it ends well. */
async function follow(files: readonly string[], options: ImportCommandOptions, terminal: Terminal): Promise<void> {
  const [file, second] = files;
  if (file === undefined || second !== undefined || file === '-' || options.upload === true) {
    throw new StanceError('usage', { message: '--follow takes one file.', next: 'stance import --follow access.log' });
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const progress = new ProgressLine();
  terminal.note(`Following ${printable(file)}; Ctrl-C stops. What was read is kept, and the next run goes on from there.`);
  await writing(options, (workspace) =>
    workspace.follow(file, { ...readOptions(options), signal: stop.signal, onProgress: (step) => progress.show(step) }),
  ).finally(() => progress.clear());
}

async function* inputsOf(files: readonly string[], signal: AbortSignal): AsyncGenerator<OpenInput> {
  const { openInputs } = await import('../sources/input.ts');
  for (const file of files) {
    for await (const input of openInputs(file)) {
      if (signal.aborted) return;
      yield input;
    }
  }
}

/** Through the server, one file after the other; what it answers is put together into one report. */
async function uploaded(files: readonly string[], options: ImportCommandOptions, signal: AbortSignal): Promise<ImportReport> {
  const [{ askServer }, { runningServer }, { expandPaths }] = await Promise.all([
    import('./server-call.ts'),
    import('./server-file.ts'),
    import('../sources/input-paths.ts'),
  ]);
  const place = await placeOf(options);
  const server = runningServer(place.dir);
  const reports: ImportReport[] = [];
  for (const given of files) {
    for (const file of given === '-' ? ['-'] : (await expandPaths(given)).paths) {
      const query = new URLSearchParams({ name: file === '-' ? 'stdin' : file, ...(readOptions(options) as Record<string, string>) });
      const stream = file === '-' ? process.stdin : createReadStream(file);
      const body = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
      reports.push((await askServer(server, 'POST', `/workspaces/${place.workspace}/imports?${query}`, { body, signal })) as ImportReport);
    }
  }
  const last = reports.at(-1);
  if (last === undefined) throw new StanceError('nothing-to-do', { message: 'There is no file to send.' });
  return { ...last, inputs: reports.flatMap((report) => report.inputs), tookMs: reports.reduce((sum, report) => sum + report.tookMs, 0) };
}

function readOptions({
  format,
  logFormat,
  host,
  service,
}: ImportCommandOptions): Pick<ImportOptions, 'format' | 'logFormat' | 'host' | 'service'> {
  return {
    ...(format === undefined ? {} : { format }),
    ...(logFormat === undefined ? {} : { logFormat }),
    ...(host === undefined ? {} : { host }),
    ...(service === undefined ? {} : { service }),
  };
}

async function formatList(): Promise<string> {
  const { sourceFormats } = await import('../sources/formats.ts');
  return sourceFormats.map(({ id, kind, title }) => `${id}\t${kind}\t${title}\n`).join('');
}

/** The assessment belongs to `status`; here only its band, so that the answer stays readable. */
function withoutUnits({ assessment, ...report }: ImportReport) {
  return { ...report, proven: assessment.total.proven, possible: assessment.total.possible };
}

/** 0 when all was read, 6 when only part was, else what the failed inputs say. A folder may hold files that are not for us. */
function exitCodeOf({ inputs }: ImportReport, named: readonly string[]): number {
  const failed = inputs.filter(({ name, error }) => error !== null && (error.code !== 'input-unknown-format' || named.includes(name)));
  const code = failed[0]?.error?.code;
  if (failed.length === 0) return 0;
  if (failed.length < inputs.length) return errorCodes.incomplete.exit;
  return code !== undefined && Object.hasOwn(errorCodes, code)
    ? errorCodes[code as keyof typeof errorCodes].exit
    : errorCodes.incomplete.exit;
}

function reportText(terminal: Terminal, { inputs, tookMs, assessment }: ImportReport): string {
  const { red, green, dim } = terminal.colors;
  const lines = inputs.flatMap((input) => {
    const name = printable(input.name);
    if (input.error === null) return [`${green('v')} ${name}  ${dim(input.format ?? '')}  ${inputText(input)}`];
    return [
      `${red('x')} ${name}  ${printable(input.error.message)} ${printable(input.error.unchanged)}`,
      ...(input.error.next === '' ? [] : [`  next: ${printable(input.error.next)}`]),
    ];
  });
  const { total } = assessment;
  lines.push(
    `Posture  ${points(total.proven)} proven, up to ${points(total.possible)}   ${dim(`took ${points(tookMs / 1000)} s   stance status, stance inventory list, stance next`)}`,
  );
  return `${lines.join('\n')}\n`;
}

function inputText({ account, already, kind, operationsDeclared }: ImportedInput): string {
  const sum = (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((total, count) => total + count, 0);
  const reasons = (parts: Readonly<Record<string, number>>) =>
    Object.entries(parts)
      .map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`)
      .join(', ');
  const parts =
    kind === 'declaration'
      ? [plural(operationsDeclared, 'operation')]
      : kind === 'traffic'
        ? [`${plural(account.seen, 'line')} seen, ${account.read.toLocaleString('en-US')} read`]
        : ['read'];
  if (sum(account.folded) > 0) parts.push(`${sum(account.folded).toLocaleString('en-US')} folded (${reasons(account.folded)})`);
  if (sum(account.excluded) > 0) parts.push(`${sum(account.excluded).toLocaleString('en-US')} excluded (${reasons(account.excluded)})`);
  if (account.malformed > 0) {
    const where = account.malformedLines.map(({ line }) => line).slice(0, 3);
    parts.push(
      `${account.malformed.toLocaleString('en-US')} malformed (line ${where.join(', ')}${account.malformed > where.length ? ', ...' : ''})`,
    );
  }
  if (already > 0) parts.push(`${already.toLocaleString('en-US')} counted by an earlier import`);
  return parts.join(', ');
}
