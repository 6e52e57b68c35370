/** Fixed segments of declared templates: vocabulary, however much some of them look like values (`3ds2`, `2024`, `s3`). */
import type { DeclaredApi } from '../evidence/declaration.ts';
import { recognizeSegment } from '../http/segment.ts';
import { splitPath } from './template-match.ts';

export function declaredLiterals(documents: readonly DeclaredApi[]): Set<string> {
  const literals = new Set<string>();
  for (const document of documents) {
    for (const operation of document.operations) {
      for (const segment of splitPath(operation.template)) if (!segment.includes('{') && !segment.includes('*')) literals.add(segment);
    }
  }
  return literals;
}

/** Those that would have been masked, had they been met in traffic before they were declared. */
export function valueLike(literals: ReadonlySet<string>): string[] {
  return [...literals].filter((literal) => recognizeSegment(literal, false).shape !== 'word').sort();
}
