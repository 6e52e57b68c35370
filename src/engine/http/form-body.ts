/** Fields of `application/x-www-form-urlencoded` text, in a body or a query: read as a lax application reads them, never refused. */
import { latin1, utf8 } from './parsed-body-text.ts';
import type { FormField } from './request.ts';

/** Fields told apart; what follows stays one field, so that nothing goes unseen. */
export const FORM_FIELDS_MAX = 2000;

export interface FormRead {
  readonly fields: readonly FormField[];
  /** Why it is no clean form; null = it is. */
  readonly malformed: string | null;
}

/** Splits at `&`; names without `=` have an empty value. Empty pieces are skipped. */
export function readForm(text: string): FormRead {
  const fields: FormField[] = [];
  let malformed: string | null = null;
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('&', at);
    if (end === -1) end = text.length;
    if (fields.length >= FORM_FIELDS_MAX) {
      end = text.length;
      malformed = `more than ${FORM_FIELDS_MAX} fields`;
    }
    if (end > at) {
      const piece = text.slice(at, end);
      const equals = piece.indexOf('=');
      const name = equals === -1 ? piece : piece.slice(0, equals);
      fields.push({ name: decodeField(name), value: equals === -1 ? '' : decodeField(piece.slice(equals + 1)) });
    }
    at = end + 1;
  }
  return { fields, malformed };
}

/** `+` to space and percent escapes to UTF-8, or latin-1 where they are none; an escape that is none stays as it stands. */
export function decodeField(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decodePercent(spaced) : spaced;
}

/** One round of percent decoding. Runs of escapes are decoded together: UTF-8 when they are, else a character a byte. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2}){1,4096}/g, (run) => {
    const bytes = new Uint8Array(run.length / 3);
    for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(run.slice(at * 3 + 1, at * 3 + 3), 16);
    return utf8(bytes) ?? unfolded(latin1(bytes));
  });
}

/** Overlong two-byte forms of ASCII, as lax decoders read them: `%c0%ae` is a dot there, and must not hide one here. */
function unfolded(latin: string): string {
  return latin.replace(/([\xc0\xc1])([\x80-\xbf])/g, (_, lead: string, rest: string) =>
    String.fromCharCode(((lead.charCodeAt(0) & 1) << 6) | (rest.charCodeAt(0) & 0x3f)),
  );
}

/** Whether text of no declared type has the shape of a form: a short plain name, `=`, and no line break; padded base64 has not. */
export function readsAsForm(text: string): boolean {
  if (/^[A-Za-z0-9+/_-]{8,}={1,2}$/.test(text)) return false;
  return /^[A-Za-z0-9_.[\]%$+-]{1,100}=/.test(text) && !/[\r\n]/.test(text.trimEnd());
}
