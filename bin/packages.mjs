/** Brings node_modules in line with a lockfile, only when it is not, and never writes that lockfile. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, findPinnedNode, root, say } from './pinned-node.mjs';

/** Longest wait for another process that is installing or building here, milliseconds: above the slowest install seen. */
const waitMsMax = 15 * 60_000;
const pollMs = 250;
/** Characters of npm's own error text kept for the message. */
const errorTextMax = 4_000;
const networkTrouble = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/;

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Whether what npm says it installed holds all that the lockfile asks for. npm removes its own record when an install
 * begins and writes it when it is complete, so an interrupted one is seen, and one made by hand is believed.
 * @param needs `run`: without development packages; `all`: everything. Optional packages are often another platform's: they may
 *   be absent, but not of another version.
 */
export function isInstalled(folder, needs) {
  const wanted = readJson(path.join(folder, 'package-lock.json'))?.packages;
  const present = readJson(path.join(folder, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined) return fail(`${path.join(folder, 'package-lock.json')} is missing or broken. Next: get it back from git.`);
  if (present === undefined) return false;
  return Object.entries(wanted).every(([at, entry]) => {
    if (at === '') return true;
    const mayBeAbsent = entry.optional === true || entry.devOptional === true || (needs === 'run' && entry.dev === true);
    if (present[at] === undefined) return mayBeAbsent;
    return (
      present[at].version === entry.version && (present[at].integrity ?? entry.integrity) === (entry.integrity ?? present[at].integrity)
    );
  });
}

/** Runs `work` while no other process of this checkout installs or builds; a lock of a process that is gone is taken over. */
export async function withLock(work) {
  const lock = path.join(root, '.install-lock');
  let told = false;
  for (const startMs = Date.now(); ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${root} cannot be written (${error.code}). Nothing was installed. Next: check its owner.`);
    }
    if (!isAlive(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (Date.now() - startMs > waitMsMax) fail(`another install still holds ${lock}. Next: when none is running, delete that file.`);
    if (!told) say('waiting for another process that is setting up this checkout ...');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isAlive(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Installs what is missing; says what it does on standard error; ends the process with one line when it cannot. */
export async function ensurePackages(needs, folder = root) {
  const isComplete = () => isInstalled(folder, needs) && (folder !== root || findPinnedNode() !== null);
  if (isComplete()) return;
  await withLock(async () => {
    if (isComplete()) return;
    const what =
      folder === root ? (needs === 'run' ? 'packages' : 'packages, with those for development') : `packages for ${path.basename(folder)}`;
    say(`installing ${what} (once; a minute or so, less when npm has them cached) ...`);
    const startMs = Date.now();
    const { code, text } = await npm(['ci', ...(needs === 'run' ? ['--omit=dev'] : ['--include=dev'])], folder);
    if (code !== 0) fail(failureLine(text));
    if (!isInstalled(folder, needs)) fail('npm said it was done, yet packages are missing. Next: delete node_modules and run this again.');
    say(`packages ready in ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
  });
}

function npm(args, folder) {
  // npm names its own script in npm_execpath; without npm as parent, the one on the path serves.
  const script = process.env.npm_execpath;
  const isOwn = script !== undefined && /npm-cli\.[cm]?js$/.test(script) && existsSync(script);
  const [file, first] = isOwn ? [process.execPath, [script]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(file, [...first, ...args, '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && !isOwn,
    });
    const keep = (chunk) => {
      text = (text + chunk).slice(-errorTextMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 5, text: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 5, text }));
  });
}

function failureLine(text) {
  if (networkTrouble.test(text)) {
    return "packages could not be fetched: no way to the npm registry. Nothing was started. Next: go online (or set npm's registry) and run the same command again.";
  }
  const reason = text
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, 3)
    .join(' | ');
  return `npm ci failed: ${reason || 'it gave no reason'}. Nothing was started. Next: run \`npm ci\` to see all it says.`;
}
