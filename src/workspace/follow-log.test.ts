import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openInputs } from '../sources/input.ts';
import { openWorkspace } from './open-workspace.ts';
import type { Workspace } from './use-cases.ts';

let dir = '';
let log = '';
let written = 0;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-follow-'));
  log = join(dir, 'access.log');
  written = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function lines(count: number): string {
  let text = '';
  for (let at = 0; at < count; at++, written++)
    text += `198.51.100.7 - - [03/Mar/2026:08:${String(Math.floor(written / 60) % 60).padStart(2, '0')}:${String(written % 60).padStart(2, '0')} +0000] "GET /orders/${1000 + written} HTTP/1.1" 200 12 "-" "okhttp/4.9"\n`;
  return text;
}

async function counted(workspace: Workspace): Promise<number> {
  return (await workspace.store.listPaths()).reduce((sum, row) => sum + row.stat.count, 0);
}

/** Follows until `until` lines are acknowledged, then stops. */
async function followUntil(until: number, during: () => Promise<void> | void): Promise<void> {
  const workspace = await openWorkspace({ dir: join(dir, 'data'), mode: 'write' });
  const stop = new AbortController();
  const following = workspace.follow(log, { signal: stop.signal });
  await during();
  await vi.waitFor(async () => expect(await counted(workspace)).toBe(until), { timeout: 20_000, interval: 100 });
  stop.abort();
  await following;
  await workspace.close();
}

test('a followed log grows and rotates without a line lost or counted twice, also across a restart', async () => {
  writeFileSync(log, lines(30));
  await followUntil(80, async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    appendFileSync(log, lines(20));
    await new Promise((resolve) => setTimeout(resolve, 500));
    renameSync(log, `${log}.1`);
    writeFileSync(log, lines(30));
  });
  appendFileSync(log, lines(15));
  await followUntil(120, () => {
    appendFileSync(log, lines(25));
  });
  const reader = await openWorkspace({ dir: join(dir, 'data'), mode: 'read' });
  const sources = await reader.store.listSources();
  expect(sources.map((source) => [source.state, source.account.seen])).toEqual([['complete', 120]]);
  expect((await reader.store.allOperations()).map((operation) => `${operation.template} ${operation.traffic?.count}`)).toEqual([
    '/orders/{orderId} 120',
  ]);
  await reader.close();
}, 60_000);

test('following goes on where an import of the same log ended', async () => {
  writeFileSync(log, lines(40));
  const workspace = await openWorkspace({ dir: join(dir, 'data'), mode: 'write' });
  await workspace.importInputs(openInputs(log), {});
  await workspace.close();
  await followUntil(50, () => {
    appendFileSync(log, lines(10));
  });
}, 60_000);

test('items handed over live are counted once and outlive a restart', async () => {
  const exchange = (line: number) => ({
    kind: 'exchange' as const,
    exchange: { ...emptyCall, line, path: `/orders/${line}`, atMs: 1_772_000_000_000 + line * 1000 },
  });
  const { emptyExchange } = await import('../engine/http/exchange.ts');
  const emptyCall = { ...emptyExchange, status: 200, host: 'api.shop.example' };
  for (const round of [0, 1]) {
    const workspace = await openWorkspace({ dir: join(dir, 'data'), mode: 'write' });
    const live = workspace.openLive('otlp', 'otlp');
    await Promise.all(Array.from({ length: 10 }, (_, at) => live.push([exchange(round * 20 + at * 2), exchange(round * 20 + at * 2 + 1)])));
    await live.close();
    expect(await counted(workspace)).toBe((round + 1) * 20);
    expect((await workspace.store.listSources())[0]?.account.seen).toBe((round + 1) * 20);
    await workspace.close();
  }
});
