/**
 * The guard as it runs, its supervisor included, beside nginx, nginx with the OWASP Core Rule Set and HAProxy, in one run:
 *   node bench/guard.ts [--seconds 2] [--rounds 3] [--only guard]
 * CPU microseconds a request are the least of all rounds, which others on the machine disturb least; a core does a million of
 * them a second. Added latency is against the service itself, over one connection, the median of all rounds.
 * Needs nginx and wrk; what else is missing is named and left out.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeLevels } from './guard-cost/levels.ts';
import { nginxOrigin, peers } from './guard-cost/peers.ts';
import { cpuSeconds, freePort, isInstalled, pinned, type Running, start, stop } from './guard-cost/processes.ts';
import { fieldsOf, type LoadCase, loadCases } from './guard-cost/requests.ts';

const CONNECTIONS = 32;
/** A process that has just started compiles what it runs: the first rounds would tell of that. */
const WARM_SECONDS = 3;
/** For a target too slow to answer anything in the usual time. */
const PATIENCE_SECONDS = 8;
const { values: given } = parseArgs({
  options: { seconds: { type: 'string' }, rounds: { type: 'string' }, only: { type: 'string' } },
});
const seconds = Number(given.seconds ?? 2);
const rounds = Number(given.rounds ?? 3);
const isWanted = (name: string) => given.only === undefined || name === 'nginx' || name.includes(given.only);

interface Round {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Answered {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const missing = ['nginx', 'wrk'].filter((program) => !isInstalled(program));
if (missing.length > 0) process.stdout.write(`Skipped: this bench needs ${missing.join(' and ')} on the path.\n`);
else await compare();

async function compare(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'stance-guard-bench-'));
  const targets = new Map<string, Running>();
  try {
    const { levels, token, specFile } = await writeLevels(dir);
    const originPort = await freePort();
    const begin = async (name: string, core: 'serving' | 'loading', commandOf: (port: number) => readonly string[], port?: number) => {
      const at = port ?? (await freePort());
      targets.set(name, await start(core, commandOf(at), at));
    };
    await begin('direct', 'loading', (port) => nginxOrigin(dir, port), originPort);
    for (const peer of peers) {
      if (!isWanted(peer.name)) continue;
      if (peer.missing === null) await begin(peer.name, 'serving', (port) => peer.command(dir, port, originPort));
      else process.stdout.write(`Left out: ${peer.missing}.\n`);
    }
    for (const level of levels) {
      const name = `guard, ${level.name}`;
      if (!isWanted(name)) continue;
      const data = join(dir, `data-${targets.size}`);
      mkdirSync(data);
      const upstream = `http://127.0.0.1:${originPort}`;
      await begin(name, 'serving', (port) => [
        ...[process.execPath, 'src/cli/main.ts', 'guard', '--workers', '1', '--data', data, '--policy', level.file],
        ...['--upstream', upstream, '--listen', `127.0.0.1:${port}`, ...(level.isSpecified ? ['--spec', specFile] : [])],
      ]);
    }
    for (const load of loadCases) {
      const script = join(dir, `${load.name.replaceAll(' ', '-')}.lua`);
      writeFileSync(script, wrkScript(load, token));
      print(load, measured(targets, load, script));
    }
  } finally {
    for (const running of targets.values()) await stop(running);
    rmSync(dir, { recursive: true, force: true });
  }
}

function measured(targets: ReadonlyMap<string, Running>, load: LoadCase, script: string): ReadonlyMap<string, readonly Round[]> {
  const all = new Map<string, Round[]>([...targets.keys()].map((name) => [name, []]));
  for (const { port } of targets.values()) wrk(port, load, script, CONNECTIONS, WARM_SECONDS);
  for (let round = 0; round < rounds; round++) {
    for (const [name, { child, port }] of targets) {
      const before = cpuSeconds(child.pid ?? 0);
      const many = wrk(port, load, script, CONNECTIONS, seconds);
      const cpuMicros = ((cpuSeconds(child.pid ?? 0) - before) / many.requests) * 1e6;
      const { p50Ms, p99Ms } = wrk(port, load, script, 1, 1);
      all.get(name)?.push({ cpuMicros, perSecond: many.requests / seconds, p50Ms, p99Ms });
    }
  }
  return all;
}

function print(load: LoadCase, all: ReadonlyMap<string, readonly Round[]>): void {
  const columns = ['CPU us', 'a core/s', 'as run/s', 'of nginx', '+p50 us', '+p99 us'];
  process.stdout.write(`\n${load.name.padEnd(24)}${columns.map((column) => column.padStart(10)).join('')}\n`);
  const least = (name: string) => Math.min(...(all.get(name) ?? []).map(({ cpuMicros }) => cpuMicros));
  const direct = all.get('direct') ?? [];
  for (const [name, done] of all) {
    if (name === 'direct') continue;
    const added = (key: 'p50Ms' | 'p99Ms') => (median(done.map((round) => round[key])) - median(direct.map((round) => round[key]))) * 1_000;
    const micros = least(name);
    const figures = [
      ...[micros.toFixed(0), (1e6 / micros).toFixed(0), median(done.map(({ perSecond }) => perSecond)).toFixed(0)],
      ...[(least('nginx') / micros).toFixed(2), added('p50Ms').toFixed(0), added('p99Ms').toFixed(0)],
    ];
    process.stdout.write(`${name.padEnd(24)}${figures.map((figure) => figure.padStart(10)).join('')}\n`);
  }
}

/** wrk adds a second `Host` unless it finds its own spelling. */
function wrkScript(load: LoadCase, token: string): string {
  const fields = Object.entries(fieldsOf(load, token)).map(
    ([name, value]) => `wrk.headers["${name === 'host' ? 'Host' : name}"] = "${value}"\n`,
  );
  return `wrk.method = "${load.method}"\n${fields.join('')}${load.body === null ? '' : `wrk.body = [==[${load.body}]==]\n`}`;
}

/** @throws when any answer was not a success: a refusal costs less than a request let through */
function wrk(port: number, load: LoadCase, script: string, connections: number, forSeconds: number): Answered {
  const { name, target } = load;
  const [program = '', ...args] = pinned('loading', [
    ...['wrk', '-t1', `-c${connections}`, `-d${forSeconds}s`, '--latency', '-s', script, `http://127.0.0.1:${port}${target}`],
  ]);
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  // Slow ones still work off what the run before left in their queues.
  if (requests === 0 && forSeconds < PATIENCE_SECONDS) return wrk(port, load, script, connections, PATIENCE_SECONDS);
  if (requests === 0 || stdout.includes('Non-2xx')) throw new Error(`${name} on port ${port} was not answered well:\n${stdout}`);
  const quantile = (share: number) => milliseconds(new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout));
  return { requests, p50Ms: quantile(50), p99Ms: quantile(99) };
}

function milliseconds(match: RegExpExecArray | null): number {
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };
  return Number(match?.[1] ?? Number.NaN) * (units[match?.[2] ?? ''] ?? Number.NaN);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
