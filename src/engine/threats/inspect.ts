/** Asks the recognisers about every place of a request. Pure: the same request gives the same hits. */
import type { Mode } from '../evidence/decision.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { CleanFields } from './clean-fields.ts';
import { CleanPaths } from './clean-path.ts';
import { PlainAddresses } from './plain-address.ts';
import { plainnessOf } from './plain-value.ts';
import { type Place, type Recogniser, sign, type ThreatHit } from './recogniser.ts';
import { command } from './recognisers/command.ts';
import { javaClass } from './recognisers/java-class.ts';
import { phpCall } from './recognisers/php-call.ts';
import { sessionFixation } from './recognisers/session-fixation.ts';
import { recognisers } from './recognisers.ts';
import { readingsOf, windowsOf } from './sample.ts';
import { type PlaceVisitor, valuesMax, walkBody, walkHead } from './walk-places.ts';

export interface InspectOptions {
  /** Modes by category; those that are `off` are not asked. Unnamed ones block. */
  readonly categories: Readonly<Record<string, Mode>>;
  /** Confidence (0 to 1) from which a hit is reported. */
  readonly threshold: number;
  /** What a schema says of places, by `where.name`: `body.$.note`; wins over the guess from the name. `validated` ones are not looked at. */
  readonly kinds?: { get(place: string): Place['kind'] | 'validated' | undefined };
}

/** Hits of one request that are kept: the decision needs one, evidence a few. */
const hitsMax = 8;

/** Attacks in the path, the query and the header fields, the surest of each place. */
export function inspectHead(head: RequestHead, options: InspectOptions): ThreatHit[] {
  const hits = inspect(options, (visit) => walkHead(head, visit));
  return head.query === null ? hits : withFixation(hits, head, head.query, 'query', options);
}

/** Attacks in the names and values of a body. */
export function inspectBody(head: RequestHead, body: ParsedBody, options: InspectOptions): ThreatHit[] {
  const hits = inspect(options, (visit) => walkBody(body, visit));
  return body.kind === 'form' && body.text !== null ? withFixation(hits, head, body.text, 'body', options) : hits;
}

/** A session set from elsewhere shows in two places of a request at once, so no single value tells. */
function withFixation(hits: ThreatHit[], head: RequestHead, fields: string, where: 'query' | 'body', options: InspectOptions): ThreatHit[] {
  if (options.categories['session-fixation'] === 'off' || hits.length >= hitsMax) return hits;
  const found = sessionFixation(head, fields, where);
  if (found !== null && found.confidence >= options.threshold) hits.push(found);
  return hits;
}

function inspect(options: InspectOptions, walk: (visit: PlaceVisitor) => boolean): ThreatHit[] {
  const bench = benchFor(options);
  const hits: ThreatHit[] = [];
  let values = 0;
  const isSeenWhole = walk((text, where, name, kind) => {
    values += 1;
    if (values > valuesMax) return false;
    const hit = inspectValue(text, { where, name, kind }, bench, options);
    if (hit !== null) hits.push(hit);
    return hits.length < hitsMax;
  });
  if (!isSeenWhole && hits.length < hitsMax)
    hits.push({
      category: 'encoding',
      rule: 'too-much',
      confidence: 0.6,
      reason: 'holds more values or levels than are looked at',
      place: '',
    });
  return hits;
}

/** Skips what was judged before, then asks about every reading. */
function inspectValue(text: string, place: Place, bench: Bench, options: InspectOptions): ThreatHit | null {
  if (text.length < 2) return null;
  const asked = bench.asked.get(place.where) ?? [];
  const told = options.kinds?.get(`${place.where}.${place.name}`);
  // Passed validation as what can hold no attack; whoever gives this must have validated the request.
  if (told === 'validated') return null;
  // What a schema says holds for one route; what is remembered holds for all.
  if (told !== undefined) return judge(text, { ...place, kind: told }, asked, options);
  if (place.where === 'header') {
    if (bench.fields.isClean(place.name, text)) return null;
    const hit = judge(text, place, asked, options);
    if (hit === null) bench.fields.remember(place.name, text);
    return hit;
  }
  if (place.where === 'path' && place.name === '') {
    if (bench.paths.isClean(text)) return null;
    const hit = judge(text, place, asked, options);
    if (hit === null) bench.paths.remember(text);
    return hit;
  }
  if (place.where === 'body' || place.where === 'query' || place.where === 'cookie') {
    const plainness = plainnessOf(text);
    if (plainness === 'word' || plainness === 'stamp') return null;
    if (plainness === 'name') return judge(text, place, bench.nameReaders, options);
    if (plainness === 'words') return judge(text, place, bench.wordReaders, options);
  }
  const host = bench.addresses.hostOf(text);
  if (host !== null) {
    if (bench.addresses.isClean(host)) return null;
    if (judge(`https://${host}/`, place, asked, options) === null && judge(host, place, asked, options) === null)
      bench.addresses.remember(host);
  }
  return judge(text, place, asked, options);
}

function judge(text: string, place: Place, asked: readonly Recogniser[], options: InspectOptions): ThreatHit | null {
  for (const window of windowsOf(text)) {
    for (const sample of readingsOf(window)) {
      for (const recogniser of asked) {
        if (recogniser.signs !== 0 && (recogniser.signs & sample.signs) === 0) continue;
        const found = recogniser.recognise(sample, place);
        if (found !== null && found.confidence >= options.threshold)
          return { ...found, category: recogniser.category, place: placeLabel(place) };
      }
    }
  }
  return null;
}

/** `query.q`, `body.$.items[].note`; names are cut so that a value cannot pose as one. */
function placeLabel(place: Place): string {
  const name = place.name.replace(/[^\w\-.$[\]@()?:]/g, '_').slice(0, 80);
  return name === '' ? place.where : `${place.where}.${name}`;
}

/** What serves one policy: whom to ask, and what was found clean by them. */
interface Bench {
  readonly asked: ReadonlyMap<Place['where'], readonly Recogniser[]>;
  /** Those who can fire on words and spaces alone. */
  readonly wordReaders: readonly Recogniser[];
  /** Those who know a single word with marks in it: `call_user_func`. */
  readonly nameReaders: readonly Recogniser[];
  readonly threshold: number;
  readonly fields: CleanFields;
  readonly addresses: PlainAddresses;
  readonly paths: CleanPaths;
}

const wheres: readonly Place['where'][] = [
  'method',
  'path',
  'query',
  'query-name',
  'header',
  'cookie',
  'body',
  'body-name',
  'file',
  'raw-body',
];
/** Asked about every sign, and about words as well. */
const readsWords: ReadonlySet<Recogniser> = new Set([command]);

const benches = new WeakMap<object, Bench>();

function benchFor(options: InspectOptions): Bench {
  const known = benches.get(options.categories);
  if (known !== undefined && known.threshold === options.threshold) return known;
  const active = recognisers.filter((recogniser) => options.categories[recogniser.category] !== 'off');
  const bench = {
    asked: new Map(wheres.map((where) => [where, active.filter((recogniser) => recogniser.places?.includes(where) ?? true)])),
    wordReaders: active.filter((recogniser) => readsWords.has(recogniser) || (recogniser.signs & sign.space) !== 0),
    nameReaders: active.filter((recogniser) => recogniser === phpCall || recogniser === javaClass),
    threshold: options.threshold,
    fields: new CleanFields(),
    addresses: new PlainAddresses(),
    paths: new CleanPaths(),
  };
  benches.set(options.categories, bench);
  return bench;
}
