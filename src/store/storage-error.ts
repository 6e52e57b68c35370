/** Turns what SQLite, PostgreSQL and the file system throw into the few errors a user can act on. */
import { StanceError } from '../errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html); extended codes carry them in the low byte. */
const SQLITE = { busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;
/** A write or a growing of the shared index that the disk refused with something else than "no space": quota, file size limit. */
const SQLITE_WRITE_REFUSED = new Set([778, 1290, 1546, 4874]);

const FILE_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const FILE_FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS']);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EPIPE', 'EAI_AGAIN']);

const UNSAVED = 'This step was not saved; everything saved before it is kept.';

/**
 * The error to throw for `cause`, met while working on `where` (`workspace "main" in /data`).
 * A StanceError and what we do not know come back as they are: the latter is our bug and should look like one.
 */
export function storageError(cause: unknown, where: string): unknown {
  if (cause instanceof StanceError || !(cause instanceof Error)) return cause;
  const { code, errcode } = cause as Error & { code?: unknown; errcode?: unknown };
  if (code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number') return sqliteError(cause, errcode, where);
  if (typeof code === 'string') return fileError(cause, code, where) ?? postgresError(cause, code, where) ?? cause;
  // pg reports a connection that went away during a query without any code.
  if (/connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(cause.message))
    return unreachable(cause, where);
  return cause;
}

function sqliteError(cause: Error, errcode: number, where: string): unknown {
  const primary = errcode & 0xff;
  if (primary === SQLITE.full || SQLITE_WRITE_REFUSED.has(errcode)) return full(cause, where);
  if (primary === SQLITE.corrupt || primary === SQLITE.notadb) return damaged(cause, where);
  if (primary === SQLITE.readonly || primary === SQLITE.cantopen) return forbidden(cause, where);
  if (primary === SQLITE.ioerr)
    return new StanceError('workspace-unreadable', {
      message: `The disk failed while working on ${where}.`,
      unchanged: UNSAVED,
      next: 'Check the disk and the system log, then run the command again.',
      cause,
    });
  if (primary === SQLITE.busy)
    return new StanceError('workspace-busy', {
      message: `Another program holds the database file of ${where}.`,
      unchanged: UNSAVED,
      next: 'Close the other program (a database browser, a backup), then run the command again.',
      cause,
    });
  return cause;
}

function fileError(cause: Error, code: string, where: string): StanceError | null {
  if (FILE_FULL.has(code)) return full(cause, where);
  if (FILE_FORBIDDEN.has(code)) return forbidden(cause, where);
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new StanceError('workspace-unreadable', {
      message: `A file stands where a folder is needed for ${where}.`,
      next: 'Choose another data folder with --data, or move the file away.',
      cause,
    });
  if (UNREACHABLE.has(code)) return unreachable(cause, where);
  return null;
}

/** SQLSTATE codes, PostgreSQL manual appendix A. */
function postgresError(cause: Error, code: string, where: string): StanceError | null {
  if (code === '53100') return full(cause, where);
  if (code === '42501' || code === '25006') return forbidden(cause, where);
  if (code === 'XX001' || code === 'XX002') return damaged(cause, where);
  if (code.startsWith('08') || code.startsWith('57P') || code === '53300') return unreachable(cause, where);
  if (code.startsWith('28'))
    return new StanceError('workspace-unreadable', {
      message: `PostgreSQL refused the user or password for ${where}.`,
      next: 'Check user and password in the database address.',
      cause,
    });
  if (code === '3D000')
    return new StanceError('workspace-unreadable', {
      message: `PostgreSQL has no such database: ${where}.`,
      next: 'Create the database first (createdb), or correct its name in the address.',
      cause,
    });
  return null;
}

function full(cause: Error, where: string): StanceError {
  return new StanceError('storage-full', {
    message: `There is no room left to write ${where}.`,
    unchanged: UNSAVED,
    next: 'Free some space (or lift the quota), then run the same command again: it goes on where it stopped.',
    cause,
  });
}

function forbidden(cause: Error, where: string): StanceError {
  return new StanceError('workspace-unreadable', {
    message: `This user may not read or write ${where}.`,
    unchanged: UNSAVED,
    next: 'Give this user read and write permission there, or choose another data folder with --data.',
    cause,
  });
}

function damaged(cause: Error, where: string): StanceError {
  return new StanceError('workspace-unreadable', {
    message: `The stored data of ${where} is damaged or is not a Stance database.`,
    unchanged: 'Nothing was written.',
    next: 'Restore it from a backup, or move it away and import the sources again.',
    cause,
  });
}

function unreachable(cause: Error, where: string): StanceError {
  return new StanceError('workspace-unreadable', {
    message: `PostgreSQL does not answer for ${where}.`,
    unchanged: UNSAVED,
    next: 'Check that the database server runs and that the address is right, then run the command again.',
    cause,
  });
}
