/** Which format an input has. */
import { StanceError } from '../errors.ts';
import { formatById, sourceFormats } from './formats.ts';
import type { SourceFormat } from './source.ts';

/** Below this no format is chosen: for lines, that is fewer than three in ten understood. */
const surenessMin = 0.02;

export interface DetectOptions {
  /** What the user said: a format id. */
  readonly format?: string;
  /** A log format text was given, so the lines are of that format. */
  readonly logFormat?: string;
}

/**
 * The format of an input with this head (its first 64 KiB, decompressed) and name.
 * @throws StanceError `input-unknown-format` when no format fits, `usage` when the id is not known
 */
export function detectFormat(head: string, name: string, options: DetectOptions = {}): SourceFormat {
  if (options.format !== undefined) return formatById(options.format);
  if (options.logFormat !== undefined) return formatById('log-format');
  let best: SourceFormat | null = null;
  let bestSureness = 0;
  for (const format of sourceFormats) {
    const sureness = format.detect(head, name);
    // Of two that are equally sure the one listed first wins, so the answer does not depend on anything else.
    if (sureness > bestSureness) {
      best = format;
      bestSureness = sureness;
    }
  }
  if (best !== null && bestSureness >= surenessMin) return best;
  throw new StanceError('input-unknown-format', {
    message: `${name} has no format that is known here.`,
    next: 'Name the format with --format, or give the log format with --log-format.',
  });
}
