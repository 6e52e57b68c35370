/** Every place of a request that an application may read, with the value as the place demands it decoded. */
import type { JsonValue } from '../http/exchange.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { decodePercent, decodeUtf8 } from './decode.ts';
import { kindOfName } from './place-kind.ts';
import type { Place } from './recogniser.ts';
import { namesJavaClass } from './recognisers/java-class.ts';

/** Asked for each value; false = enough was seen, stop walking. */
export type PlaceVisitor = (text: string, where: Place['where'], name: string, kind: Place['kind']) => boolean;

/** Values of one request that are looked at; beyond it the walk ends with `false`. A number or a boolean is no value. */
export const valuesMax = 100_000;
/** Nesting of JSON that is followed; the parser's own bound is lower. */
const depthMax = 256;
/** A name this long without a value may be a value that hides behind base64. */
const hiddenCharsMin = 12;
/** Text without a stated type up to this length is a value, not writing. */
const valueCharsMax = 400;
/** Segments of a path that are looked at one by one; the path is also looked at as a whole. */
const segmentsMax = 64;

/** Fields that framing, browsers and proxies own, whose grammar leaves no room for a payload worth the time. */
const skippedHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'date',
  'keep-alive',
  'te',
  'upgrade-insecure-requests',
  'x-stance-incident',
]);

/** Paths, names and values of the head. Returns whether all was seen. */
export function walkHead(head: RequestHead, visit: PlaceVisitor): boolean {
  if (!walkPath(head.path, visit)) return false;
  if (head.query !== null && head.query !== '' && !walkForm(decodeUtf8(head.query) ?? head.query, 'query', visit)) return false;
  for (const field of head.headers) {
    if (skippedHeaders.has(field.name)) continue;
    const isSeen = field.name === 'cookie' ? walkCookies(field.value, visit) : walkHeader(field.name, field.value, visit);
    if (!isSeen) return false;
  }
  return true;
}

function walkPath(path: string, visit: PlaceVisitor): boolean {
  const text = decodePercent(path.startsWith('/') ? path.slice(1) : path, false);
  if (text === '') return true;
  if (!visit(text, 'path', '', 'url')) return false;
  if (!/[^\w\-./~]/.test(text)) return true;
  // A payload seldom respects segments: only values that carry more than a name are looked at alone.
  const segments = path.split('/', segmentsMax);
  if (segments.length <= 2) return true;
  for (const [index, segment] of segments.entries()) {
    const value = decodePercent(segment, false);
    if (/[^\w\-.~]/.test(value) && !visit(value, 'path', String(index), 'unknown')) return false;
  }
  return true;
}

/** A query or a form as text: names and values, percent signs and `+` decoded. */
function walkForm(text: string, where: 'query' | 'body', visit: PlaceVisitor): boolean {
  const nameWhere = where === 'query' ? 'query-name' : 'body-name';
  let from = 0;
  let isOdd = false;
  while (from <= text.length) {
    const found = text.indexOf('&', from);
    const end = found < 0 ? text.length : found;
    if (end > from) {
      const equals = text.indexOf('=', from);
      const split = equals < 0 || equals > end ? end : equals;
      const name = decodePercent(text.slice(from, split), true);
      if (split < end) {
        const value = decodePercent(text.slice(split + 1, end), true);
        if (value !== '' && !walkValue(value, where, name, kindOfName(name), visit)) return false;
      }
      if (!isPlainName(name)) {
        isOdd = true;
        if (!visit(name, nameWhere, name.slice(0, 64), 'unknown')) return false;
      } else if (name.length >= hiddenCharsMin && end - split <= 2 && !visit(name, where, '', 'unknown')) return false;
    }
    from = end + 1;
  }
  // A payload with `&` or `=` of its own was cut apart above.
  if (isOdd || /&(?:&|[^=&]{0,200}(?:&|$))/.test(text)) return visit(decodePercent(text, true), where, '', 'unknown');
  return true;
}

/** Names that were found plain; those of an API come again with each request. */
const plainNames = new Set<string>();
const plainNamesMax = 4_096;

function isPlainName(name: string): boolean {
  if (plainNames.has(name)) return true;
  const isPlain = /^[\w\-.:[\]]*$/.test(name) && !name.includes('[$') && !name.includes('__') && !namesJavaClass(name);
  if (isPlain && name.length <= 64 && plainNames.size < plainNamesMax) plainNames.add(name);
  return isPlain;
}

function walkCookies(value: string, visit: PlaceVisitor): boolean {
  for (const part of value.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? '' : part.slice(0, equals)).trim();
    const text = decodePercent(part.slice(equals + 1).trim(), false);
    if (text !== '' && !visit(text, 'cookie', name, 'unknown')) return false;
    if (!isPlainName(name) && !visit(decodePercent(name, false), 'cookie', '', 'unknown')) return false;
  }
  // A payload with `;` of its own was cut apart above.
  return /[<'"`$|(]/.test(value) ? visit(decodePercent(value, false), 'cookie', '', 'unknown') : true;
}

/** Fields that upload scripts of pages send a file's name in. */
const fileNameField = /^x[._-]?file[._-]?name$/;

function walkHeader(name: string, value: string, visit: PlaceVisitor): boolean {
  if (value === '') return true;
  const kind = name === 'referer' || name === 'origin' ? 'url' : kindOfName(name);
  const text = decodeUtf8(value) ?? value;
  if (fileNameField.test(name)) return visit(text, 'file', name, 'plain');
  if (name === 'authorization' || name === 'proxy-authorization') {
    const space = text.indexOf(' ');
    if (space > 0) return visit(text.slice(space + 1).trim(), 'header', name, 'unknown');
  }
  return visit(text, 'header', name, kind);
}

/** Names and values of a body, by its kind. Returns whether all was seen. */
export function walkBody(body: ParsedBody, visit: PlaceVisitor): boolean {
  for (const text of body.texts ?? []) if (!visit(text.value, 'body', text.name, 'unknown')) return false;
  if (body.json !== undefined) {
    if (!walkJson(body.json, '$', 'unknown', visit, 0)) return false;
    return body.kind === 'graphql' && body.text !== null && body.json === null ? visit(body.text, 'body', '', 'graphql') : true;
  }
  if (body.parts !== null) {
    for (const part of body.parts) {
      const name = part.name === null ? null : (decodeUtf8(part.name) ?? part.name);
      if (name !== null && !isPlainName(name) && !visit(name, 'body-name', name.slice(0, 64), 'unknown')) return false;
      if (part.fileName !== null && part.fileName !== '' && !visit(decodeUtf8(part.fileName) ?? part.fileName, 'file', name ?? '', 'plain'))
        return false;
      if (!isReadAsText(part.mediaType, part.fileName, part.text)) continue;
      const text = decodeUtf8(part.text) ?? part.text;
      if (text !== '' && !walkText(text, part.fileName === null ? 'body' : 'file', name ?? '', visit)) return false;
    }
    return true;
  }
  if (body.form !== null && body.text !== null) {
    if (!walkForm(body.text, 'body', visit)) return false;
    return body.kind === 'form' ? true : walkText(body.text, 'raw-body', '', visit);
  }
  if (body.text === null || body.text === '') return true;
  if (body.kind === 'graphql') return visit(body.text, 'body', '', 'graphql');
  if (body.kind === 'xml') return walkXml(body.text, visit);
  return walkText(body.text, 'raw-body', '', visit);
}

/** Whether a part is text that something may read: not an image or an archive, told by its first bytes. */
function isReadAsText(mediaType: string | null, fileName: string | null, text: string): boolean {
  if (fileName === null && (mediaType === null || mediaType.startsWith('text/'))) return true;
  return !/[\0-\x08\x0e-\x1a]/.test(text.slice(0, 512)) || /^(?:\ufeff|\xff\xfe|\xfe\xff)/.test(text);
}

/** A value, or the values within it when it is JSON in a string: those have names and places of their own. */
function walkValue(value: string, where: Place['where'], name: string, kind: Place['kind'], visit: PlaceVisitor): boolean {
  const first = value.charCodeAt(0);
  if ((first === 123 || first === 91) && value.length > 8 && /[}\]]\s{0,8}$/.test(value)) {
    const inner = parsedJson(value);
    if (typeof inner === 'object' && inner !== null)
      return walkJson(inner, name, kind, (text, _where, at, own) => visit(text, _where === 'body-name' ? _where : where, at, own), 1);
  }
  return visit(value, where, name, kind);
}

/** Text of no stated shape: JSON when it reads as such, and as it stands otherwise. */
function walkText(text: string, where: Place['where'], name: string, visit: PlaceVisitor): boolean {
  const first = text.trimStart().charAt(0);
  if (first === '{' || first === '[') {
    const whole = parsedJson(text);
    if (whole !== undefined) return walkJson(whole, name === '' ? '$' : name, 'unknown', visit, 0);
  }
  // Control characters mean that it is no text, whatever its type says.
  if (where === 'raw-body' && /[\x01-\x08\x0e-\x1a]/.test(text.slice(0, 512))) return true;
  return visit(text, where, name, name !== '' ? kindOfName(name) : text.length <= valueCharsMax ? 'unknown' : 'free-text');
}

function parsedJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Not JSON: then it is read as what it is, text.
    return undefined;
  }
}

/** String leaves and keys. `kind` is what the nearest name says of the values below it. */
function walkJson(value: JsonValue, at: string, kind: Place['kind'], visit: PlaceVisitor, depth: number): boolean {
  if (typeof value === 'string') return value === '' || walkValue(value, 'body', at, kind, visit);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > depthMax) return false;
  if (Array.isArray(value)) {
    const below = `${at}[]`;
    for (const item of value as readonly JsonValue[]) if (!walkJson(item, below, kind, visit, depth + 1)) return false;
    return true;
  }
  const isGraphql = depth <= 1 && isGraphqlRequest(value as { readonly [key: string]: JsonValue });
  for (const key in value) {
    const item = (value as { readonly [key: string]: JsonValue })[key];
    if (!isPlainName(key) || key.startsWith('$')) {
      if (!visit(key, 'body-name', `${at}.${key.slice(0, 64)}`, 'unknown')) return false;
    }
    if (item === undefined || item === null || typeof item === 'number' || typeof item === 'boolean') continue;
    const own = isGraphql && key === 'query' ? 'graphql' : kindOfName(key);
    if (!walkJson(item, `${at}.${key}`, own === 'unknown' ? kind : own, visit, depth + 1)) return false;
  }
  return true;
}

/** `{query: "query Name {...}"}`: the text is a document in a language of its own, not a value. */
function isGraphqlRequest(body: { readonly [key: string]: JsonValue }): boolean {
  const query = body.query;
  return typeof query === 'string' && /^\s{0,200}(?:#[^\n]{0,500}\n\s{0,200}){0,20}(?:query|mutation|subscription|fragment|\{)/.test(query);
}

/** Text between tags, attribute values and the document as a whole: what a reader of XML hands on. */
function walkXml(text: string, visit: PlaceVisitor): boolean {
  if (!visit(text, 'raw-body', '', 'unknown')) return false;
  let from = 0;
  for (let seen = 0; seen < valuesMax; seen += 1) {
    const open = text.indexOf('<', from);
    const inner = (open < 0 ? text.slice(from) : text.slice(from, open)).trim();
    if (inner !== '' && !visit(inner, 'body', 'text()', 'unknown')) return false;
    if (open < 0) return true;
    if (text.startsWith('<![CDATA[', open)) {
      const end = text.indexOf(']]>', open);
      const data = text.slice(open + '<![CDATA['.length, end < 0 ? text.length : end);
      if (data !== '' && !visit(data, 'body', 'text()', 'unknown')) return false;
      if (end < 0) return true;
      from = end + 3;
      continue;
    }
    const close = text.indexOf('>', open);
    const tag = text.slice(open, close < 0 ? text.length : close);
    for (const match of tag.matchAll(/([\w:.-]{1,100})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)')/g)) {
      const name = match[1] ?? '';
      const value = match[2] ?? match[3] ?? '';
      if (value !== '' && !name.startsWith('xmlns') && !visit(value, 'body', `@${name}`, 'unknown')) return false;
    }
    if (close < 0) return true;
    from = close + 1;
  }
  return false;
}
