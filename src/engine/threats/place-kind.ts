/** What kind of text stands in a place by right, told from its name alone; a schema knows better and may say so. */
import type { Place } from './recogniser.ts';

const kindsByWord: ReadonlyMap<string, Place['kind']> = new Map(
  Object.entries<Place['kind']>({
    url: 'url',
    uri: 'url',
    href: 'url',
    link: 'url',
    links: 'url',
    redirect: 'url',
    callback: 'url',
    webhook: 'url',
    referer: 'url',
    origin: 'url',
    next: 'url',
    return: 'url',
    returnto: 'url',
    location: 'url',
    endpoint: 'url',
    html: 'html',
    markup: 'html',
    richtext: 'html',
    script: 'code',
    source: 'code',
    code: 'code',
    command: 'code',
    commands: 'code',
    stack: 'code',
    stacktrace: 'code',
    arguments: 'code',
    patch: 'code',
    diff: 'code',
    sql: 'query-language',
    filter: 'query-language',
    expression: 'query-language',
    body: 'free-text',
    text: 'free-text',
    message: 'free-text',
    comment: 'free-text',
    description: 'free-text',
    content: 'free-text',
    note: 'free-text',
    notes: 'free-text',
    title: 'free-text',
    subject: 'free-text',
    summary: 'free-text',
  }),
);

/** Longest name that is looked at, characters. */
const nameCharsMax = 64;
const known = new Map<string, Place['kind']>();
/** Names whose kind is remembered; beyond it a name is worked out again. */
const knownMax = 4_096;

/** @param name a parameter, field or header name; its last word decides: `html_body` is free text, `callbackUrl` a URL */
export function kindOfName(name: string): Place['kind'] {
  if (name === '' || name.length > nameCharsMax) return 'unknown';
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  let kind: Place['kind'] = 'unknown';
  for (const word of words) {
    const found = kindsByWord.get(word);
    if (found !== undefined) kind = found;
    if (found === 'html' || found === 'url') break;
  }
  if (known.size < knownMax) known.set(name, kind);
  return kind;
}

/** Text up to this length is a value even where code is expected: authorisation codes and country codes are what APIs are sent there. */
const codeCharsMin = 200;

/** Whether source code stands in a place by right: a field of a document that is named for it, or a longer text. */
export function isCodePlace(place: Place, chars: number): boolean {
  return place.kind === 'code' && (chars > codeCharsMin || /[$.[]/.test(place.name) || place.where === 'file');
}
