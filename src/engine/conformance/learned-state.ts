/** Reads a learned model that was kept: whatever a file holds, either a model within its bounds comes of it or nothing. */
import { type LearnedState, learnedPlacesMax, operationsMax } from './learned-model.ts';
import { aspects, type PlaceState } from './learned-place.ts';

/** Longest list of types, formats, prints or callers in a kept model. */
const listMax = 64;

type Fields = Readonly<Record<string, unknown>>;

/** null = it is no model of this version, or not whole; learning then starts over. */
export function readLearnedState(kept: unknown): LearnedState | null {
  if (!isFields(kept) || kept.version !== 1 || !isFields(kept.operations) || !isCount(kept.dropped)) return null;
  const names = Object.keys(kept.operations);
  if (names.length > operationsMax) return null;
  // Names are the callers': none may reach a prototype.
  const operations = Object.create(null) as LearnedState['operations'];
  for (const name of names) {
    const operation = operationFrom(kept.operations[name]);
    if (operation === null) return null;
    operations[name] = operation;
  }
  return { version: 1, operations, dropped: kept.dropped };
}

function operationFrom(kept: unknown): LearnedState['operations'][string] | null {
  if (!isFields(kept) || !isFields(kept.places)) return null;
  const { requests, clients, calmNames, dropped } = kept;
  if (!isCount(requests) || !isTexts(clients) || !isCount(calmNames) || !isCount(dropped)) return null;
  const names = Object.keys(kept.places);
  if (names.length > learnedPlacesMax) return null;
  const places = Object.create(null) as Record<string, PlaceState>;
  for (const name of names) {
    const place = placeFrom(kept.places[name]);
    if (place === null) return null;
    places[name] = place;
  }
  return { requests, clients, places, calmNames, dropped };
}

function placeFrom(kept: unknown): PlaceState | null {
  if (!isFields(kept) || !isFields(kept.calm)) return null;
  const { seen, requests, types, shapes, lengthBand, characters, prints } = kept;
  if (!isCount(seen) || !isCount(requests) || !isTexts(types) || !isCount(lengthBand) || !isCount(characters)) return null;
  if ((shapes !== null && !isTexts(shapes)) || (prints !== null && !isTexts(prints))) return null;
  const calm: PlaceState['calm'] = { type: 0, shape: 0, length: 0, characters: 0, value: 0 };
  for (const aspect of aspects) {
    const count = kept.calm[aspect];
    if (!isCount(count)) return null;
    calm[aspect] = count;
  }
  return { seen, requests, types, shapes, lengthBand, characters, prints, calm };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= listMax && value.every((text) => typeof text === 'string' && text.length <= 200);
}
