/** Cuts a line whose fields are divided by blanks, with quotes or brackets around those that hold blanks. */
import { closingQuote, unescapeField } from './escapes.ts';

/** Fields at most; what follows is passed over. */
const fieldsMax = 64;

/** The fields, quotes and brackets taken off and escapes undone; null when a quote or bracket is not closed. */
export function splitFields(line: string): string[] | null {
  const fields: string[] = [];
  let at = 0;
  while (at < line.length && fields.length < fieldsMax) {
    const code = line.charCodeAt(at);
    if (code === 32) {
      at += 1;
      continue;
    }
    if (code === 34) {
      const end = closingQuote(line, at + 1);
      if (end < 0) return null;
      fields.push(unescapeField(line.slice(at + 1, end)));
      at = end + 1;
    } else {
      const bracket = code === 91 ? line.indexOf(']', at) : -1;
      if (code === 91 && bracket < 0) return null;
      const blank = line.indexOf(' ', bracket < 0 ? at : bracket);
      const end = blank < 0 ? line.length : blank;
      fields.push(bracket === end - 1 ? line.slice(at + 1, bracket) : line.slice(at, end));
      at = end;
    }
  }
  return fields;
}
