import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ordersSpec, stance } from './cli.fixture.ts';

/** The orders API with one more operation, which anybody may call. */
const openSpec = ordersSpec.replace(
  '  /v1/orders/{orderId}:',
  "  /v1/refunds:\n    post: { security: [], responses: { '201': { description: made } } }\n  /v1/orders/{orderId}:",
);

interface Report {
  passed: boolean;
  counts: Record<string, number>;
  findings: { status: string; id: string; rule: string; severity: string; operation: string | null; file: string; line: number }[];
  fixed: { key: string }[];
  changes: { id: string; kind: string; severity: string; status: string; operation: string; file: string; line: number }[];
}

let dir: string;
const check = (...args: string[]) => stance(['check', ...args], { cwd: dir });
const report = async (...args: string[]): Promise<Report> => JSON.parse((await check(...args, '--json')).stdout) as Report;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], { cwd: dir, stdio: 'pipe' });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'stance-check-test-'));
  writeFileSync(join(dir, 'before.yaml'), ordersSpec);
  writeFileSync(join(dir, 'openapi.yaml'), ordersSpec);
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'before');
  writeFileSync(join(dir, 'openapi.yaml'), openSpec);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a check', () => {
  test('fails on what a change brings and names its line, whether the base is a file or a commit', async () => {
    for (const base of ['before.yaml', 'main', 'HEAD']) {
      const ran = await check('openapi.yaml', '--base', base, '--gate', 'low', '--json');
      expect(ran.code, `${base}: ${ran.stderr}`).toBe(1);
      const { findings, counts } = JSON.parse(ran.stdout) as Report;
      const fresh = findings.filter(({ status }) => status === 'new');
      expect(fresh.length, base).toBe(counts.new);
      expect(
        fresh.some(({ operation, line, file }) => (operation ?? '').includes('/v1/refunds') && line > 8 && file.endsWith('openapi.yaml')),
        base,
      ).toBe(true);
      expect(
        fresh.some(({ operation }) => operation === 'GET /v1/orders'),
        base,
      ).toBe(false);
    }
  });

  test('has nothing new to say of what did not change', async () => {
    const same = await report('before.yaml', '--base', 'before.yaml');
    expect(same).toMatchObject({ passed: true, counts: { new: 0, fixed: 0 } });
  });

  test('says what a change mends', async () => {
    writeFileSync(join(dir, 'open-before.yaml'), openSpec);
    const mended = await report('before.yaml', '--base', 'open-before.yaml');
    expect(mended.passed).toBe(true);
    expect(mended.fixed.some(({ key }) => key.includes('/v1/refunds'))).toBe(true);
  });

  test('fails on authentication that a change takes away, says so in every form, and passes when that is waived', async () => {
    const bare = ordersSpec
      .replace('/{orderId}:', "/{orderId}:\n    delete: { responses: { '204': { description: gone } } }")
      .replace(
        "    get: { responses: { '200': { description: ok } } }\n    post",
        "    get: { security: [], responses: { '200': { description: ok } } }\n    post",
      );
    writeFileSync(join(dir, 'bare.yaml'), bare);
    const args = ['bare.yaml', '--base', 'before.yaml'];
    const failed = await report(...args);
    expect(failed).toMatchObject({ passed: false, counts: { changes: 2 } });
    expect(failed.changes).toMatchObject([
      { severity: 'critical', kind: 'auth-removed', operation: 'GET /v1/orders', status: 'new', file: 'bare.yaml', line: 7 },
      { severity: 'medium', kind: 'write-operation-added', operation: 'DELETE /v1/orders/{orderId}', status: 'new' },
    ]);
    const id = failed.changes[0]?.id ?? '';
    const text = await check(...args);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain(`authentication removed\tbare.yaml:7\tcontract.auth-removed\t${id}`);
    const markdown = (await check(...args, '--md')).stdout;
    expect(markdown).toContain(`- critical: GET /v1/orders: authentication removed (${id})`);
    expect(markdown.split('\n\n')[1]?.split('\n')).toHaveLength(3);
    writeFileSync(join(dir, 'stance.yaml'), `waivers:\n  - { id: ${id}, until: 2099-01-01, because: public now, owner: jo }\n`);
    expect(await report(...args)).toMatchObject({ passed: true, changes: [{ status: 'waived' }, {}] });
    rmSync(join(dir, 'stance.yaml'));
    expect((await report('before.yaml')).changes).toEqual([]);
  });

  test('lets pass what is waived, until the waiver ends', async () => {
    const { findings } = await report('openapi.yaml', '--base', 'main');
    const ids = [...new Set(findings.filter(({ status }) => status === 'new').map(({ id }) => id))];
    const waiver = (until: string) =>
      `waivers:\n${ids.map((id) => `  - { id: ${id}, until: ${until}, because: known, owner: jo }\n`).join('')}`;
    writeFileSync(join(dir, 'stance.yaml'), waiver('2099-01-01'));
    expect(await report('openapi.yaml', '--base', 'main', '--gate', 'info')).toMatchObject({ passed: true, counts: { new: 0 } });
    writeFileSync(join(dir, 'stance.yaml'), waiver('2020-01-01'));
    expect(await report('openapi.yaml', '--base', 'main', '--gate', 'info')).toMatchObject({ passed: false });
    rmSync(join(dir, 'stance.yaml'));
  });

  test('takes its gate from flag, environment and stance.yaml, in that order', async () => {
    writeFileSync(join(dir, 'stance.yaml'), 'gate: { new: low }\n');
    const gateOf = async (env: Record<string, string>, ...args: string[]) =>
      (JSON.parse((await stance(['check', 'openapi.yaml', '--json', ...args], { cwd: dir, env })).stdout) as { gate: string }).gate;
    expect(await gateOf({})).toBe('low');
    expect(await gateOf({ STANCE_GATE: 'medium' })).toBe('medium');
    expect(await gateOf({ STANCE_GATE: 'medium' }, '--gate', 'none')).toBe('none');
    rmSync(join(dir, 'stance.yaml'));
  });

  test('is 6 when it cannot finish, and 0 only when neutral was asked for', async () => {
    writeFileSync(join(dir, 'broken.json'), '\u0000\u0001 no spec');
    expect((await check('broken.json')).code).toBe(6);
    const neutral = await check('broken.json', '--on-error', 'neutral');
    expect(neutral.code).toBe(0);
    expect(neutral.stderr).toContain('neutral');
  });

  test('writes SARIF with stable fingerprints and Markdown with nothing that could be markup', async () => {
    await check('openapi.yaml', '--base', 'main', '--sarif', 'out.sarif', '--md', 'out.md');
    const sarif = JSON.parse(readFileSync(join(dir, 'out.sarif'), 'utf8')) as {
      version: string;
      runs: {
        results: { ruleId: string; level: string; partialFingerprints: Record<string, string>; locations: unknown[] }[];
        tool: { driver: { rules: { id: string }[] } };
      }[];
    };
    expect(sarif.version).toBe('2.1.0');
    const [run] = sarif.runs;
    expect(run?.results.length).toBeGreaterThan(0);
    for (const result of run?.results ?? []) {
      expect(run?.tool.driver.rules.map(({ id }) => id)).toContain(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.partialFingerprints['stance/v1']).toMatch(/^[0-9a-f]{32}$/);
    }
    // The same findings on other lines keep their fingerprints.
    writeFileSync(join(dir, 'openapi.yaml'), `# moved\n# down\n${openSpec}`);
    const moved = await check('openapi.yaml', '--base', 'main', '--sarif');
    const prints = (text: string) => [...text.matchAll(/"stance\/v1": "(\w+)"/g)].map((match) => match[1]).sort();
    expect(prints(moved.stdout)).toEqual(prints(readFileSync(join(dir, 'out.sarif'), 'utf8')));
    writeFileSync(join(dir, 'openapi.yaml'), openSpec);
    const markdown = readFileSync(join(dir, 'out.md'), 'utf8');
    expect(markdown).toContain('/v1/refunds');
    expect(markdown).toContain('**Stance**');
  });
});
