import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from './source-tree.ts';

/** A checkout with a program of a few lines, and an npm that writes down how it was called. */
let checkout: string;
const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []);
const at = (...parts: readonly string[]) => path.join(checkout, ...parts);

beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'stance-launch-'));
  cpSync(path.join(root, 'bin'), at('bin'), { recursive: true });
  mkdirSync(at('src/cli'), { recursive: true });
  writeFileSync(at('src/cli/main.ts'), 'const given: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify(given));\n');
  writeLock('1.0.0');
  npmThat(`
    const { mkdirSync, writeFileSync, symlinkSync, copyFileSync, rmSync } = require('node:fs');
    rmSync('node_modules', { recursive: true, force: true });
    const node = 'node_modules/node-' + (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch + '/bin';
    mkdirSync(node, { recursive: true });
    symlinkSync(${JSON.stringify(process.execPath)}, node + '/node');
    copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
    console.log('npm talks on standard output');
  `);
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function writeLock(version: string): void {
  const packages = {
    '': {},
    'node_modules/needed': { version, integrity: 'sha512-x' },
    'node_modules/foreign': { version, optional: true },
  };
  writeFileSync(at('package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
}

function npmThat(does: string): void {
  const note = `require('node:fs').appendFileSync(${JSON.stringify(at('calls'))}, process.argv.slice(2).join(' ') + '\\n');`;
  writeFileSync(at('npm-cli.cjs'), `${note}\n${does}`);
}

function launch(...args: readonly string[]): ChildProcess {
  const env = { ...process.env, npm_execpath: at('npm-cli.cjs'), npm_lifecycle_event: undefined, INIT_CWD: undefined };
  return spawn(process.execPath, [at('bin/launch.mjs'), ...args], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function launched(...args: readonly string[]): Promise<{ code: number | null; out: string; said: string }> {
  const child = launch(...args);
  let out = '';
  let said = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, said };
}

describe('the launcher', () => {
  test('installs once without development packages, and not again while nothing changed', async () => {
    expect((await launched('stance', 'status', '--json')).out).toBe('["status","--json"]\n');
    await launched('stance', 'status');
    expect(calls()).toEqual(['ci --omit=dev --loglevel=error --no-audit --no-fund']);
  });

  test('installs again when the lockfile asks for another version', async () => {
    await launched('stance');
    writeLock('1.0.1');
    await launched('stance');
    expect(calls()).toHaveLength(2);
  });

  test('believes an install made by hand', async () => {
    mkdirSync(at('node_modules'), { recursive: true });
    cpSync(at('package-lock.json'), at('node_modules/.package-lock.json'));
    const node = at('node_modules', `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`, 'bin');
    mkdirSync(node, { recursive: true });
    symlinkSync(process.execPath, path.join(node, 'node'));
    expect((await launched('stance', 'next')).out).toBe('["next"]\n');
    expect(calls()).toEqual([]);
  });

  test('starts `up`, and writes nothing of its own or of npm on standard output', async () => {
    const { out, said } = await launched('start', '--port', '0');
    expect(out).toBe('["up","--port","0"]\n');
    expect(said).toContain('installing packages');
  });

  test('says in one line what failed and what to do when there is no network', async () => {
    npmThat("console.error('npm error code ENOTFOUND\\nnpm error network request to somewhere failed'); process.exit(1);");
    const { code, out, said } = await launched('start');
    expect(code).toBe(5);
    expect(out).toBe('');
    expect(said.trim().split('\n').at(-1)).toMatch(/no way to the npm registry.*Next: go online/);
    expect(existsSync(at('.install-lock'))).toBe(false);
  });

  test("passes on npm's own reason when it refuses the lockfile", async () => {
    npmThat("console.error('npm error code EUSAGE\\nnpm error Missing: foreign@1.0.0 from lock file'); process.exit(1);");
    expect((await launched('start')).said).toMatch(/npm ci failed: .*Missing: foreign@1\.0\.0/);
  });

  test('ends with the exit code of the program', async () => {
    writeFileSync(at('src/cli/main.ts'), 'process.exitCode = 3;\n');
    expect((await launched('stance')).code).toBe(3);
  });

  test.skipIf(process.platform === 'win32')('passes signals on and waits for the program to end (needs POSIX signals)', async () => {
    await launched('stance');
    writeFileSync(
      at('src/cli/main.ts'),
      "process.on('SIGTERM', () => setTimeout(() => { console.log('closed'); process.exit(0); }, 50));\nsetInterval(() => {}, 1000);\nconsole.log('ready');\n",
    );
    const child = launch('stance');
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      if (out === 'ready\n') child.kill('SIGTERM');
    });
    const [code] = await once(child, 'close');
    expect({ out, code }).toEqual({ out: 'ready\nclosed\n', code: 0 });
  });

  test.skipIf(process.platform === 'win32')('ends the program when npm, its parent, is gone (needs POSIX signals)', async () => {
    await launched('stance');
    const ended = at('ended');
    writeFileSync(
      at('src/cli/main.ts'),
      `process.on('SIGTERM', () => { require('node:fs').writeFileSync(${JSON.stringify(ended)}, ''); process.exit(0); });\nsetInterval(() => {}, 1000);\nconsole.log('ready');\n`,
    );
    // A shell that runs the launcher as its child, and is killed.
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${at('bin/launch.mjs')}" stance; true`], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(shell.stdout, 'data');
    shell.kill('SIGKILL');
    await expect.poll(() => existsSync(ended), { timeout: 10_000 }).toBe(true);
  });

  test('takes over the lock of an install that was killed', async () => {
    writeFileSync(at('.install-lock'), '999999999');
    expect((await launched('stance')).code).toBe(0);
    expect(existsSync(at('.install-lock'))).toBe(false);
  });

  test('two starts at once install once', async () => {
    await Promise.all([launched('stance'), launched('stance')]);
    expect(calls()).toHaveLength(1);
  });

  test('names the commands there are when it is given another', async () => {
    const { code, said } = await launched('strat');
    expect(code).toBe(2);
    expect(said).toMatch(/unknown command strat\. Next: one of start, stance/);
  });
});
