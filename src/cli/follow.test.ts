import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { accessLog, stance } from './cli.fixture.ts';

test('a followed log is read on as it grows, ends well when told to, and goes on from there without counting twice', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stance-follow-'));
  try {
    const log = join(dir, 'access.jsonl');
    const lines = accessLog(60).trimEnd().split('\n');
    writeFileSync(log, `${lines.slice(0, 30).join('\n')}\n`);
    const data = join(dir, 'data');
    const calls = async (): Promise<number> => {
      const { stdout, code } = await stance(['inventory', 'list', '--json', '--data', data]);
      return code === 0 ? (JSON.parse(stdout) as { count: number }[]).reduce((sum, { count }) => sum + count, 0) : 0;
    };
    const following = spawn(process.execPath, [resolve(import.meta.dirname, 'main.ts'), 'import', '--follow', log, '--data', data], {
      stdio: 'ignore',
    });
    const ended = new Promise((done) => following.on('exit', done));
    await expect.poll(calls, { timeout: 40_000, interval: 500 }).toBe(30);
    appendFileSync(log, `${lines.slice(30, 45).join('\n')}\n`);
    await expect.poll(calls, { timeout: 40_000, interval: 500 }).toBe(45);
    following.kill('SIGINT');
    expect(await ended).toBe(0);
    appendFileSync(log, `${lines.slice(45).join('\n')}\n`);
    expect((await stance(['import', log, '--data', data])).code).toBe(0);
    expect(await calls()).toBe(60);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 180_000);

test('only one file can be followed, and standard input not at all', async () => {
  for (const files of [['a.log', 'b.log'], ['-']]) {
    expect((await stance(['import', '--follow', ...files])).code).toBe(2);
  }
});
