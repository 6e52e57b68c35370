/**
 * Finds the Node that this project pins through npm, and runs things under it.
 * Plain JavaScript for the host's Node (20 or newer): nothing here may need a package or a newer language.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Oldest Node that runs the TypeScript here by itself and carries the SQLite we use. */
const majorMin = 24;

/** How often it is looked whether whoever started us is still there, milliseconds. */
const parentPollMs = 500;

const platformNames = { win32: 'win' };
const isWindows = process.platform === 'win32';

/** The one way this project writes to a person: standard output belongs to results. */
export function say(text) {
  process.stderr.write(`stance: ${text}\n`);
}

/** Says what failed and what to do next, on one line, and ends with `exitCode`. */
export function fail(text, exitCode = 5) {
  say(text);
  process.exit(exitCode);
}

/** Path of a Node new enough to run Stance: the pinned one if npm installed it, else the host's when that will do; else null. */
export function findPinnedNode() {
  const name = `node-${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  const file = isWindows ? 'node.exe' : 'node';
  const besides = [path.join(root, 'node_modules', name, 'bin', file)];
  try {
    // As somebody's dependency the package is hoisted above this folder; resolution finds it wherever npm put it.
    besides.push(path.join(path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', file));
  } catch {
    // Not installed: the next candidate decides.
  }
  const found = besides.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  return Number(process.versions.node.split('.')[0]) >= majorMin ? process.execPath : null;
}

/** The pinned Node, or the end of this process with one line that says what to do. */
export function pinnedNode() {
  const node = findPinnedNode();
  if (node !== null) return node;
  return fail(
    `Node ${majorMin} is needed, this is ${process.version}, and npm has no Node ${majorMin} package for ${process.platform}-${process.arch}` +
      ` here. Nothing was started. Next: install Node ${majorMin} and run the same command again.`,
  );
}

/**
 * Runs a command to its end with this terminal; signals sent to this process alone are passed on, and it ends when our parent does.
 * @returns the exit code, 128 + signal number when a signal ended it
 */
export function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', ...options });
    const forward = (signal) => {
      // Ctrl-C reaches the whole terminal group: the child has it already, and a second one would cut its shutdown short.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const signals = isWindows ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
    for (const signal of signals) process.on(signal, forward);
    // Ending npm ends the shell between it and us, not us: without this the server would stay behind and keep its port.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), parentPollMs);
    const settle = (code) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on('error', (error) => {
      say(`${file} could not be started: ${error.message}`);
      settle(5);
    });
    child.on('exit', (code, signal) => settle(signal === null ? (code ?? 5) : 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs a script of this project under the pinned Node, from the folder the user stands in. */
export function runScript(script, args, options = {}) {
  // npm changes to the project's folder first; file arguments are meant from where the user was.
  const isFromNpm = process.env.npm_lifecycle_event !== undefined && process.cwd() === root;
  const cwd = isFromNpm ? (process.env.INIT_CWD ?? root) : process.cwd();
  return run(pinnedNode(), [path.join(root, script), ...args], { cwd, ...options });
}
