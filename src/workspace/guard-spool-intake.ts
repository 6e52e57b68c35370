/** Takes up what guards spooled while nobody listened: file by file, deleted once every batch in it is on disk. */
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import { readGuardLine } from '../sources/guard-spool.ts';
import { type GuardIntake, guardIntake } from './guard-intake.ts';
import type { Workspace } from './use-cases.ts';

/** Looked at this often, milliseconds. */
const LOOK_MS = 2_000;
/** Files taken in one look; the rest wait for the next. */
const FILES_MAX = 128;
/** A worker closes its files at 4 MiB; a larger one was not made by a worker. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Files, and batches of each, handed over together: one acknowledgement serves them all. */
const FILES_TOGETHER = 16;
const TOGETHER_MAX = 24;
/** A file still open under this name for so long, whose process is gone, will not grow any more. */
const ABANDONED_MS = 60_000;

/** `guard-<host>-<pid>-<start>-<number>.jsonl`, with `.part` while its worker writes. */
const fileName = /^guard-(?:[\w.-]+-)?(\d+)-\w+-\d{6,}\.jsonl(\.part)?$/;

/** Where the guards of a workspace spool. */
export function guardSpoolDir(dataDir: string, workspace: string): string {
  return join(dataDir, 'spool', workspace);
}

export interface GuardSpoolWatch {
  /** Ends after the file in hand; writes what is pending. */
  stop(): Promise<void>;
}

/**
 * Looks every two seconds. Never fails: what cannot be taken now stays and is tried again.
 * @param open the workspace, asked for once there is something to take
 */
export function watchGuardSpool(dir: string, open: () => Promise<Workspace>, lookMs = LOOK_MS): GuardSpoolWatch {
  const end = new AbortController();
  let intake: GuardIntake | null = null;
  const look = async () => {
    while (!end.signal.aborted) {
      if ((await filesIn(dir)).length > 0) {
        intake ??= await open().then(guardIntake, () => null);
        if (intake !== null) await takeGuardSpool(dir, intake, end.signal);
      }
      await wait(lookMs, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = look();
  return {
    async stop() {
      end.abort();
      await ended;
      await intake?.close();
    },
  };
}

/** One look. @returns how many files were taken and deleted */
export async function takeGuardSpool(dir: string, intake: GuardIntake, signal?: AbortSignal): Promise<number> {
  let taken = 0;
  const names = (await filesIn(dir)).slice(0, FILES_MAX);
  for (let at = 0; at < names.length && signal?.aborted !== true; at += FILES_TOGETHER) {
    // Side by side, because they all wait for the same acknowledgement, seconds apart.
    const files = names.slice(at, at + FILES_TOGETHER).map((name) => takeFile(join(dir, name), name, intake).catch(() => false));
    taken += (await Promise.all(files)).filter((isTaken) => isTaken).length;
  }
  return taken;
}

async function filesIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  const ready = await Promise.all(
    names.map(async (name) => {
      const [, pid, part] = fileName.exec(name) ?? [];
      if (pid === undefined) return null;
      return part === undefined || (await isAbandoned(join(dir, name), Number(pid))) ? name : null;
    }),
  );
  return ready.filter((name) => name !== null).sort();
}

async function isAbandoned(file: string, pid: number): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found === null || Date.now() - found.mtimeMs < ABANDONED_MS) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** True when every batch is on disk and the file is gone. */
async function takeFile(file: string, name: string, intake: GuardIntake): Promise<boolean> {
  if ((await stat(file)).size > FILE_BYTES_MAX) {
    // Kept for a person to look at, and not looked at again.
    await rename(file, `${file}.refused`);
    await intake.malformed(name, 0, 'larger than any file a worker makes; set aside');
    return false;
  }
  const lines = (await readFile(file, 'utf8')).split('\n');
  const batches: GuardBatch[] = [];
  const malformed: { readonly line: number; readonly message: string }[] = [];
  for (const [at, text] of lines.entries()) {
    if (text === '') continue;
    const batch = readGuardLine(text);
    if ('malformed' in batch) malformed.push({ line: at + 1, message: batch.malformed });
    else batches.push(batch);
  }
  for (let at = 0; at < batches.length; at += TOGETHER_MAX) {
    const taken = await Promise.all(batches.slice(at, at + TOGETHER_MAX).map((batch) => intake.take(batch)));
    if (taken.includes(false)) return false;
  }
  for (const { line, message } of malformed) await intake.malformed(name, line, message);
  await rm(file);
  return true;
}
