/**
 * Real attack tools against a weak upstream, with and without the guard: what reached it, and what they won
 *   npm run bench tools [-- --seconds 15 --only sqlmap,hydra]
 * Tools that are not installed are named and left out (Debian: sqlmap ffuf hydra patator wfuzz wapiti dirb). Loopback only.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '15' }, only: { type: 'string' } } });
const seconds = Number(values.seconds);
const only = values.only?.split(',');
const folder = mkdtempSync(path.join(tmpdir(), 'stance-tools-'));
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const upstreamPort = 19482;
const guardPort = 19483;

const write = (name: string, lines: readonly string[]): string => {
  const file = path.join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const users = write('users.txt', ['admin', 'root', 'test', 'alice', 'bob']);
const passwords = write('passwords.txt', [
  '123456',
  'password',
  'letmein',
  'qwerty',
  '111111',
  'welcome',
  'monkey',
  'dragon',
  'P@ssw0rd',
  'secret',
]);
const injections = write('injections.txt', [
  "' or 1=1--",
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  ';cat /etc/passwd',
  '{{7*7}}',
  '1 UNION SELECT 1,2',
]);
const words = existsSync('/usr/share/dirb/wordlists/common.txt')
  ? '/usr/share/dirb/wordlists/common.txt'
  : write('words.txt', [
      'admin',
      'login',
      '.git/config',
      '.env',
      'backup.zip',
      'server-status',
      'config',
      'test',
      'old',
      'console',
      'debug',
    ]);

interface Tool {
  readonly name: string;
  readonly program: string;
  readonly args: (base: string) => readonly string[];
  /** What it won, read from what it said. */
  readonly won: (said: string) => string;
}

const count = (said: string, pattern: RegExp) => said.match(pattern)?.length ?? 0;
const item = '/api/v1/items?id=1&name=a';
const sqlmap = [
  '--batch',
  '--level',
  '2',
  '--risk',
  '2',
  '--technique',
  'BEU',
  '--timeout',
  '5',
  '--retries',
  '0',
  '--flush-session',
  '--output-dir',
  path.join(folder, 'sqlmap'),
];
const injected = (said: string) =>
  /is vulnerable|appears to be .*injectable|identified the following injection/.test(said) ? 'an injection' : 'nothing';

const tools: readonly Tool[] = [
  { name: 'sqlmap', program: 'sqlmap', args: (base) => ['-u', base + item, ...sqlmap], won: injected },
  {
    name: 'sqlmap, as a browser',
    program: 'sqlmap',
    args: (base) => ['-u', base + item, '--random-agent', '--tamper=between,space2comment', ...sqlmap],
    won: injected,
  },
  {
    name: 'ffuf',
    program: 'ffuf',
    args: (base) => ['-u', `${base}/FUZZ`, '-w', words, '-t', '10', '-s', '-mc', '200'],
    won: (said) => `${count(said, /^\S+$/gm)} paths`,
  },
  {
    name: 'ffuf, as a browser',
    program: 'ffuf',
    args: (base) => ['-u', `${base}/FUZZ`, '-w', words, '-t', '10', '-s', '-mc', '200', '-H', `User-Agent: ${browser}`],
    won: (said) => `${count(said, /^\S+$/gm)} paths`,
  },
  {
    name: 'wfuzz',
    program: 'wfuzz',
    args: (base) => ['-z', `file,${injections}`, '--sc', '200', `${base}/api/v1/search?q=FUZZ`],
    won: (said) => `${count(said, /\b200\b.*\bCh\b/g)} echoed`,
  },
  {
    name: 'hydra',
    program: 'hydra',
    args: () => ['-L', users, '-P', passwords, '-t', '4', '127.0.0.1', 'http-post-form', '/login:username=^USER^&password=^PASS^:F=wrong'],
    won: (said) => `${count(said, /login: \S+\s+password: /g)} passwords`,
  },
  {
    name: 'patator',
    program: 'patator',
    args: (base) => [
      'http_fuzz',
      `url=${base}/login`,
      'method=POST',
      'body={"username":"FILE0","password":"FILE1"}',
      'header=Content-Type: application/json',
      'auto_urlencode=0',
      'resolve=none.test:127.0.0.1',
      `0=${users}`,
      `1=${passwords}`,
      '-x',
      'ignore:code!=200',
    ],
    won: (said) => `${count(said, /INFO - 200\s/g)} passwords`,
  },
  {
    name: 'wapiti',
    program: 'wapiti',
    args: (base) => [
      '-u',
      base + item,
      '--scope',
      'url',
      '--flush-session',
      '--max-scan-time',
      '20',
      '-v',
      '1',
      '-o',
      path.join(folder, 'wapiti'),
      '-f',
      'txt',
    ],
    won: (said) => `${count(said, /Evil request/gi)} findings`,
  },
  {
    name: 'dirb',
    program: 'dirb',
    args: (base) => [`${base}/`, words, '-S', '-r'],
    won: (said) => `${count(said, /^\+ http.*CODE:200/gm)} paths`,
  },
];

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: path.resolve(import.meta.dirname, '..'), stdio: ['ignore', 'pipe', 'ignore'] });
}

async function answering(port: number): Promise<void> {
  for (let tried = 0; tried < 200; tried++) {
    if (
      await fetch(`http://127.0.0.1:${port}/small`).then(
        (response) => response.ok,
        () => false,
      )
    )
      return;
    await wait(50);
  }
  throw new Error(`nothing answers on ${port}`);
}

async function stopped(child: ChildProcess): Promise<string> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.kill('SIGTERM');
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return said;
}

/** One tool against a fresh upstream. @returns requests that reached it, and what was won */
async function run(tool: Tool, isGuarded: boolean): Promise<{ readonly reached: number; readonly won: string }> {
  const upstream = start(['bench/guard-tools/weak-upstream.ts', String(upstreamPort)]);
  await answering(upstreamPort);
  const guard = isGuarded
    ? start([
        'src/cli/main.ts',
        'guard',
        '--upstream',
        `http://127.0.0.1:${upstreamPort}`,
        '--listen',
        `127.0.0.1:${guardPort}`,
        '--mode',
        'block',
        '--data',
        path.join(folder, `data-${Math.abs(hash(tool.name))}`),
      ])
    : null;
  const port = isGuarded ? guardPort : upstreamPort;
  if (guard !== null) await answering(port);
  const args = tool.program === 'hydra' ? ['-s', String(port), ...tool.args('')] : tool.args(`http://127.0.0.1:${port}`);
  const ran = spawnSync(tool.program, args, {
    timeout: seconds * 1000,
    encoding: 'utf8',
    input: '',
    // hydra writes a file beside itself.
    cwd: folder,
    env: { ...process.env, HOME: folder },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (guard !== null) await stopped(guard);
  const told = await stopped(upstream);
  const reached = Number(/"reached":(\d+)/.exec(told)?.[1] ?? 0);
  const report =
    existsSync(path.join(folder, 'wapiti')) && tool.program === 'wapiti' ? readFileSync(path.join(folder, 'wapiti'), 'utf8') : '';
  return { reached: Math.max(0, reached - (isGuarded ? 2 : 1)), won: tool.won(`${ran.stdout}\n${ran.stderr}\n${report}`) };
}

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) | 0;
  return value;
}

process.stdout.write(`${'tool'.padEnd(24)}${'reached'.padStart(9)}  ${'won'.padEnd(16)}${'guarded: reached'.padStart(17)}  won\n`);
try {
  for (const tool of tools) {
    if (only !== undefined && !only.includes(tool.program)) continue;
    if (spawnSync('which', [tool.program]).status !== 0) {
      process.stdout.write(`${tool.name.padEnd(24)}not installed: apt-get install ${tool.program}\n`);
      continue;
    }
    const open = await run(tool, false);
    const guarded = await run(tool, true);
    process.stdout.write(
      `${tool.name.padEnd(24)}${String(open.reached).padStart(9)}  ${open.won.padEnd(16)}${String(guarded.reached).padStart(17)}  ${guarded.won}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
