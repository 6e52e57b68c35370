/** `npm test`: set-up that only tests need, the tests, and one closing line that says how they went. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePackages } from './packages.mjs';
import { pinnedNode, root, run, say } from './pinned-node.mjs';

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome'];
/** Longest wait for Debian's package manager, milliseconds. */
const aptMsMax = 5 * 60_000;

/** @param args passed on to vitest: file names, `-t NAME` @returns exit code */
export async function test(args) {
  const testFolder = path.join(root, 'test');
  if (existsSync(path.join(testFolder, 'package-lock.json'))) await ensurePackages('all', testFolder);
  const chromium = ensurePrograms();
  const scratch = mkdtempSync(path.join(tmpdir(), 'stance-test-'));
  const reportFile = path.join(scratch, 'report.json');
  try {
    const code = await run(
      pinnedNode(),
      [
        path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
        ...args,
      ],
      { env: { ...process.env, ...(chromium === null ? {} : { STANCE_CHROMIUM: chromium }) } },
    );
    return close(code, reportFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Programs that some tests run for real: how they may be called, Debian's package, and what is skipped without them. */
const programs = [
  { names: chromiumNames, package: 'chromium', tests: 'the tests of the web page' },
  { names: ['nginx'], package: 'nginx-light', tests: 'the tests beside nginx' },
  { names: ['caddy'], package: 'caddy', tests: 'the tests beside Caddy' },
  { names: ['haproxy'], package: 'haproxy', tests: 'the tests beside HAProxy' },
];

/** Installs from Debian what is missing when this is root on Debian; says what is skipped otherwise. @returns path of a Chromium, or null */
function ensurePrograms() {
  const missing = () => programs.filter(({ names }) => find(names) === null);
  const wanted = missing();
  if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say(`installing ${wanted.map((one) => one.package).join(', ')} from Debian for the tests (once) ...`);
    withoutServices(() => {
      apt('update');
      // One after the other: a package that cannot be had must not keep the others away.
      for (const one of wanted) apt('install', '-y', '--no-install-recommends', one.package);
    });
  }
  for (const one of missing()) say(`no ${one.names[0]}: ${one.tests} are skipped. To run them: apt-get install ${one.package}`);
  return process.env.STANCE_CHROMIUM ?? find(chromiumNames);
}

function find(names) {
  if (names === chromiumNames && process.env.STANCE_CHROMIUM !== undefined) return process.env.STANCE_CHROMIUM;
  for (const folder of [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin']) {
    for (const name of names) if (folder !== '' && existsSync(path.join(folder, name))) return path.join(folder, name);
  }
  return null;
}

function apt(...args) {
  return spawnSync('apt-get', args, { stdio: 'ignore', timeout: aptMsMax, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** Debian starts a server it installs, unless this file forbids it (policy-rc.d, Debian Policy 9.3.3.2). */
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

/** Prints what was skipped and the closing line; an error that belongs to no test counts as one failure. */
function close(code, reportFile) {
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null;
  const files = report?.testResults ?? [];
  const results = files.flatMap((file) => file.assertionResults.map((result) => ({ ...result, file: path.relative(root, file.name) })));
  const passed = results.filter((result) => result.status === 'passed').length;
  // A file that failed without a failed test could not be loaded, or broke in its set-up.
  const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'));
  let failed = results.filter((result) => result.status === 'failed').length + broken.length;
  if (failed === 0 && code !== 0) failed = 1;
  const skipped = results.length - passed - results.filter((result) => result.status === 'failed').length;

  const groups = new Map();
  for (const result of results) {
    if (result.status === 'passed' || result.status === 'failed') continue;
    // A skipped test says why in its title or its group's (the tidy test sees to that).
    const group = `${result.file} > ${result.ancestorTitles.find((title) => title !== '') ?? result.title}`;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const lines = [];
  for (const file of broken) lines.push(`broken  ${path.relative(root, file.name)}: ${file.message.split('\n')[0]}`);
  for (const [group, count] of groups) lines.push(`skipped ${group} (${count} ${count === 1 ? 'test' : 'tests'})`);
  lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return failed > 0 ? 1 : code;
}
