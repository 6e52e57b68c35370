import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInputs } from '../../src/sources/input.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';
import type { Workspace } from '../../src/workspace/use-cases.ts';

let dir = '';
let workspace: Workspace;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-bad-input-'));
  workspace = await openWorkspace({ dir: join(dir, 'data'), mode: 'write' });
});
afterEach(async () => {
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

function lines(count: number, from = 0): string {
  return Array.from(
    { length: count },
    (_, at) =>
      `198.51.100.7 - - [03/Mar/2026:08:00:00 +0000] "GET /orders/${from + at} HTTP/1.1" 200 12 "-" "agent-${Math.sin(from + at)}"\n`,
  ).join('');
}

async function importBytes(name: string, bytes: Uint8Array | string) {
  const file = join(dir, name);
  writeFileSync(file, bytes);
  return (await workspace.importInputs(openInputs(file), {})).inputs[0];
}

async function counted(): Promise<number> {
  return (await workspace.store.listPaths()).reduce((sum, row) => sum + row.stat.count, 0);
}

test('a gzip that breaks off keeps what could be read, says so, and can be completed by the whole file', async () => {
  const whole = gzipSync(lines(20_000));
  const broken = await importBytes('access.log.gz', whole.subarray(0, Math.floor(whole.length * 0.6)));
  expect(broken?.error?.code).toBe('incomplete');
  expect(broken?.account.read).toBeGreaterThan(1_000);
  expect(await counted()).toBe((broken?.account.seen ?? 0) - (broken?.account.malformed ?? 0));
  expect((await workspace.store.listSources())[0]?.state).toBe('interrupted');
  const completed = await importBytes('access.log.gz', whole);
  expect(completed?.error).toBeNull();
  expect(completed?.already).toBe(broken?.account.seen);
  expect(await counted()).toBe(20_000);
});

test('binary rubbish among the lines is counted with its line numbers and stops nothing', async () => {
  const rubbish = Buffer.from([0, 1, 2, 255, 254, 128, 0, 10]);
  const imported = await importBytes(
    'access.log',
    Buffer.concat([Buffer.from(lines(500)), rubbish, rubbish, Buffer.from(lines(500, 500))]),
  );
  expect(imported?.account).toMatchObject({ seen: 1_002, read: 1_000, malformed: 2 });
  expect(imported?.account.malformedLines.map((entry) => entry.line)).toEqual([501, 502]);
});

test('a line too long to be one is counted and not kept', async () => {
  const imported = await importBytes('access.log', `${lines(300)}${'x'.repeat(3_000_000)}\n${lines(10, 300)}`);
  expect(imported?.account).toMatchObject({ read: 310, malformed: 1 });
});

test('a specification whose references run in circles, or point nowhere, gives what can be read and says where', async () => {
  const imported = await importBytes(
    'loop.yaml',
    `openapi: 3.0.3
info: { title: loop, version: '1' }
paths:
  /nodes/{id}:
    get:
      responses:
        '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Node' } } } }
  /broken:
    get:
      responses:
        '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Missing' } } } }
components:
  schemas:
    Node: { type: object, properties: { name: { type: string }, next: { $ref: '#/components/schemas/Node' } } }
`,
  );
  expect(imported?.error).toBeNull();
  expect(imported?.operationsDeclared).toBe(2);
  const findings = await workspace.store.listFindings();
  const dangling = findings.find((finding) => finding.rule.includes('reference'));
  expect(dangling?.places[0]?.line).toBe(11);
});

test('a specification that ends in the middle is refused or read, never half of a crash, and nothing else is touched', async () => {
  await importBytes(
    'good.yaml',
    "openapi: 3.0.3\ninfo: { title: good, version: '1' }\npaths:\n  /a:\n    get: { responses: { '200': { description: ok } } }\n",
  );
  const cut = await importBytes(
    'cut.json',
    '{"openapi":"3.0.3","info":{"title":"cut","version":"1"},"paths":{"/b":{"get":{"responses":{"200":{"desc',
  );
  expect(cut?.error === null || typeof cut?.error?.message === 'string').toBe(true);
  expect((await workspace.store.allOperations()).some((operation) => operation.template === '/a')).toBe(true);
});

test('a last line that its writer had not finished is told, and counted when it is finished', async () => {
  const text = lines(50);
  const first = await importBytes('growing.log', text.slice(0, -40));
  expect(first?.account).toMatchObject({ read: 49, malformed: 1 });
  await importBytes('growing.log', text);
  expect(await counted()).toBe(50);
});

test('a name that gives no file does not leave what came before it half taken in', async () => {
  const good = join(dir, 'good.yaml');
  const log = join(dir, 'good.log');
  writeFileSync(
    good,
    "openapi: 3.0.3\ninfo: { title: good, version: '1' }\npaths:\n  /orders/{id}:\n    get: { responses: { '200': { description: ok } } }\n",
  );
  writeFileSync(log, lines(20));
  async function* inputs() {
    yield* openInputs(log);
    yield* openInputs(good);
    yield* openInputs(join(dir, 'nothing*.log'));
  }
  const report = await workspace.importInputs(inputs(), {});
  expect(report.inputs.map((input) => input.error?.code ?? 'ok').sort()).toEqual(['input-unreadable', 'ok', 'ok']);
  expect(
    (await workspace.store.allOperations()).map((operation) => `${operation.template} ${operation.state} ${operation.traffic?.count}`),
  ).toEqual(['/orders/{id} active 20']);
});

test('an empty file and a folder without files are told apart from success', async () => {
  expect((await importBytes('empty.log', ''))?.error?.code).toBe('nothing-to-do');
  await expect(workspace.importInputs(openInputs(join(dir, 'nowhere')), {})).rejects.toMatchObject({ code: 'input-unreadable' });
  expect(await counted()).toBe(0);
});
