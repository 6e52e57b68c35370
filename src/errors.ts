/**
 * Every error a user can meet. A code is API: it stays stable, and the exit code and HTTP status hang on it.
 * `message` says what failed, `unchanged` what stayed as it was, `next` what to do; all three are safe to show.
 */
export const errorCodes = {
  usage: { exit: 2, http: 400 },
  'config-invalid': { exit: 2, http: 422 },
  'input-unreadable': { exit: 2, http: 422 },
  'input-unknown-format': { exit: 2, http: 422 },
  'nothing-to-do': { exit: 3, http: 409 },
  'not-found': { exit: 2, http: 404 },
  conflict: { exit: 2, http: 409 },
  'sign-in-needed': { exit: 4, http: 401 },
  forbidden: { exit: 4, http: 403 },
  'too-large': { exit: 2, http: 413 },
  'workspace-busy': { exit: 5, http: 409 },
  'workspace-unreadable': { exit: 5, http: 500 },
  'storage-full': { exit: 5, http: 507 },
  'server-unreachable': { exit: 5, http: 502 },
  incomplete: { exit: 6, http: 500 },
} as const;

export type ErrorCode = keyof typeof errorCodes;

export class StanceError extends Error {
  readonly code: ErrorCode;
  readonly unchanged: string;
  readonly next: string;

  constructor(code: ErrorCode, parts: { message: string; unchanged?: string; next?: string; cause?: unknown }) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'StanceError';
    this.code = code;
    this.unchanged = parts.unchanged ?? 'Nothing was changed.';
    this.next = parts.next ?? '';
  }
}
