/** HAR 1.2 (and 1.1): what browsers, proxies and test recorders capture, bodies included. Entries are read one by one. */
import type { Body, Exchange } from '../engine/http/exchange.ts';
import { type HeaderList, header } from '../engine/http/headers.ts';
import { headersOf, numberOf, textOf, tlsVersionOf } from './exchange-parts.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { JsonArrayReader, type JsonElement } from './json-array.ts';
import { parseObject } from './json-log.ts';
import { batchBytesMax, batchItemsMax, incomplete } from './line-format.ts';
import { methodOf, parseAbsolute } from './request-line.ts';
import type { Input, ReadOptions, SourceFormat, SourceItem } from './source.ts';
import { anyTime } from './timestamp.ts';

export const harFormat: SourceFormat = {
  id: 'har',
  title: 'HAR 1.2 capture of a browser, proxy or test recorder',
  kind: 'traffic',
  detect(head, name) {
    if (!/^\uFEFF?\s*\{/.test(head) || !/"log"\s*:\s*\{/.test(head)) return 0;
    if (name.toLowerCase().includes('.har')) return 0.99;
    return /"(?:entries|pages|creator)"\s*:/.test(head) ? 0.97 : 0;
  },
  read: readHar,
};

async function* readHar(input: Input, options: ReadOptions): AsyncIterable<readonly SourceItem[]> {
  const reader = new JsonArrayReader(['log', 'entries']);
  const afterLine = options.afterLine ?? 0;
  const clock: EntryClock = { lastMs: input.modifiedMs ?? null };
  let number = 0;
  let items: SourceItem[] = [];
  let heldCharacters = 0;
  let failure: unknown = null;
  const chunks = input.bytes()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (next === null || next.done) break;
      for (const element of reader.push(next.value)) {
        number += 1;
        const item = itemOf(element, number, clock, options);
        if (number <= afterLine) continue;
        items.push(item);
        heldCharacters += element.kind === 'element' ? element.text.length : 0;
        if (items.length >= batchItemsMax || heldCharacters >= batchBytesMax) {
          yield items;
          items = [];
          heldCharacters = 0;
        }
      }
    }
  } finally {
    await chunks.return?.();
  }
  const fault = reader.found ? (reader.complete ? null : 'the document ends in the middle') : 'there is no log.entries';
  if (fault !== null && number + 1 > afterLine) items.push(malformed(number + 1, fault));
  if (items.length > 0) yield items;
  if (failure !== null) throw incomplete(input.name, number, failure);
}

/** Some recorders leave the time out: such an entry is as old as the one before it, the first as old as the file. */
interface EntryClock {
  lastMs: number | null;
}

function itemOf(element: JsonElement, number: number, clock: EntryClock, options: ReadOptions): SourceItem {
  if (element.kind === 'overlong') return malformed(number, 'the entry is too large');
  const entry = element.kind === 'element' ? parseObject(element.text) : null;
  const request = member(entry, 'request');
  if (entry === null || request === null) return malformed(number, 'is no HAR entry');
  const method = methodOf(textOf(value(request, 'method')) ?? '');
  const url = textOf(value(request, 'url'));
  if (method === null || url === null) return malformed(number, 'no request: method or URL is missing');
  const target = parseAbsolute(method, url);
  // data:, blob:, chrome-extension: and the like never leave the browser.
  if (target === null)
    return /^[a-z][a-z0-9+.-]*:/i.test(url) ? excluded(number, exclusionReasons.notFetched) : malformed(number, 'the URL is not one');

  const atMs = anyTime(value(entry, 'startedDateTime')) ?? clock.lastMs ?? Date.now();
  clock.lastMs = atMs;
  const response = member(entry, 'response');
  const content = member(response, 'content');
  const requestHeaders = fieldsOf(request);
  const responseHeaders = fieldsOf(response);
  const time = numberOf(value(entry, 'time'));
  const security = member(entry, '_securityDetails');
  const exchange: Exchange = {
    atMs,
    method,
    scheme: target.scheme,
    host: target.host,
    path: target.path,
    query: target.query,
    status: statusOf(value(response, 'status')),
    durationMs: time !== null && time > 0 ? Math.round(time * 1000) / 1000 : null,
    requestBytes: size(value(request, 'bodySize')),
    responseBytes: responseSize(response, content),
    clientAddress: null,
    userAgent: header(requestHeaders, 'user-agent'),
    referer: header(requestHeaders, 'referer'),
    principal: null,
    credential: null,
    requestHeaders,
    responseHeaders,
    requestBody: requestBodyOf(member(request, 'postData'), requestHeaders),
    responseBody: content === null ? null : contentBody(content, responseHeaders, value(content, 'encoding')),
    route: null,
    service: options.service ?? null,
    environment: null,
    tlsVersion: tlsVersionOf(value(security, 'protocol')),
    line: number,
  };
  return { kind: 'exchange', exchange };
}

function value(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

function member(holder: object | null, name: string): object | null {
  const held = value(holder, name);
  return typeof held === 'object' && held !== null && !Array.isArray(held) ? held : null;
}

/** Null for an empty list: every message has fields, so none means that none were recorded. Pseudo headers of HTTP/2 are no fields. */
function fieldsOf(message: object | null): HeaderList | null {
  const list = headersOf(value(message, 'headers'))?.filter((field) => !field.name.startsWith(':')) ?? [];
  return list.length === 0 ? null : list;
}

/** Status 0 is how browsers write that no response came. */
function statusOf(given: unknown): number | null {
  const status = numberOf(given);
  return status !== null && Number.isInteger(status) && status >= 100 && status <= 999 ? status : null;
}

/** -1 means unknown (HAR 1.2 specification, "bodySize"). */
function size(given: unknown): number | null {
  const bytes = numberOf(given);
  return bytes !== null && bytes >= 0 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** Bytes on the wire when known; a response from a cache has none, and then its content size says how large it is. */
function responseSize(response: object | null, content: object | null): number | null {
  const wire = size(value(response, 'bodySize'));
  return wire !== null && wire > 0 ? wire : (size(value(content, 'size')) ?? wire);
}

function requestBodyOf(postData: object | null, headers: HeaderList | null): Body | null {
  if (postData === null) return null;
  const params = value(postData, 'params');
  const text = textOf(value(postData, 'text'));
  if (text === null && Array.isArray(params) && params.length > 0) {
    const pairs = params.flatMap((param: unknown) => {
      const name = typeof param === 'object' && param !== null ? textOf(Reflect.get(param, 'name')) : null;
      return name === null ? [] : [`${formEncoded(name)}=${formEncoded(textOf(value(param, 'value')) ?? '')}`];
    });
    return { mediaType: mediaTypeOf(postData, headers), text: pairs.join('&'), json: undefined };
  }
  return contentBody(postData, headers, value(postData, 'encoding') ?? value(postData, '_encoding'));
}

/** Names and values of parameters may be given encoded or not; what is encoded already stays. */
function formEncoded(text: string): string {
  return /^[\w.~*+%-]*$/.test(text) ? text : encodeURIComponent(text);
}

function mediaTypeOf(holder: object, headers: HeaderList | null): string | null {
  const given = textOf(value(holder, 'mimeType'));
  // Chrome writes x-unknown for a response without a type.
  return given !== null && given !== 'x-unknown' ? given : header(headers, 'content-type');
}

const textual = /json|text|xml|javascript|urlencoded|graphql|yaml|csv/i;

/** A body whose characters were left out or are binary has null text: it was there, and its content is not known. */
function contentBody(content: object, headers: HeaderList | null, encoding: unknown): Body | null {
  const mediaType = mediaTypeOf(content, headers);
  const text = value(content, 'text');
  if (typeof text !== 'string' || text === '') {
    const bytes = size(value(content, 'size'));
    return bytes === null || bytes === 0 ? null : { mediaType, text: null, json: undefined };
  }
  if (encoding !== 'base64') return { mediaType, text, json: undefined };
  const decoded = mediaType !== null && textual.test(mediaType) ? Buffer.from(text, 'base64').toString('utf8') : null;
  return { mediaType, text: decoded, json: undefined };
}
