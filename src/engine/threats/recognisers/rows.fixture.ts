/** Rows of values in their places, asked the way `inspect` asks: every reading of a value, the first that objects. */
import type { Place, Recogniser } from '../recogniser.ts';
import { readingsOf } from '../sample.ts';

/** `query q`, `body $.note free-text`, then the value. */
export type Row = readonly [place: string, value: string];

/** Confidence from which a policy objects when it says nothing else. */
const threshold = 0.5;

/** Rule that objects to a value in a place; null when none does. */
export function ruleFor(recogniser: Recogniser, row: Row): string | null {
  const [where = '', name = '', kind = 'unknown'] = row[0].split(' ');
  const place = { where: where as Place['where'], name, kind: kind as Place['kind'] };
  for (const sample of readingsOf(row[1])) {
    if (recogniser.signs !== 0 && (recogniser.signs & sample.signs) === 0) continue;
    const found = recogniser.recognise(sample, place);
    if (found !== null && found.confidence >= threshold) return found.rule;
  }
  return null;
}

/** Rows that no rule objects to, of those that some should object to. */
export function missed(recogniser: Recogniser, rows: readonly Row[]): readonly Row[] {
  return rows.filter((row) => ruleFor(recogniser, row) === null);
}

/** Rows that a rule objects to, of those that none should. */
export function refused(recogniser: Recogniser, rows: readonly Row[]): readonly (readonly [string | null, ...Row])[] {
  return rows.filter((row) => ruleFor(recogniser, row) !== null).map((row) => [ruleFor(recogniser, row), ...row] as const);
}
