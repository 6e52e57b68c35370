/** `npm test`: set-up that only tests need, the tests, and one closing line that says how they went. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  const chromium = ensureChromium();
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

/** Path of a Chromium for the page tests; installs Debian's when this is root on Debian; null = none, said aloud. */
function ensureChromium() {
  const find = () => {
    if (process.env.STANCE_CHROMIUM !== undefined) return process.env.STANCE_CHROMIUM;
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      for (const name of chromiumNames) if (folder !== '' && existsSync(path.join(folder, name))) return path.join(folder, name);
    }
    return null;
  };
  const found = find();
  if (found !== null) return found;
  const apt = (...args) =>
    spawnSync('apt-get', args, { stdio: 'ignore', timeout: aptMsMax, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('installing Chromium from Debian for the page tests (once) ...');
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium');
  }
  const installed = find();
  if (installed === null) say('no Chromium: the tests of the web page are skipped. To run them: apt-get install chromium');
  return installed;
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
