/** All source formats, traffic and declarations. */
import { StanceError } from '../errors.ts';
import { declaredFormats } from './declared-formats.ts';
import type { SourceFormat } from './source.ts';
import { trafficFormats } from './traffic-formats.ts';

export const sourceFormats: readonly SourceFormat[] = [...trafficFormats, ...declaredFormats];

/** @throws StanceError `usage` when there is no such format */
export function formatById(id: string): SourceFormat {
  const format = sourceFormats.find((candidate) => candidate.id === id);
  if (format !== undefined) return format;
  throw new StanceError('usage', {
    message: 'There is no source format of that name.',
    next: `Use one of: ${sourceFormats.map((known) => known.id).join(', ')}.`,
  });
}
