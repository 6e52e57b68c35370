/**
 * The note a running server leaves in the data folder, readable by its owner only: where it listens, and the secret that
 * lets the command line ask it for a link or send it a file.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StanceError } from '../errors.ts';

export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  readonly startedMs: number;
  readonly secret: string;
}

const fileName = 'server.json';

export function writeServerFile(dir: string, server: ServerFile): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, fileName);
  writeFileSync(`${file}.new`, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  // The mode above is for new files only.
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

/** null = no server has left a note, or the one that did is gone. */
export function readServerFile(dir: string): ServerFile | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(dir, fileName), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { url, pid, startedMs, secret } = parsed as Record<string, unknown>;
    if (typeof url !== 'string' || typeof pid !== 'number' || typeof startedMs !== 'number' || typeof secret !== 'string') return null;
    return isRunning(pid) ? { url, pid, startedMs, secret } : null;
  } catch {
    // Missing, unreadable or half written: to the caller it is all the same, there is no server to ask.
    return null;
  }
}

/** Removes the note of this process only. */
export function removeServerFile(dir: string): void {
  if (readServerFile(dir)?.pid === process.pid) rmSync(join(dir, fileName), { force: true });
}

/** The server of the data folder. @throws StanceError `server-unreachable` when none runs */
export function runningServer(dir: string): ServerFile {
  const server = readServerFile(dir);
  if (server !== null) return server;
  throw new StanceError('server-unreachable', {
    message: `No server is running on ${dir}.`,
    next: 'Start it with `stance up`; it prints the link.',
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // It runs, and belongs to somebody else.
    return (cause as { code?: string }).code === 'EPERM';
  }
}
