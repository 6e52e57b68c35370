/** Imports a million-line access log through the command line, beside goaccess on the same file */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeCombinedLog } from './import-log/combined-log.ts';
import { type MeasuredRun, measuredRun } from './import-log/measured-run.ts';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { lines: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '7' } } });
const lines = Number(values.lines);
const scratch = mkdtempSync(path.join(tmpdir(), 'stance-bench-'));

try {
  const log = path.join(scratch, 'access.log');
  const bytes = await writeCombinedLog(log, { lines, seed: Number(values.seed), fromMs: Date.parse('2026-11-01T00:00:00Z'), days: 7 });
  process.stdout.write(`${lines} lines, ${(bytes / 1e6).toFixed(0)} MB, nginx combined, seed ${values.seed}\n\n`);

  const stance = await measuredRun(process.execPath, [
    path.join(root, 'src/cli/main.ts'),
    'import',
    log,
    '--data',
    path.join(scratch, 'data'),
  ]);
  const goaccess = await goaccessRun(log);
  row('', 'seconds', 'lines/s', 'peak MB');
  print('stance import', stance);
  if (goaccess === null) process.stdout.write('goaccess       not installed here (apt-get install goaccess): no ratio\n');
  else {
    print('goaccess', goaccess);
    if (stance.code === 0 && goaccess.code === 0)
      process.stdout.write(`\nstance takes ${(stance.seconds / goaccess.seconds).toFixed(2)} times as long as goaccess\n`);
  }
  if (stance.code !== 0) {
    process.stderr.write(`stance import ended with ${stance.code}:\n${stance.said}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** null when goaccess is not there. */
async function goaccessRun(log: string): Promise<MeasuredRun | null> {
  try {
    return await measuredRun('goaccess', [log, '--no-global-config', '--log-format=COMBINED', '-o', path.join(scratch, 'report.json')]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function print(name: string, run: MeasuredRun): void {
  const memory = run.memoryMb === null ? 'unknown' : run.memoryMb.toFixed(0);
  row(name, run.seconds.toFixed(1), Math.round(lines / run.seconds).toLocaleString('en'), run.code === 0 ? memory : `failed (${run.code})`);
}

function row(name: string, ...cells: readonly string[]): void {
  process.stdout.write(`${name.padEnd(15)}${cells.map((cell) => cell.padStart(12)).join('')}\n`);
}
