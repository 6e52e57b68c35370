/**
 * Reads a request body once, by what it declares and, where that says nothing, by what it looks like. Never throws and never refuses:
 * an unknown content type is sniffed, a body that is not what it says is read as far as it goes and `malformed` says why.
 *
 * Compressed bodies (`content-encoding`) are inflated, bounded, by the door before they come here: the engine has no zlib.
 */
import type { JsonValue } from './exchange.ts';
import { readForm, readsAsForm } from './form-body.ts';
import { type HeaderList, header } from './headers.ts';
import { readMultipart } from './multipart.ts';
import { binaryTexts } from './parsed-body-protobuf.ts';
import { shadowedValues } from './parsed-body-shadowed.ts';
import { decodeBase64, decodeText, portable, readsAsText } from './parsed-body-text.ts';
import type { ParsedBody, RequestBody } from './request.ts';

/** Levels of JSON nesting; deeper is no data of an API and makes recursive readers fail. */
export const JSON_DEPTH_MAX = 128;
/** Lines of newline-delimited JSON taken apart. */
export const JSON_LINES_MAX = 5000;

type Read = Pick<ParsedBody, 'kind' | 'json' | 'form' | 'parts' | 'text' | 'malformed'> & Pick<ParsedBody, 'texts' | 'charset'>;

const nothing = { json: undefined, form: null, parts: null, text: null, malformed: null } as const;

/** @param body bytes after transfer and content decoding, as many as the door took */
export function parseBody(headers: HeaderList, body: RequestBody): ParsedBody {
  const contentType = header(headers, 'content-type');
  const mediaType = contentType === null ? null : mediaTypeOf(contentType);
  const read = readBytes(contentType, mediaType, body);
  // Which of two types a server goes by cannot be told.
  const malformed = typesDiffer(headers, contentType) ? 'its type is declared twice' : read.malformed;
  return { mediaType, isWhole: body.isWhole, bytes: body.bytes.length, ...read, malformed };
}

function typesDiffer(headers: HeaderList, contentType: string | null): boolean {
  for (const { name, value } of headers) if (name === 'content-type' && value !== contentType) return true;
  return false;
}

/** Type and subtype in lower case without parameters; null when the text is none. */
export function mediaTypeOf(contentType: string): string | null {
  const type = (/^[^;,]{0,200}/.exec(contentType)?.[0] ?? '').trim().toLowerCase();
  return type === '' ? null : type;
}

function readBytes(contentType: string | null, mediaType: string | null, body: RequestBody): Read {
  const { bytes, decoding = portable } = body;
  if (bytes.length === 0) return { kind: 'text', ...nothing, text: '' };
  if (mediaType?.startsWith('multipart/')) return multipart(contentType, decoding.latin1(bytes));
  if (mediaType !== null && /^application\/grpc-web-text/.test(mediaType)) {
    const decoded = decodeBase64(decoding.latin1(bytes));
    if (decoded === null) return { kind: 'text', ...nothing, text: decoding.latin1(bytes), malformed: 'it is not base64' };
    return { kind: 'binary', ...nothing, texts: binaryTexts(bytesOf(decoded)) };
  }
  // A type that is text by right is read as text whatever its first bytes are, or padding would hide the rest.
  if (!isTextType(mediaType) && !readsAsText(bytes)) return { kind: 'binary', ...nothing, texts: binaryTexts(bytes) };
  const { text, charset } = decodeText(bytes, charsetOf(contentType), decoding);
  const read = readText(mediaType, text, body.isWhole);
  return charset === 'utf-8' ? read : { ...read, charset };
}

function readText(mediaType: string | null, text: string, isWhole: boolean): Read {
  const base = { ...nothing, text };
  const first = /\S/.exec(text)?.[0] ?? '';
  if (mediaType === 'application/graphql') return { kind: 'graphql', ...base };
  if (mediaType !== null && isJsonType(mediaType)) {
    const read = readJson(text, isWhole);
    if (read.json !== undefined) return jsonRead(text, read.json, null);
    // A form sent as JSON: some frameworks read it all the same, so its fields are looked at.
    return { kind: 'text', ...base, form: readsAsForm(text) ? readForm(text).fields : null, malformed: read.malformed ?? 'it is not JSON' };
  }
  if (mediaType !== null && isXmlType(mediaType)) {
    if (first !== '<') return { ...sniff(text, first, isWhole), malformed: 'it is not XML' };
    return { kind: 'xml', ...base };
  }
  if (mediaType === 'application/x-www-form-urlencoded') {
    if (first === '{' || first === '[') {
      const read = readJson(text, isWhole);
      if (read.json !== undefined) return jsonRead(text, read.json, 'it is JSON sent as a form');
    }
    if (first === '<' && looksLikeXml(text))
      return { kind: 'xml', ...base, form: readForm(text).fields, malformed: 'it is XML sent as a form' };
    const read = readForm(text);
    return { kind: 'form', ...base, form: read.fields, malformed: read.malformed };
  }
  return sniff(text, first, isWhole);
}

/** What no declared type tells: JSON that parses, XML by its first tag, a multipart by its disposition, a form by its shape; else text. */
function sniff(text: string, first: string, isWhole: boolean): Read {
  const base = { ...nothing, text };
  if (first === '{' || first === '[') {
    const read = readJson(text, isWhole);
    if (read.json !== undefined) return jsonRead(text, read.json, null);
  }
  if (first === '<' && looksLikeXml(text)) return { kind: 'xml', ...base };
  if (first === '-' && /content-disposition:/i.test(text.slice(0, 2000))) return { ...multipart(null, text), malformed: null };
  if (readsAsForm(text)) {
    const read = readForm(text);
    return { kind: 'form', ...base, form: read.fields, malformed: read.malformed };
  }
  return { kind: 'text', ...base };
}

function jsonRead(text: string, json: JsonValue, malformed: string | null): Read {
  const hidden = shadowedValues(text);
  return { kind: 'json', ...nothing, text, json, malformed, ...(hidden.length === 0 ? {} : { texts: hidden }) };
}

function multipart(contentType: string | null, text: string): Read {
  const read = readMultipart(contentType, text);
  return { kind: 'multipart', ...nothing, text, parts: read.parts, malformed: read.malformed };
}

function isJsonType(mediaType: string): boolean {
  return /[/+](?:x-)?(?:json|ndjson|json-seq|jsonl|jsonlines|json5|vnd\.api\+json)\b|\/csp-report$|\/javascript-object$/.test(mediaType);
}

function isTextType(mediaType: string | null): boolean {
  if (mediaType === null) return false;
  return (
    mediaType.startsWith('text/') ||
    mediaType === 'application/x-www-form-urlencoded' ||
    mediaType === 'application/graphql' ||
    isJsonType(mediaType) ||
    isXmlType(mediaType)
  );
}

function isXmlType(mediaType: string): boolean {
  return /[/+]xml\b|\/xml-/.test(mediaType);
}

function looksLikeXml(text: string): boolean {
  return /^\s{0,64}<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.-]{0,60}(?:\s{1,20}xmlns|:[A-Za-z_]|\s{0,20}\/?>))/i.test(text.slice(0, 300));
}

/** Whole text first, then line by line; a body that was cut off is closed where the cut fell. `json` is undefined when nothing helps. */
function readJson(text: string, isWhole: boolean): { json: JsonValue | undefined; malformed: string | null } {
  if (isTooDeep(text)) return { json: undefined, malformed: `it is nested deeper than ${JSON_DEPTH_MAX} levels` };
  const whole = tryJson(text);
  if (whole !== undefined) return { json: whole, malformed: null };
  const lines = readJsonLines(text, isWhole);
  if (lines !== undefined) return { json: lines, malformed: null };
  if (!isWhole) {
    const closed = tryClosedJson(text);
    if (closed !== undefined) return { json: closed, malformed: null };
  }
  return { json: undefined, malformed: 'it is not JSON' };
}

function tryJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function readJsonLines(text: string, isWhole: boolean): JsonValue[] | undefined {
  // RFC 7464 puts a record separator before each text.
  if (!/^[\s\x1e]{0,64}[{["\d]/.test(text) || !/[\n\x1e]/.test(text.trimEnd())) return undefined;
  const values: JsonValue[] = [];
  const lines = text.split(/[\n\x1e]/, JSON_LINES_MAX + 1);
  for (let at = 0; at < lines.length && at < JSON_LINES_MAX; at++) {
    const line = (lines[at] as string).trim();
    if (line === '') continue;
    const value = tryJson(line) ?? (!isWhole && at === lines.length - 1 ? tryClosedJson(line) : undefined);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values.length > 1 ? values : undefined;
}

/** Ends what a cut left open: the string, then every bracket, with a value where one is owed. */
function tryClosedJson(text: string): JsonValue | undefined {
  const open: string[] = [];
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === '\\') at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') open.pop();
  }
  if (open.length === 0) return undefined;
  const end = open.reverse().join('');
  const kept = isString ? `${text.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, '')}"` : text.replace(/[\s,]{1,64}$/, '');
  return (
    tryJson(kept + end) ??
    tryJson(`${kept}:null${end}`) ??
    tryJson(`${kept}null${end}`) ??
    tryJson(kept.replace(/[\w.+-]{1,32}$/, 'null') + end)
  );
}

function isTooDeep(text: string): boolean {
  let openers = 0;
  // A document without this many brackets cannot be that deep; most end here.
  for (let at = text.indexOf('['); at !== -1 && openers <= JSON_DEPTH_MAX; at = text.indexOf('[', at + 1)) openers++;
  for (let at = text.indexOf('{'); at !== -1 && openers <= JSON_DEPTH_MAX; at = text.indexOf('{', at + 1)) openers++;
  if (openers <= JSON_DEPTH_MAX) return false;
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === 92) at++;
      else if (code === 34) isString = false;
    } else if (code === 34) isString = true;
    else if (code === 123 || code === 91) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (code === 125 || code === 93) depth--;
  }
  return false;
}

function charsetOf(contentType: string | null): string | null {
  if (contentType === null) return null;
  return /;\s{0,20}charset\s{0,4}=\s{0,4}["']?([\w.:-]{1,40})/i.exec(contentType)?.[1]?.toLowerCase() ?? null;
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
