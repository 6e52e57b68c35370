import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';
import { HOUR_MS, START_MS } from './store-samples.fixture.ts';

const LOOP = fileURLToPath(new URL('./commit-loop.fixture.ts', import.meta.url));
const ROUNDS = 24;
const now = () => START_MS;
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-crash-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a process that is killed while it imports', () => {
  test(`leaves all it acknowledged and nothing twice, ${ROUNDS} times over at any moment`, { timeout: 180_000 }, async () => {
    // 7 to 90 ms after the first step: steps take a few milliseconds, so kills fall into every part of one.
    const moments = Array.from({ length: ROUNDS }, (_, round) => 7 + ((round * 37) % 83));
    let before = 0;
    for (const moment of moments) {
      const child = importer();
      await child.said((line) => line === String(before + 1));
      await new Promise((resolve) => setTimeout(resolve, moment));
      await child.kill();
      const acknowledged = Number(child.lines().findLast((line) => /^\d+$/.test(line)));

      const store = await openStore({ dir, workspace: 'main', mode: 'write', now });
      const line = (await store.findCheckpoints())[0]?.line ?? 0;
      // At most the step under way when the kill came may be there without having been acknowledged.
      expect(line).toBeGreaterThanOrEqual(acknowledged);
      expect(line).toBeLessThanOrEqual(acknowledged + 1);
      expect((await store.listRollups({ pathIds: [1], fromMs: 0 })).map((row) => [row.hourMs, row.count])).toEqual([
        [START_MS, line],
        [START_MS + HOUR_MS, line],
      ]);
      expect((await exchangeLines(store)).sort((a, b) => a - b)).toEqual(Array.from({ length: line }, (_, at) => at + 1));
      const paths = await store.listPaths();
      expect(paths.find((path) => path.id === 1)?.stat.count).toBe(line);
      expect(paths).toHaveLength(line + 1);
      expect(new Set((await store.allOperations()).map((operation) => operation.summary)).size).toBeLessThanOrEqual(1);
      await store.close();
      before = line;
    }
    expect(before).toBeGreaterThanOrEqual(ROUNDS);
  });

  test('holds others off while it lives and no longer, and lets readers see whole inventories meanwhile', async () => {
    const child = importer();
    await child.said((line) => line === '8');
    const refused = await openStore({ dir, workspace: 'main', mode: 'write', now }).catch((cause: unknown) => cause);
    expect(refused).toMatchObject({
      code: 'workspace-busy',
      message: expect.stringContaining(`Process ${child.pid} (commit loop)`),
      next: expect.stringContaining(`kill ${child.pid}`),
    });
    const reader = await openStore({ dir, workspace: 'main', mode: 'read', now });
    const marks = new Set<string | null>();
    for (let look = 0; look < 30; look++) {
      const seen = new Set((await reader.allOperations()).map((operation) => operation.summary));
      expect(seen.size).toBe(1);
      for (const mark of seen) marks.add(mark);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(marks.size).toBeGreaterThan(1);
    await child.kill();
    const store = await openStore({ dir, workspace: 'main', mode: 'write', now });
    expect((await store.findCheckpoints())[0]?.line).toBeGreaterThanOrEqual(8);
    await store.close();
    await reader.close();
  });
});

describe('a disk with no room left', () => {
  // The shell's file size limit stands for the full disk: the kernel refuses the write in the same place.
  test.runIf(process.platform === 'linux')(
    'stops the import with a clear error, keeps every step before it, and goes on when there is room (needs ulimit of Linux)',
    async () => {
      const child = importer('ulimit -f 700; ');
      await child.ended;
      const failed: unknown = JSON.parse(
        child
          .lines()
          .find((line) => line.startsWith('failed '))
          ?.slice(7) ?? 'null',
      );
      expect(failed).toMatchObject({
        code: 'storage-full',
        unchanged: expect.stringContaining('everything saved before it is kept'),
        next: expect.stringContaining('goes on where it stopped'),
      });
      const acknowledged = Number(child.lines().findLast((line) => /^\d+$/.test(line)) ?? 0);
      expect(acknowledged).toBeGreaterThan(0);

      const store = await openStore({ dir, workspace: 'main', mode: 'write', now });
      const line = (await store.findCheckpoints())[0]?.line ?? 0;
      expect(line).toBeGreaterThanOrEqual(acknowledged);
      expect((await store.listRollups({ pathIds: [1], fromMs: 0 }))[0]?.count).toBe(line);
      expect(await exchangeLines(store)).toHaveLength(line);
      await store.close();

      const again = importer('', '5');
      await again.ended;
      expect(again.lines().at(-1)).toBe(String(line + 5));
    },
  );
});

async function exchangeLines(store: Store): Promise<number[]> {
  const lines: number[] = [];
  for (let beforeMs = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = await store.listExchanges({ pathIds: [1], limit: 1000, beforeMs });
    lines.push(...rows.map((row) => row.line));
    const last = rows[rows.length - 1];
    if (last === undefined || rows.length < 1000) return lines;
    beforeMs = last.atMs;
  }
}

/** The commit loop as a process of its own; `limits` is shell text put in front. */
function importer(limits = '', steps = '100000') {
  const child: ChildProcess =
    limits === ''
      ? spawn(process.execPath, [LOOP, dir, steps], { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('/bin/bash', ['-c', `${limits} exec "$0" "$@"`, process.execPath, LOOP, dir, steps], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  let text = '';
  const watchers = new Set<() => void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of watchers) look();
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const lines = () => text.split('\n').slice(0, -1);
  return {
    pid: child.pid,
    lines,
    ended,
    said: (matches: (line: string) => boolean) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!lines().some(matches)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`the import ended by itself: ${text.slice(-300)}`)));
        look();
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
