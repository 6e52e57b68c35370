/**
 * Measures path templating against recorded and synthetic traffic whose templates are known.
 *   node bench/inventory.ts --data DIR [--bench DIR] [--only NAME,...] [--list]      our scores beside public rule sets
 *   node bench/inventory.ts --in requests.otel.jsonl.gz --out system.json           one set, for another scorer
 * The scorers are not part of this repository: `--bench`, else STANCE_BENCH, else ../shared/bench.
 */
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Exchange, emptyExchange, type JsonValue } from '../src/engine/http/exchange.ts';
import { pathSegmenter } from '../src/engine/http/path-segmenter.ts';
import { PathStats } from '../src/engine/inventory/aggregate.ts';
import { type LearnedTemplates, learnTemplates } from '../src/engine/inventory/templating/learn.ts';
import { record } from '../src/engine/record.ts';

type Line = Record<string, JsonValue>;

interface System {
  readonly templates: readonly { method: string; template: string }[];
  readonly assignments: Record<string, number | null>;
}

interface Score {
  readonly templates: Record<string, number | null>;
  readonly spurious: Record<string, number>;
  readonly requests: { accuracy: number; noiseTakenShare: number; byKind: Record<string, number> };
  readonly examples: Record<string, string[]>;
  readonly missed: string[];
}

interface Scorer {
  readLines(file: string): string[];
  score(truth: unknown[], system: System): Score;
}

function options(argv: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  argv.forEach((word, index) => {
    if (!word.startsWith('--')) return;
    const next = argv[index + 1];
    found.set(word.slice(2), next === undefined || next.startsWith('--') ? 'true' : next);
  });
  return found;
}

function readLines(file: string): Line[] {
  const raw = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** An OpenTelemetry-like line as the sources hand it over. */
function exchangeOf(line: Line, number: number): Exchange {
  const type = text(line['http.response.header.content-type']);
  const responseBody = line['http.response.body'];
  const requestBody = line['http.request.body'];
  const status = line['http.response.status_code'];
  return {
    ...emptyExchange,
    atMs: Date.parse(text(line.timestamp) ?? ''),
    method: text(line['http.request.method']) ?? 'GET',
    host: text(line['server.address']),
    path: text(line['url.path']) ?? '/',
    query: text(line['url.query']),
    status: typeof status === 'number' ? status : null,
    clientAddress: text(line['client.address']),
    userAgent: text(line['user_agent.original']),
    principal: text(line['enduser.id']),
    responseHeaders: type === null ? null : [{ name: 'content-type', value: type }],
    requestBody: requestBody === undefined ? null : { mediaType: 'application/json', text: null, json: requestBody },
    responseBody: responseBody === undefined ? null : { mediaType: type ?? 'application/json', text: null, json: responseBody },
    line: number,
  };
}

/** Learns one file and says which template each request belongs to. */
function learnFile(file: string): { system: System; learned: LearnedTemplates; learnMs: number } {
  const prints = new Map<string, string>();
  const fingerprint = (purpose: string, value: string): string => {
    const key = `${purpose}\0${value}`;
    let print = prints.get(key);
    if (print === undefined) {
      print = createHmac('sha256', 'bench').update(key).digest('base64url').slice(0, 22);
      prints.set(key, print);
    }
    return print;
  };
  const stats = new PathStats();
  const context = { fingerprint, segment: pathSegmenter(fingerprint) };
  const statOf = readLines(file).map((line, number) => stats.add('service', record(exchangeOf(line, number + 1), context)));
  const list = stats.list();
  const started = performance.now();
  const learned = learnTemplates(list, [], []);
  const learnMs = performance.now() - started;
  const indexOf = new Map(list.map((stat, index) => [stat, index]));
  const templateOf = new Map<number, number>();
  learned.templates.forEach((template, index) => {
    for (const at of template.paths) templateOf.set(at, index);
  });
  const assignments: Record<string, number | null> = {};
  statOf.forEach((stat, number) => {
    assignments[String(number)] = templateOf.get(indexOf.get(stat) ?? -1) ?? null;
  });
  return { system: { templates: learned.templates.map(({ method, template }) => ({ method, template })), assignments }, learned, learnMs };
}

async function main(): Promise<void> {
  const given = options(process.argv.slice(2));
  const input = given.get('in');
  const output = given.get('out');
  if (input !== undefined && output !== undefined) {
    writeFileSync(output, JSON.stringify(learnFile(input).system));
    return;
  }
  const root = path.resolve(import.meta.dirname, '..');
  const bench = path.resolve(given.get('bench') ?? process.env.STANCE_BENCH ?? path.join(root, '../shared/bench'), 'inventory');
  const data = path.resolve(given.get('data') ?? process.env.STANCE_BENCH_DATA ?? path.join(root, '../shared/data/inventory'));
  for (const [what, folder] of [
    ['scorers', bench],
    ['data', data],
  ] as const) {
    if (existsSync(folder)) continue;
    console.error(`No ${what} at ${folder}. They are not part of this repository; name their place with --bench and --data.`);
    process.exitCode = 2;
    return;
  }
  const scorer = (await import(pathToFileURL(path.join(bench, 'score.mjs')).href)) as Scorer;
  const only = given.get('only')?.split(',');
  const means = new Map<string, number[][]>();
  const columns = ['f1', 'precision', 'recall', 'recallEvident', 'recallRare', 'accuracy', 'noise', 'wide', 'narrow', 'noiseOnly', 'ms'];
  console.log(['set'.padEnd(24), ...columns.map((name) => name.padStart(9))].join(' '));
  for (const group of ['synthetic', 'recorded']) {
    const folder = path.join(data, group);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      const set = path.join(folder, name);
      if (only !== undefined && !only.includes(name) && !only.includes(`${group}/${name}`)) continue;
      const { system, learnMs } = learnFile(path.join(set, 'requests.otel.jsonl.gz'));
      const truth = scorer.readLines(path.join(set, 'truth.jsonl.gz')).map((line) => JSON.parse(line) as unknown);
      const s = scorer.score(truth, system);
      const t = s.templates;
      const row = [
        t.f1,
        t.precision,
        t.recall,
        t.recallEvident,
        t.recallRare,
        s.requests.accuracy,
        s.requests.noiseTakenShare,
        s.spurious.tooWide,
        s.spurious.tooNarrow,
        s.spurious.noiseOnly,
        learnMs,
      ].map((x) => x ?? Number.NaN);
      const list = means.get(group) ?? [];
      list.push(row);
      means.set(group, list);
      console.log(
        [`${group}/${name}`.padEnd(24), ...row.map((x) => (Number.isInteger(x) || x > 10 ? x.toFixed(0) : x.toFixed(3)).padStart(9))].join(
          ' ',
        ),
      );
      if (given.has('list')) {
        for (const [kind, examples] of Object.entries(s.examples)) for (const example of examples) console.log(`   ${kind}: ${example}`);
        for (const missed of s.missed) console.log(`   missed: ${missed}`);
      }
    }
    const rows = means.get(group) ?? [];
    const mean = columns.map((_, column) => {
      const known = rows.map((row) => row[column] ?? Number.NaN).filter((x) => !Number.isNaN(x));
      return known.reduce((sum, x) => sum + x, 0) / Math.max(1, known.length);
    });
    console.log([`MEAN ${group} (${rows.length})`.padEnd(24), ...mean.map((x) => x.toFixed(3).padStart(9))].join(' '));
  }
  if (given.has('baselines')) baselines(bench, data);
}

/** The public rule sets, run by their own runner in the same session. */
function baselines(bench: string, data: string): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-bench-'));
  for (const algorithm of ['int-uuid', 'regex-plus', 'mitmproxy2swagger', 'apiclarity', 'akto', 'optic', 'cardinality']) {
    const run = spawnSync(process.execPath, [path.join(bench, 'run-all.mjs'), '--data', data, '--algo', algorithm], {
      encoding: 'utf8',
      cwd: folder,
    });
    for (const line of run.stdout.split('\n').filter((line) => line.startsWith('MEAN'))) console.log(`${algorithm.padEnd(18)} ${line}`);
  }
  rmSync(folder, { recursive: true, force: true });
}

await main();
