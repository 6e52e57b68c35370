import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../sources/stance-yaml.ts';
import { accessLog, ordersSpec, type Ran, stance } from './cli.fixture.ts';

let dir: string;
let data: string;
const at = (name: string) => join(dir, name);
const run = (...args: string[]): Promise<Ran> => stance([...args, '--data', data], { cwd: dir });
const json = async <T>(...args: string[]): Promise<T> => {
  const ran = await run(...args, '--json');
  expect(ran.code, `${args.join(' ')}: ${ran.stderr}`).toBe(0);
  return JSON.parse(ran.stdout) as T;
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stance-cli-'));
  data = at('data');
  writeFileSync(at('openapi.yaml'), ordersSpec);
  writeFileSync(at('access.jsonl'), accessLog());
  const ran = await run('import', 'openapi.yaml', 'access.jsonl');
  expect(ran.code, ran.stderr).toBe(0);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('what a program reads', () => {
  test('inventory list is an array with every operation and what identifies it', async () => {
    const rows = await json<Record<string, unknown>[]>('inventory', 'list');
    expect(rows.map(({ method, template, state, kind, service }) => ({ method, template, state, kind, service }))).toEqual(
      expect.arrayContaining([
        { method: 'GET', template: '/v1/orders/{orderId}', state: 'active', kind: 'rest', service: 'orders' },
        { method: 'DELETE', template: '/v1/orders/{orderId}', state: 'shadow', kind: 'rest', service: 'orders' },
        { method: 'GET', template: '/v1/orders', state: 'unused', kind: 'rest', service: 'orders' },
      ]),
    );
    for (const row of rows) expect(row).toMatchObject({ id: expect.any(String), auth: expect.any(String), count: expect.any(Number) });
    const some = await json<unknown[]>('inventory', 'list', '--limit', '2');
    expect(some).toEqual(rows.slice(0, 2));
    expect(await json<unknown[]>('inventory', 'list', '--state', 'shadow', '--method', 'delete')).toHaveLength(1);
  });

  test('status is the band, whole and by pillar', async () => {
    const status = await json<{ proven: number; possible: number; pillars: Record<string, { proven: number; possible: number }> }>(
      'status',
    );
    expect(status.proven).toBeLessThanOrEqual(status.possible);
    expect(Object.keys(status.pillars).sort()).toEqual(['people', 'processes', 'technology']);
    for (const band of Object.values(status.pillars)) expect(band.proven).toBeLessThanOrEqual(band.possible);
  });

  test('next is exactly one change', async () => {
    const next = await json<{ key: string; title: string; control: string; draft: object; runnersUp: unknown[] }>('next');
    expect(Array.isArray(next)).toBe(false);
    expect(next).toMatchObject({
      key: expect.any(String),
      title: expect.any(String),
      control: expect.stringMatching(/^(PPL|PRC|TEC)-\d\d$/),
    });
    expect(next.runnersUp.length).toBeLessThanOrEqual(2);
  });

  test('is JSON and nothing else on standard output, from every command; lists also as JSON lines', async () => {
    const [first] = await json<{ id: string }[]>('inventory', 'list');
    const [finding] = await json<{ id: string }[]>('finding', 'list');
    const commands: readonly (readonly string[])[] = [
      ['import', 'openapi.yaml'],
      ['status'],
      ['next'],
      ['next', '--why'],
      ['next', '--evidence'],
      ['inventory', 'list'],
      ['inventory', 'show', first?.id ?? ''],
      ['inventory', 'decisions'],
      ['inventory', 'export', '--form', 'openapi-3.1'],
      ['inventory', 'pin', '/v1/orders/{orderId}', '--preview'],
      ['finding', 'list'],
      ['finding', 'show', finding?.id ?? ''],
      ['control', 'list'],
      ['control', 'show', 'TEC-18'],
      ['export', '--form', 'cyclonedx'],
      ['doctor'],
      ['config', 'explain'],
      ['config', 'explain', 'gate.new'],
      ['workspace', 'list'],
      ['check', 'openapi.yaml', '--gate', 'none'],
      ['check', 'openapi.yaml', '--gate', 'none', '--sarif'],
    ];
    for (const command of commands) {
      const ran = await run(...command, '--json');
      expect(ran.code, `${command.join(' ')}: ${ran.stderr}`).toBe(0);
      expect(() => JSON.parse(ran.stdout), command.join(' ')).not.toThrow();
      expect(ran.stdout, command.join(' ')).not.toContain('\u001b');
      if (!command.includes('list') && !command.includes('doctor')) continue;
      const lines = await run(...command, '--jsonl');
      for (const line of lines.stdout.split('\n').filter((text) => text !== ''))
        expect(() => JSON.parse(line), command.join(' ')).not.toThrow();
    }
    expect(commands).toHaveLength(21);
  }, 240_000);

  test('has tabs, words and no colour in a pipe, and is never cut', async () => {
    const { stdout } = await run('inventory', 'list');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) expect(line.split('\t')).toHaveLength(9);
    expect(stdout).toMatch(/^shadow\tDELETE\t\/v1\/orders\/\{orderId\}\torders/m);
    expect(stdout).not.toMatch(/\u001b|…/);
  });

  test('goes whole to a file with -o, and standard output stays empty', async () => {
    const ran = await run('inventory', 'list', '--json', '-o', at('rows.json'));
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse(readFileSync(at('rows.json'), 'utf8'))).toHaveLength(4);
  });
});

describe('an import', () => {
  test('counts nothing twice, and reads standard input', async () => {
    const again = await json<{ inputs: { already: number }[] }>('import', 'access.jsonl');
    expect(again.inputs[0]?.already).toBe(200);
    const piped = await stance(['import', '-', '--data', at('piped'), '--service', 'orders', '--json'], { cwd: dir, stdin: accessLog(50) });
    expect(piped.code, piped.stderr).toBe(0);
    expect(JSON.parse(piped.stdout)).toMatchObject({ inputs: [{ name: 'stdin', account: { seen: 50 } }] });
  });

  test('goes on after a file that cannot be read, and says with 6 that it is not whole', async () => {
    writeFileSync(at('noise.bin'), Buffer.from([0, 1, 2, 3, 4, 5]));
    const ran = await run('import', 'noise.bin', 'openapi.yaml');
    expect(ran.code).toBe(6);
    expect(ran.stdout).toContain('openapi.yaml');
    expect((await run('import', 'nowhere.log')).code).toBe(2);
  });
});

describe('decisions', () => {
  test('are previewed without being made, made, listed and taken back', async () => {
    const preview = await json<{ after: { template: string }[] }>(
      'inventory',
      'rename',
      '/v1/orders/{orderId}',
      '--into',
      '/v1/orders/{number}',
      '--preview',
    );
    expect(preview.after.map(({ template }) => template)).toContain('/v1/orders/{number}');
    expect(await json<unknown[]>('inventory', 'decisions')).toEqual([]);
    const made = await json<{ id: string }>('inventory', 'rename', '/v1/orders/{orderId}', '--into', '/v1/orders/{number}');
    const names = (await json<{ template: string }[]>('inventory', 'list')).map(({ template }) => template);
    expect(names).toContain('/v1/orders/{number}');
    expect(await json<unknown[]>('inventory', 'decisions')).toHaveLength(1);
    await json('inventory', 'undo', made.id);
    expect((await json<{ template: string }[]>('inventory', 'list')).map(({ template }) => template)).toContain('/v1/orders/{orderId}');
    expect((await run('inventory', 'undo', 'd_none')).code).toBe(2);
  });

  test('about the change need a reason, and never ask in a pipe', async () => {
    expect(await run('next', 'decline')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('next', 'not-now', '--reason', 'freeze')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('next', 'not-now', '--reason', 'freeze', '--until', '2027-02-31')).toMatchObject({ code: 2, stdout: '' });
    const record = await json<{ state: string }>('next', 'accept', '--owner', 'jo');
    expect(record.state).toBe('accepted');
  });
});

describe('errors', () => {
  test('say what failed, what stayed unchanged and what to do, on standard error, with a stable code', async () => {
    const cases: readonly (readonly [readonly string[], number])[] = [
      [['nonsense'], 2],
      [['status', '--nonsense'], 2],
      [['inventory', 'list', '--limit', 'many'], 2],
      [['status', '--json', '--jsonl'], 2],
      [['status', '--workspace', 'nobody'], 3],
      [['inventory', 'show', 'GET /nowhere'], 2],
      [['finding', 'show', 'F-none'], 2],
      [['control', 'show', 'TEC-99'], 2],
      [['config', 'explain', 'nothing'], 2],
      [['check', 'nowhere.yaml'], 2],
      [['check', 'access.jsonl'], 3],
      [['check', 'openapi.yaml', '--base', 'no-such-ref'], 2],
      [['check', 'openapi.yaml', '--gate', 'awful'], 2],
      [['workspace', 'delete', 'main'], 2],
      [['workspace', 'delete', 'main', '--confirm', 'other'], 2],
      [['link'], 5],
      [['up', '--listen', '0.0.0.0', '--port', '0', '--no-sample'], 2],
      [['up', '--port', '99999', '--no-sample'], 2],
    ];
    for (const [command, code] of cases) {
      const ran = await run(...command);
      expect(ran.code, `${command.join(' ')}: ${ran.stderr}`).toBe(code);
      expect(ran.stdout, command.join(' ')).toBe('');
      expect(ran.stderr, command.join(' ')).toMatch(/error:/);
      expect(ran.stderr, command.join(' ')).not.toMatch(/\n\s+at /);
    }
    expect(cases).toHaveLength(18);
  }, 240_000);

  test('an export takes its form as a word or as an option, and not two of them', async () => {
    const word = await run('export', 'csv');
    expect(word.code, word.stderr).toBe(0);
    expect(word.stdout.split('\n')[0]).toContain('template');
    expect((await run('export', '--form', 'csv')).stdout).toBe(word.stdout);
    expect((await run('inventory', 'export', 'csv')).stdout).toBe(word.stdout);
    expect((await run('export', 'csv', '--form', 'cyclonedx')).code).toBe(2);
    expect((await run('export', 'pdf')).code).toBe(2);
  });

  test('a database address is never printed with its password', async () => {
    const ran = await stance(['config', 'explain', '--url', 'postgres://jo:hunter2@db.example/x', '--json'], { cwd: dir });
    expect(ran.stdout).toContain('jo:***@');
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
  });
});

describe('settings', () => {
  test('init writes a stance.yaml that is valid and names what was found, and never over one', async () => {
    const project = at('project');
    mkdirSync(project);
    writeFileSync(join(project, 'api.yaml'), ordersSpec);
    writeFileSync(join(project, 'CODEOWNERS'), '* @acme/orders\n');
    const options = { cwd: project };
    const ran = await stance(['init', '--data', data], options);
    expect(ran.code, ran.stderr).toBe(0);
    const text = readFileSync(join(project, 'stance.yaml'), 'utf8');
    const settings = readSettings(text, { file: 'stance.yaml', variables: {} });
    expect(settings.specs).toEqual(['api.yaml']);
    expect(settings.environments[0]?.hosts).toContain('api.acme.example');
    expect(settings.apis).toContainEqual(expect.objectContaining({ name: 'orders', owner: '@acme/orders', hosts: ['api.acme.example'] }));
    expect((await stance(['init', '--data', data], options)).code).toBe(2);
    const imported = await stance(['import', 'stance.yaml', '--data', at('fresh')], options);
    expect(imported.code, imported.stderr).toBe(0);
  });

  test('a waiver is a line in stance.yaml that keeps its comments, and ends', async () => {
    const project = at('waiving');
    mkdirSync(project);
    const file = join(project, 'stance.yaml');
    writeFileSync(file, '# ours\nproject: acme # the name\n');
    const waive = (...args: string[]) => stance(['waive', ...args, '--data', at('waive-data')], { cwd: project });
    expect((await waive('F-12345678')).code).toBe(2);
    expect((await waive('F-12345678', '--until', '2020-01-01', '--because', 'x', '--owner', 'jo')).code).toBe(2);
    const ran = await waive('F-12345678', '--until', '2099-12-31', '--because', 'internal only', '--owner', 'jo');
    expect(ran.code, ran.stderr).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# ours\nproject: acme # the name');
    expect(text).toContain('internal only');
    expect((await waive('F-12345678', '--end')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain('internal only');
  });
});

describe('a pipe', () => {
  test('that closes early ends the output without an error', () => {
    const command = `"${process.execPath}" "${join(import.meta.dirname, 'main.ts')}" control list --json --data "${data}" | head -c 20; echo " code \${PIPESTATUS[0]}"`;
    const ran = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/ code 0\n$/);
  });
});

describe('help', () => {
  test('is there for every command, and comes at once', async () => {
    const root = await stance(['--help']);
    const names = [...root.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'stance');
    expect(names.length).toBeGreaterThanOrEqual(15);
    for (const name of names) {
      const ran = await stance([name, '--help']);
      expect(ran.code, name).toBe(0);
      expect(ran.stdout, name).toContain(`Usage: stance ${name}`);
      expect(ran.stdout, name).toContain('--data');
    }
    // Measured against Node's own start in the same minute, so that a busy machine does not decide.
    const best = { help: Number.POSITIVE_INFINITY, node: Number.POSITIVE_INFINITY };
    for (let round = 0; round < 5; round++) {
      const startedMs = performance.now();
      await stance(['--help']);
      const betweenMs = performance.now();
      spawnSync(process.execPath, ['-e', '0']);
      best.help = Math.min(best.help, betweenMs - startedMs);
      best.node = Math.min(best.node, performance.now() - betweenMs);
    }
    expect(best.help - best.node).toBeLessThan(200);
  });
});

describe('a workspace', () => {
  test('is deleted only by its name, twice', async () => {
    const place = at('doomed');
    await stance(['import', 'openapi.yaml', '--data', place], { cwd: dir });
    expect(existsSync(join(place, 'workspaces/main'))).toBe(true);
    expect(statSync(place).mode & 0o077).toBe(0);
    const ran = await stance(['workspace', 'delete', 'main', '--confirm', 'main', '--data', place]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(existsSync(join(place, 'workspaces/main'))).toBe(false);
  });
});
