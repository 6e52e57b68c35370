/**
 * Parts of a multipart body (RFC 2046, RFC 7578), read tolerantly: parsers behind a guard differ, so whatever one of them could take for
 * a part is a part here, and what is out of order is said in `malformed`.
 */
import { decodePercent } from './form-body.ts';
import type { HeaderList } from './headers.ts';
import { decodeBase64 } from './parsed-body-text.ts';
import type { MultipartPart } from './request.ts';

/** Parts told apart; what follows is one part. */
export const MULTIPART_PARTS_MAX = 512;
/** Header fields read of one part. */
export const PART_HEADERS_MAX = 32;
/** Characters of one part's header block. */
const PART_HEAD_CHARS_MAX = 16_384;

export interface MultipartRead {
  readonly parts: readonly MultipartPart[];
  readonly malformed: string | null;
}

/**
 * @param contentType value of the header; null = take the boundary from the body
 * @param text the body, one character a byte
 */
export function readMultipart(contentType: string | null, text: string): MultipartRead {
  const declared = contentType === null ? [] : boundaries(contentType);
  const own = /^(?:\s{0,8})--([^\r\n]{1,200}?)[ \t]{0,8}(?:\r?\n|$)/.exec(text.slice(0, 300))?.[1] ?? null;
  let malformed: string | null = null;
  let wanted = declared;
  if (declared.length === 0) {
    malformed = 'no boundary is declared';
    wanted = own === null ? [] : [own];
  } else if (declared.length > 1) malformed = 'more than one boundary is declared';
  else if (!text.includes(`--${declared[0] as string}`)) {
    malformed = 'the declared boundary does not occur';
    if (own !== null) wanted = [own];
  }
  const parts: MultipartPart[] = [];
  for (const boundary of wanted) {
    const read = split(text, `--${boundary}`);
    malformed ??= read.malformed;
    parts.push(...read.parts);
  }
  // With no part at all the whole body is one, so that it is looked at.
  if (parts.length === 0 && text !== '') {
    malformed ??= 'it has no part';
    parts.push({ name: null, fileName: null, mediaType: null, headers: [], text });
  }
  return { parts, malformed };
}

function boundaries(contentType: string): string[] {
  const found: string[] = [];
  for (const match of contentType.matchAll(/;\s{0,20}boundary\*?\s{0,4}=\s{0,4}(?:"((?:[^"\\]|\\.){0,200})"|([^\s;,]{1,200}))/gi)) {
    const value = (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1');
    if (value !== '' && !found.includes(value)) found.push(value);
  }
  return found.slice(0, 4);
}

function split(text: string, delimiter: string): MultipartRead {
  const parts: MultipartPart[] = [];
  let malformed: string | null = null;
  let at = delimiterAt(text, delimiter, 0);
  if (at === -1) return { parts, malformed: 'the declared boundary does not occur' };
  if (text.slice(0, at).trim() !== '') malformed = 'there is text before the first part';
  for (;;) {
    const afterMark = at + delimiter.length;
    if (text.startsWith('--', afterMark)) {
      if (text.slice(afterMark + 2).trim() !== '') malformed ??= 'there is text after the last part';
      return { parts, malformed };
    }
    const lineEnd = text.indexOf('\n', afterMark);
    if (lineEnd === -1) return { parts, malformed: malformed ?? 'the final boundary is missing' };
    let next = parts.length >= MULTIPART_PARTS_MAX ? -1 : delimiterAt(text, delimiter, lineEnd);
    if (parts.length >= MULTIPART_PARTS_MAX) malformed ??= `more than ${MULTIPART_PARTS_MAX} parts`;
    const isLast = next === -1;
    if (isLast) {
      malformed ??= 'the final boundary is missing';
      next = text.length;
    }
    const read = readPart(text.slice(lineEnd + 1, next));
    malformed ??= read.malformed;
    parts.push(read.part);
    if (isLast) return { parts, malformed };
    at = next;
  }
}

/** Where the delimiter next begins a line. */
function delimiterAt(text: string, delimiter: string, from: number): number {
  for (let at = text.indexOf(delimiter, from); at !== -1; at = text.indexOf(delimiter, at + 1))
    if (at === 0 || text[at - 1] === '\n' || text[at - 1] === '\r') return at;
  return -1;
}

function readPart(raw: string): { part: MultipartPart; malformed: string | null } {
  let malformed: string | null = null;
  const headers: { name: string; value: string }[] = [];
  let at = 0;
  // No header block at all: the part begins with an empty line or with its content.
  while (at < raw.length && at < PART_HEAD_CHARS_MAX) {
    let lineEnd = raw.indexOf('\n', at);
    if (lineEnd === -1) lineEnd = raw.length;
    const line = raw.slice(at, lineEnd).replace(/\r$/, '');
    if (line === '') {
      at = lineEnd + 1;
      break;
    }
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && headers.length > 0) {
      const last = headers[headers.length - 1] as { name: string; value: string };
      last.value = `${last.value} ${line.trim()}`;
    } else if (colon <= 0) {
      malformed = 'a part has a header line without a name';
      if (headers.length === 0) break;
    } else if (headers.length < PART_HEADERS_MAX)
      headers.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() });
    else malformed = `a part has more than ${PART_HEADERS_MAX} header fields`;
    at = lineEnd + 1;
  }
  const disposition = first(headers, 'content-disposition');
  const named = disposition === null ? { name: null, fileName: null, isTwice: false } : readDisposition(disposition);
  if (named.isTwice || headers.filter(({ name }) => name === 'content-disposition').length > 1) malformed ??= 'a part is named twice';
  if (disposition === null) malformed ??= 'a part has no content disposition';
  const mediaType = first(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? null;
  const encoded = raw.slice(Math.min(at, raw.length)).replace(/\r?\n$/, '');
  const transfer = first(headers, 'content-transfer-encoding')?.trim().toLowerCase() ?? null;
  const text =
    transfer === 'base64' ? (decodeBase64(encoded) ?? encoded) : transfer === 'quoted-printable' ? quotedPrintable(encoded) : encoded;
  return { part: { name: named.name, fileName: named.fileName, mediaType, headers, text }, malformed };
}

function first(headers: HeaderList, name: string): string | null {
  for (const field of headers) if (field.name === name) return field.value;
  return null;
}

/** `form-data; name="a"; filename="b"; filename*=utf-8''b`: names that differ are joined by a line break, so that each is looked at. */
function readDisposition(value: string): { name: string | null; fileName: string | null; isTwice: boolean } {
  const names: string[] = [];
  const fileNames: string[] = [];
  for (const match of value.matchAll(
    /;\s{0,20}(name|filename)(\*?)(?:\*?\d?\*?)\s{0,4}=\s{0,4}(?:"((?:[^"\\]|\\.){0,4096})"?|'([^']{0,4096})'|([^;]{0,4096}))/gi,
  )) {
    let text = match[3] ?? match[4] ?? match[5] ?? '';
    // Browsers escape the quote only; a backslash before anything else is part of a Windows path.
    text = text.replaceAll('\\"', '"').trim();
    if (match[2] === '*') text = decodePercent(text.replace(/^[A-Za-z0-9-]{0,20}'[A-Za-z0-9-]{0,20}'/, ''));
    const list = match[1]?.toLowerCase() === 'name' ? names : fileNames;
    if (!list.includes(text)) list.push(text);
  }
  return {
    name: names[0] === undefined ? null : names.join('\n'),
    fileName: fileNames[0] === undefined ? null : fileNames.join('\n'),
    // `filename` beside `filename*` of another text is ordinary (RFC 6266), a second `name` is not.
    isTwice: names.length > 1,
  };
}

function quotedPrintable(text: string): string {
  return text
    .replace(/=[ \t]{0,20}\r?\n/g, '')
    .replace(/=([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
