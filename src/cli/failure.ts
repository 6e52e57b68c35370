/** What a person reads when a command fails, and the exit code a script gets. */
import { CommanderError } from 'commander';
import { errorCodes, StanceError } from '../errors.ts';
import { printable } from './terminal.ts';

/** Says what failed, what stayed unchanged and what to do next; answers the exit code. */
export function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : errorCodes.usage.exit;
  if (error instanceof StanceError) {
    const lines = [
      `error: ${printable(error.message)}`,
      printable(error.unchanged),
      error.next === '' ? '' : `next: ${printable(error.next)}`,
    ];
    process.stderr.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
    return errorCodes[error.code].exit;
  }
  if (error instanceof Error && error.name === 'AbortError') return 130;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: Stance met a fault of its own. What was acknowledged is kept.\n${text}\n`);
  return errorCodes.incomplete.exit;
}
