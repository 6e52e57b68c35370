import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInputs } from '../../src/sources/input.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const LINES = 60_000;
const KILLS = 8;
let folder = '';
let log = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stance-killed-'));
  log = join(folder, 'access.log');
  const lines = Array.from(
    { length: LINES },
    (_, at) =>
      `10.0.${at % 7}.${at % 200} - - [03/Mar/2025:0${at % 10}:${String(at % 60).padStart(2, '0')}:00 +0000] "GET /orders/${at} HTTP/1.1" 200 ${at % 900} "-" "okhttp/4.9"`,
  );
  writeFileSync(log, `${lines.join('\n')}\n`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the import and kills it a little after its next acknowledgement; answers what it had acknowledged, and whether it got to the end. */
function runAndKill(dir: string, afterMs: number): Promise<{ acknowledged: number; done: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'import-child.ts'), dir, log], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let timer: NodeJS.Timeout | null = null;
    child.stdout.on('data', (chunk) => {
      text += chunk;
      timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.on('error', reject);
    child.on('close', () => {
      if (timer !== null) clearTimeout(timer);
      const counts = [...text.matchAll(/acknowledged (\d+)/g)].map((match) => Number(match[1]));
      resolve({ acknowledged: counts.at(-1) ?? 0, done: text.includes('done') });
    });
  });
}

test('an import killed anywhere keeps what it acknowledged, goes on where it stopped and counts nothing twice', async () => {
  const dir = join(folder, 'data');
  let acknowledged = 0;
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const run = await runAndKill(dir, kill * 25);
    if (run.done) break;
    acknowledged = Math.max(acknowledged, run.acknowledged);
    killed++;
    const reader = await openWorkspace({ dir, mode: 'read' });
    const source = (await reader.store.listSources())[0];
    expect(source?.account.seen ?? 0).toBeGreaterThanOrEqual(acknowledged);
    const counted = (await reader.store.listPaths()).reduce((sum, row) => sum + row.stat.count, 0);
    expect(counted).toBe(source?.account.seen);
    await reader.close();
  }
  expect(killed).toBeGreaterThanOrEqual(2);
  const workspace = await openWorkspace({ dir, mode: 'write' });
  await workspace.importInputs(openInputs(log), {});
  const again = await workspace.importInputs(openInputs(log), {});
  expect(again.inputs[0]?.already).toBe(LINES);
  const rows = await workspace.store.listPaths();
  expect(rows.reduce((sum, row) => sum + row.stat.count, 0)).toBe(LINES);
  const operations = await workspace.store.allOperations();
  expect(operations.map((operation) => `${operation.method} ${operation.template} ${operation.traffic?.count}`)).toEqual([
    `GET /orders/{orderId} ${LINES}`,
  ]);
  const rollups = await workspace.store.listRollups({ fromMs: 0 });
  expect(rollups.reduce((sum, row) => sum + row.count, 0)).toBe(LINES);
  expect((await workspace.store.listSources())[0]?.state).toBe('complete');
  await workspace.close();
});

test('a second writer on the same folder is told who holds it', async () => {
  const dir = join(folder, 'busy');
  const first = await openWorkspace({ dir, mode: 'write', holder: 'the first' });
  await expect(openWorkspace({ dir, mode: 'write' })).rejects.toMatchObject({ code: 'workspace-busy' });
  await first.close();
  await (await openWorkspace({ dir, mode: 'write' })).close();
});
