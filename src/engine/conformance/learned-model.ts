/**
 * A model of requests where no specification is: per operation and place, learned from exchanges that went well.
 *
 * When it speaks. An aspect of a place that was calm for `n` honest values is surprised by the next with a probability of at
 * most `3/n` (95 % confidence, rule of three; Hanley and Lippman-Hand 1983). One request asks all `m` places of its operation,
 * so an aspect speaks only after `3 * m / budget` calm values: of honest requests to one operation at most the share `budget`
 * is objected to, as long as they go on as before. With the budget of 1 %, 300 requests do for one place, 3,000 for ten.
 */
import type { Mode, Objection } from '../evidence/decision.ts';
import type { Fingerprint, FingerprintFn } from '../evidence/fingerprint.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { type Aspect, aspects, factsOf, isTelling, learnValue, newPlace, type PlaceState, surprises } from './learned-place.ts';
import { ObjectionList } from './objections.ts';
import { requestPlaces } from './request-places.ts';

/** Share of honest requests of one operation that may be objected to. */
export const falseShareMax = 0.01;
/** Operations of one model, and places of one operation; what comes later is counted and left out. */
export const operationsMax = 2000;
export const learnedPlacesMax = 100;
/** Callers told apart; one caller alone teaches nothing about the others. */
const clientsMin = 3;
const clientsMax = 16;

interface OperationState {
  requests: number;
  clients: Fingerprint[];
  places: Record<string, PlaceState>;
  /** Requests in a row that brought no new place. */
  calmNames: number;
  /** Values of places that found no room. */
  dropped: number;
}

/** Plain data; holds no value of any request. */
export interface LearnedState {
  readonly version: 1;
  readonly operations: Record<string, OperationState>;
  dropped: number;
}

export interface LearnedRequest {
  /** `GET /orders/{id}`: learned or declared template. */
  readonly operation: string;
  readonly head: RequestHead;
  readonly params: Readonly<Record<string, string>>;
  readonly body: ParsedBody | null;
  /** Keyed print of the caller or its address; null = unknown, and then it counts as nobody. */
  readonly client: Fingerprint | null;
}

const words: Readonly<Record<Aspect, string>> = {
  type: 'is of a type that was never seen there',
  shape: 'is of a format that was never seen there',
  length: 'is more than twice as long as any seen there',
  characters: 'has characters of a kind that was never seen there',
  value: 'is none of the few values that were seen there',
};

export class LearnedModel {
  readonly #state: LearnedState;
  readonly #fingerprint: FingerprintFn;

  constructor(fingerprint: FingerprintFn, state: LearnedState | null = null) {
    this.#fingerprint = fingerprint;
    this.#state = state ?? { version: 1, operations: Object.create(null) as Record<string, OperationState>, dropped: 0 };
  }

  /** Plain data to keep and to go on with; shared, not copied. */
  get state(): LearnedState {
    return this.#state;
  }

  /** Learn only what was let through and answered below 400: what was refused is no example. */
  learn(request: LearnedRequest): void {
    const operation = this.#operation(request.operation);
    if (operation === null) {
      this.#state.dropped += 1;
      return;
    }
    operation.requests += 1;
    const { client } = request;
    if (client !== null && operation.clients.length < clientsMax && !operation.clients.includes(client)) operation.clients.push(client);
    const present = new Set<string>();
    let isNew = false;
    for (const value of requestPlaces(request.head, request.params, request.body)) {
      const known = Object.hasOwn(operation.places, value.place) ? operation.places[value.place] : undefined;
      if (known === undefined && Object.keys(operation.places).length >= learnedPlacesMax) {
        operation.dropped += 1;
        isNew = true;
        continue;
      }
      const place = known ?? newPlace();
      if (known === undefined) {
        operation.places[value.place] = place;
        isNew = true;
      }
      learnValue(place, factsOf(value, place.prints === null ? null : this.#print));
      if (!present.has(value.place)) place.requests += 1;
      present.add(value.place);
    }
    operation.calmNames = isNew ? 0 : operation.calmNames + 1;
  }

  /** @param mode what the objections may do at most; `log` unless an operator decided otherwise */
  judge(request: LearnedRequest, mode: Mode = 'log'): Objection[] {
    const list = new ObjectionList('validation');
    const operation = Object.hasOwn(this.#state.operations, request.operation) ? this.#state.operations[request.operation] : undefined;
    if (operation === undefined || mode === 'off' || operation.clients.length < clientsMin) return [];
    const names = Object.keys(operation.places);
    const needed = Math.ceil((3 * Math.max(1, names.length)) / falseShareMax);
    const present = new Set<string>();
    for (const value of requestPlaces(request.head, request.params, request.body)) {
      const { place } = value;
      const known = Object.hasOwn(operation.places, place) ? operation.places[place] : undefined;
      const isFirst = !present.has(place);
      present.add(place);
      if (known === undefined) {
        if (isFirst && operation.calmNames >= needed)
          list.add({ rule: 'learned-unknown', reason: `${place} was never seen at this operation.`, place, mode });
        continue;
      }
      if (aspects.every((aspect) => known.calm[aspect] < needed)) continue;
      const facts = factsOf(value, known.prints === null ? null : this.#print);
      const told = surprises(known, facts).find((aspect) => known.calm[aspect] >= needed && isTelling(known, aspect));
      if (told !== undefined) list.add({ rule: `learned-${told}`, reason: `${place} ${words[told]}.`, place, mode });
    }
    for (const place of names) {
      const known = operation.places[place];
      // What every request had so far; nested places come and go with what is above them.
      if (
        known !== undefined &&
        known.requests === operation.requests &&
        operation.requests >= needed &&
        !present.has(place) &&
        !place.includes('[]')
      ) {
        list.add({ rule: 'learned-missing', reason: `${place} is missing, which every request to this operation had.`, place, mode });
      }
    }
    return list.all();
  }

  readonly #print = (text: string): Fingerprint => this.#fingerprint('field', text);

  #operation(name: string): OperationState | null {
    const known = Object.hasOwn(this.#state.operations, name) ? this.#state.operations[name] : undefined;
    if (known !== undefined) return known;
    if (Object.keys(this.#state.operations).length >= operationsMax) return null;
    const places = Object.create(null) as Record<string, PlaceState>;
    const made: OperationState = { requests: 0, clients: [], places, calmNames: 0, dropped: 0 };
    this.#state.operations[name] = made;
    return made;
  }
}
