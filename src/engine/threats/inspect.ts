/** Asks the recognisers about every place of a request. Pure: the same request gives the same hits. */
import type { Mode } from '../evidence/decision.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import type { NativeRecogniser, Place, Recogniser, ThreatHit } from './recogniser.ts';
import { recognisers } from './recognisers.ts';
import { readingsOf, windowsOf } from './sample.ts';
import { type PlaceVisitor, valuesMax, walkBody, walkHead } from './walk-places.ts';

export interface InspectOptions {
  /** Modes by category; those that are `off` are not asked. Unnamed ones block. */
  readonly categories: Readonly<Record<string, Mode>>;
  /** Confidence (0 to 1) from which a hit is reported. */
  readonly threshold: number;
  /** A second opinion from an edge; null or absent = none. */
  readonly native?: NativeRecogniser | null;
  /** What a schema says of places, by `where.name`: `body.$.note`; wins over the guess from the name. */
  readonly kinds?: ReadonlyMap<string, Place['kind']>;
}

/** Hits of one request that are kept: the decision needs one, evidence a few. */
const hitsMax = 8;

/** Attacks in the path, the query and the header fields, the surest of each place. */
export function inspectHead(head: RequestHead, options: InspectOptions): ThreatHit[] {
  return inspect(options, (visit) => walkHead(head, visit));
}

/** Attacks in the names and values of a body. */
export function inspectBody(_head: RequestHead, body: ParsedBody, options: InspectOptions): ThreatHit[] {
  return inspect(options, (visit) => walkBody(body, visit));
}

function inspect(options: InspectOptions, walk: (visit: PlaceVisitor) => boolean): ThreatHit[] {
  const asked = recognisersFor(options);
  const hits: ThreatHit[] = [];
  let values = 0;
  const isSeenWhole = walk((text, where, name, kind) => {
    values += 1;
    if (values > valuesMax) return false;
    const hit = inspectValue(text, { where, name, kind }, asked, options);
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

function inspectValue(text: string, place: Place, asked: readonly Recogniser[], options: InspectOptions): ThreatHit | null {
  if (text.length < 2) return null;
  for (const window of windowsOf(text)) {
    for (const sample of readingsOf(window)) {
      for (const recogniser of asked) {
        if (recogniser.signs !== 0 && (recogniser.signs & sample.signs) === 0) continue;
        const told = options.kinds?.get(`${place.where}.${place.name}`);
        const found = recogniser.recognise(sample, told === undefined ? place : { ...place, kind: told });
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

const askedBy = new WeakMap<object, readonly Recogniser[]>();

function recognisersFor(options: InspectOptions): readonly Recogniser[] {
  const known = askedBy.get(options.categories);
  if (known !== undefined) return known;
  const asked = recognisers.filter((recogniser) => options.categories[recogniser.category] !== 'off');
  askedBy.set(options.categories, asked);
  return asked;
}
