/** The file of API keys on disk: changed by one at a time, whole or not at all, readable by its owner only. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { StanceError } from '../errors.ts';
import { type ApiKeyFile, apiKeyFileText, emptyApiKeyFile, parseApiKeyFile } from '../gateway/credentials/api-key-file.ts';

/** A lock older than this was left behind by a command that died. */
const LOCK_STALE_MS = 30_000;

/** @throws StanceError `not-found` when there is no such file */
export function readKeyFile(file: string): ApiKeyFile {
  if (!existsSync(file)) {
    throw new StanceError('not-found', { message: `There is no key file ${file}.`, next: 'stance key create --subject NAME' });
  }
  return parseApiKeyFile(readFileSync(file, 'utf8'), file);
}

/** Reads, changes and writes under a lock; begins a new file only when `mayBegin`. */
export function changeKeyFile<T extends { readonly file: ApiKeyFile }>(
  file: string,
  mayBegin: boolean,
  change: (before: ApiKeyFile) => T,
): T {
  const lock = `${file}.lock`;
  takeLock(lock);
  try {
    const changed = change(mayBegin && !existsSync(file) ? emptyApiKeyFile : readKeyFile(file));
    writeOwn(file, apiKeyFileText(changed.file));
    return changed;
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): void {
  try {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LOCK_STALE_MS) rmSync(lock, { force: true });
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (cause) {
    const isHeld = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new StanceError(isHeld ? 'workspace-busy' : 'input-unreadable', {
      message: isHeld ? `Another command is changing this key file (${lock}).` : `${lock} cannot be written.`,
      next: isHeld ? 'Try again in a moment.' : 'Check the folder and its permissions, or choose another file with --file.',
      cause,
    });
  }
}

/** On disk before it is renamed into place: a key that was shown is never lost, a withdrawn one never comes back. */
function writeOwn(file: string, text: string): void {
  const part = `${file}.part`;
  rmSync(part, { force: true });
  const handle = openSync(part, 'wx', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, file);
}
