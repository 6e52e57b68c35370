/**
 * The command `stance`, and the one place where things are wired. Only the command that was asked for is loaded, so that
 * `--help` answers at once.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { explain } from './failure.ts';

/** Adds arguments, options and action to the command of its name. */
export type DefineCommand = (command: Command) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

/** In the order of a first day. */
const commands: readonly CommandEntry[] = [
  { name: 'up', summary: 'start the page and the API, and print the link that opens it', load: () => import('./up.ts') },
  { name: 'guard', summary: 'stand in the path of traffic and make the policy true', load: () => import('./guard.ts') },
  { name: 'proxy', summary: 'the same as guard, by its other name', load: () => import('./proxy.ts') },
  { name: 'import', summary: 'read specs, logs, captures and gateway configuration', load: () => import('./import.ts') },
  { name: 'status', summary: 'the posture in ten lines', load: () => import('./status.ts') },
  { name: 'next', summary: 'the one change to make next, and what to do with it', load: () => import('./next.ts') },
  { name: 'inventory', summary: 'the operations that exist, and what you decide about them', load: () => import('./inventory.ts') },
  { name: 'finding', summary: 'what is wrong, where, and how to mend it', load: () => import('./finding.ts') },
  { name: 'control', summary: 'the catalogue of controls with their outcome', load: () => import('./control.ts') },
  { name: 'check', summary: 'judge a spec before it is merged; needs no server and no data', load: () => import('./check.ts') },
  {
    name: 'policy',
    summary: 'what the guard makes true: check, test, explain, replay, apply, roll back',
    load: () => import('./policy.ts'),
  },
  { name: 'limit', summary: 'limits that the recorded traffic suggests', load: () => import('./limit.ts') },
  { name: 'drill', summary: 'break the guard on purpose, and see what becomes of requests', load: () => import('./drill.ts') },
  { name: 'waive', summary: 'accept a finding or control until a date, in stance.yaml', load: () => import('./waive.ts') },
  { name: 'key', summary: 'API keys for the guard: create, list, rotate, withdraw', load: () => import('./key.ts') },
  { name: 'init', summary: 'write a commented stance.yaml from what is found here', load: () => import('./init.ts') },
  { name: 'export', summary: 'the inventory as OpenAPI, CycloneDX, CSV or JSON', load: () => import('./export.ts') },
  { name: 'doctor', summary: 'what works, what is doubtful, and what cannot be seen', load: () => import('./doctor.ts') },
  { name: 'config', summary: 'where a setting comes from', load: () => import('./config.ts') },
  { name: 'workspace', summary: 'list or delete workspaces', load: () => import('./workspace.ts') },
  { name: 'link', summary: 'a new one-time link to the page of a running server', load: () => import('./link.ts') },
];

const globalValueOptions: ReadonlySet<string> = new Set(['--data', '--url', '--workspace', '-w', '--output', '-o']);

const exitCodes = `
Results go to standard output, everything else to standard error.
Exit codes: 0 ok, 1 gate failed, 2 usage or configuration, 3 nothing to do, 4 sign-in needed,
            5 server, storage or network, 6 incomplete result, 130 interrupted.

First steps:
  stance import openapi.yaml access.log     build the inventory and the posture
  stance status                             read it
  stance next                               the one change to make`;

async function program(args: readonly string[]): Promise<Command> {
  const root = new Command('stance')
    .description('API security posture: what the evidence proves, and the one change to make next.')
    .version(packageVersion(), '--version', 'print the version')
    .option('--data <dir>', 'data folder (default: $STANCE_DATA, else ./.stance)')
    .option('--url <address>', 'PostgreSQL address instead of files (also $STANCE_URL)')
    .option('-w, --workspace <name>', 'workspace (default: $STANCE_WORKSPACE, else main)')
    .option('--json', 'the result as JSON')
    .option('--jsonl', 'the result as JSON lines')
    .option('-o, --output <file>', 'write the result to a file')
    .option('--no-color', 'no colours (also $NO_COLOR)')
    .option('--ascii', 'no characters beyond ASCII in tables')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText('after', exitCodes)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, commandUsage: (command) => usageOf(command) })
    .exitOverride();
  const wanted = commandNamed(args);
  for (const entry of commands) {
    const command = root.command(entry.name).description(entry.summary).helpCommand(false);
    command.exitOverride().showHelpAfterError(`stance ${entry.name} --help tells what it takes.`);
    if (entry.name === wanted) (await entry.load()).define(command);
  }
  return root;
}

/** `stance inventory list [options]`, not the whole chain with every parent's options. */
function usageOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return `${names.join(' ')} ${command.usage()}`;
}

/** The first word that is no option and no value of a global option. */
export function commandNamed(args: readonly string[]): string | null {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (globalValueOptions.has(word)) at++;
    else if (!word.startsWith('-')) return word;
  }
  return null;
}

function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String((parsed as { version: unknown }).version);
}

/** A reader that goes away early (`| head`) ends the output, not the program with an error. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

/** Node says so of its own SQLite; the version is pinned, and the notice would stand in front of every answer. */
function withoutSqliteNotice(): void {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emit(warning, ...rest);
  }) as typeof process.emitWarning;
}

/** Keeps compiled code between runs, which halves the start; in a folder of the user's own, since code is run from it. */
function keepCompiledCode(): void {
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stance', 'compiled'));
}

export async function main(args: readonly string[]): Promise<number> {
  keepCompiledCode();
  survivePipes();
  withoutSqliteNotice();
  try {
    const root = await program(args);
    if (args.length === 0) {
      root.outputHelp();
      return 0;
    }
    await root.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return explain(error);
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
