/** Undoes the escapes that servers put into quoted fields of their logs. */

/**
 * `\xHH` (nginx, Apache), `\"`, `\\`, `\t`, `\n`, `\r`, `\uHHHH` (nginx `escape=json`) become what was sent. Escaped bytes
 * that form UTF-8 become its characters, other bytes the character of that number. Text without a backslash is returned as it is.
 */
export function unescapeField(text: string): string {
  if (!text.includes('\\')) return text;
  let result = '';
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length === 0) return;
    const buffer = Buffer.from(bytes);
    const decoded = buffer.toString('utf8');
    result += decoded.includes('\uFFFD') ? buffer.toString('latin1') : decoded;
    bytes = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character !== '\\' || at + 1 >= text.length) {
      flush();
      result += character;
      continue;
    }
    const kind = text.charAt(at + 1);
    if (kind === 'x' && /^[0-9a-fA-F]{2}$/.test(text.slice(at + 2, at + 4))) {
      bytes.push(Number.parseInt(text.slice(at + 2, at + 4), 16));
      at += 3;
      continue;
    }
    flush();
    if (kind === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) {
      result += String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16));
      at += 5;
      continue;
    }
    const plain = plainEscapes[kind];
    result += plain ?? character;
    if (plain !== undefined) at += 1;
  }
  flush();
  return result;
}

const plainEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  t: '\t',
  n: '\n',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
};

/**
 * Index of the quote that ends a quoted field beginning at `start` (after its opening quote), or -1. A quote counts when no
 * backslash escapes it and a blank or the end of the line follows: some servers log quotes of the client unescaped.
 */
export function closingQuote(line: string, start: number): number {
  let at = line.indexOf('"', start);
  while (at >= 0) {
    const next = at + 1 < line.length ? line.charCodeAt(at + 1) : 32;
    if ((next === 32 || next === 9 || next === 44) && !isEscaped(line, at, start)) return at;
    at = line.indexOf('"', at + 1);
  }
  return -1;
}

/** Whether an odd number of backslashes stands before `at`, not looking before `start`. */
export function isEscaped(line: string, at: number, start: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= start && line.charCodeAt(at - 1 - slashes) === 92) slashes += 1;
  return slashes % 2 === 1;
}
