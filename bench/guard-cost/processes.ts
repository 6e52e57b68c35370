/** Processes of the guard bench: started pinned to a core where that can be done, weighed by their CPU time, and ended. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { availableParallelism } from 'node:os';

/** The kernel counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const START_MS_MAX = 30_000;

export interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

export function isInstalled(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}

const canPin = existsSync('/proc') && availableParallelism() > 1 && isInstalled('taskset');

/** `serving` runs what is weighed, `loading` the load and the service behind. */
export type Core = 'serving' | 'loading';

export function pinned(core: Core, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', core === 'serving' ? '0' : '1', ...command] : command;
}

/** @returns once the port answers. @throws with what the process said when it does not */
export async function start(core: Core, command: readonly string[], port: number): Promise<Running> {
  const [program = '', ...args] = pinned(core, command);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = `${said}${text}`.slice(-2_000);
  });
  const end = Date.now() + START_MS_MAX;
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || Date.now() > end) {
      child.kill();
      throw new Error(`${command[0]} did not open port ${port}: ${said}`);
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  return { child, port };
}

export async function stop({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

/** CPU seconds of a process and all it started, user and system. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const one of [pid, ...descendants(pid)]) {
    try {
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // Ended in between.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').flatMap((child) => [Number(child), ...descendants(Number(child))]);
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on a host and port, so never a pipe
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
