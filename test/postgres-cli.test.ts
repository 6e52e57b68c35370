import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from './postgres.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../src/cli/main.ts');
const started = await startPostgres();
const absent = typeof started === 'string' ? started : null;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stance-pg-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (absent === null) await (started as TestPostgres).stop();
});

test.skipIf(absent !== null)(
  'the command line keeps a workspace in PostgreSQL (needs PostgreSQL)',
  async () => {
    const stance = async (...words: string[]) => {
      const { stdout } = await run(process.execPath, [
        main,
        ...words,
        '--url',
        (started as TestPostgres).url,
        '--data',
        join(folder, 'data'),
      ]);
      return stdout;
    };
    const log = join(folder, 'access.log');
    writeFileSync(
      log,
      Array.from(
        { length: 50 },
        (_, at) =>
          `198.51.100.${at} - - [03/Mar/2026:08:00:${String(at).padStart(2, '0')} +0000] "GET /orders/${at} HTTP/1.1" 200 12 "-" "okhttp/4.9"\n`,
      ).join(''),
    );
    await stance('import', log);
    const rows = JSON.parse(await stance('inventory', 'list', '--json'));
    expect(rows.map((row: { method: string; template: string; count: number }) => `${row.method} ${row.template} ${row.count}`)).toEqual([
      'GET /orders/{orderId} 50',
    ]);
    expect(JSON.parse(await stance('status', '--json'))).toMatchObject({ pillars: { people: { proven: 0 } } });
    expect(JSON.parse(await stance('next', '--json')).title).toBeTypeOf('string');
  },
  120_000,
);
