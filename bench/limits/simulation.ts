/** Plays one scenario against one rule: callers with patience and retries, an upstream with slots and a queue of its own. */
import type { LimitSubject } from '../../src/engine/limits/limit-subject.ts';
import { seeded } from '../../src/engine/posture/random.ts';
import { type Admission, type Call, type Callbacks, EPOCH_MS } from './admission.ts';
import { EventQueue } from './event-queue.ts';
import { type Attack, type People, patience, type Source, span, upstream } from './scenarios.ts';

export interface Result {
  readonly goodput: number;
  /** Goodput against what the upstream could have answered of it. */
  readonly ofPossible: number;
  readonly sharedGoodput: number | null;
  readonly homeGoodput: number | null;
  readonly attackPassed: number | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Person {
  readonly source: number;
  readonly number: number;
  readonly isShared: boolean;
  readonly isProven: boolean;
  readonly isFamiliar: boolean;
  readonly keepsCookies: boolean;
  readonly address: string;
  readonly shape: string;
  /** Has the visitor token: from an earlier visit, or with the first answer. */
  hasToken: boolean;
}

interface Attempt extends Call {
  readonly person: Person | null;
  readonly isCounted: boolean;
  readonly firstAt: number;
  readonly sentAt: number;
  readonly tries: number;
  admittedAt: number;
  isGone: boolean;
  isOver: boolean;
}

export interface Options {
  readonly seed: number;
  /** Share of nameless callers whose client keeps a cookie. */
  readonly cookieShare: number;
}

export function simulate(
  sources: readonly Source[],
  rule: (callbacks: Callbacks<Attempt>) => Admission<Attempt>,
  { seed, cookieShare }: Options,
): Result {
  const random = seeded(seed);
  const events = new EventQueue();
  let now = 0;
  let busy = 0;
  const waiting: Attempt[] = [];
  let waitingFrom = 0;
  const tally = { offered: 0, served: 0, sharedOffered: 0, sharedServed: 0, attacks: 0, attacksServed: 0 };
  const latencies: number[] = [];
  const inMs = () => EPOCH_MS + now * 1000;

  const later = (seconds: number, action: () => void) => events.at(now + seconds, action);

  const serve = (attempt: Attempt) => {
    busy++;
    later(attempt.cost * upstream.serviceSeconds * Math.exp(0.45 * random.normal() - 0.1), () => finish(attempt));
  };
  const start = (attempt: Attempt) => {
    attempt.admittedAt = now;
    if (busy < upstream.slots) serve(attempt);
    else waiting.push(attempt);
  };
  const finish = (attempt: Attempt) => {
    busy--;
    const next = waiting[waitingFrom];
    if (next !== undefined) {
      waitingFrom++;
      if (waitingFrom > 5000) {
        waiting.splice(0, waitingFrom);
        waitingFrom = 0;
      }
      serve(next);
    }
    const { person } = attempt;
    if (person === null) tally.attacksServed++;
    else if (!attempt.isGone) {
      attempt.isOver = true;
      answered(person);
      if (attempt.isCounted) {
        tally.served++;
        if (person.isShared) tally.sharedServed++;
        latencies.push(now - attempt.firstAt);
      }
    }
    admission.done(attempt, (now - attempt.admittedAt) * 1000, inMs());
  };
  /** The guard hands out its token with any answer, a refusal included. */
  const answered = (person: Person) => {
    if (person.keepsCookies && !person.isProven) person.hasToken = true;
  };
  const refused = (attempt: Attempt) => {
    if (attempt.isOver || attempt.isGone) return;
    attempt.isOver = true;
    if (attempt.person === null) return;
    answered(attempt.person);
    retry(attempt, attempt.person);
  };
  const retry = (attempt: Attempt, person: Person) => {
    if (attempt.tries >= patience.retries) return;
    const wait = (patience.backoffSeconds + random.uniform()) * 2 ** attempt.tries;
    later(wait, () => send({ ...attempt, who: subjectOf(person), tries: attempt.tries + 1, sentAt: now, isGone: false, isOver: false }));
  };
  const send = (attempt: Attempt) => {
    const { person } = attempt;
    const answer = admission.arrive(attempt, inMs());
    if (answer === 'go') start(attempt);
    else if (answer === 'refused') refused(attempt);
    if (person === null || attempt.isOver) return;
    later(patience.timeoutSeconds, () => {
      if (attempt.isOver) return;
      attempt.isGone = true;
      retry(attempt, person);
    });
  };
  const admission = rule({ released: start, refused });

  const populations = sources.map((source, index) => (source.kind === 'people' ? population(source, index, seed, cookieShare) : []));
  for (const person of populations.flat()) if (person.isFamiliar) admission.knew(subjectOf(person));

  const begin = (source: Source, index: number) => {
    const isCounted = now >= span.start && now < span.end;
    const timing = { firstAt: now, sentAt: now, tries: 0, admittedAt: 0, isGone: false, isOver: false, isCounted };
    if (source.kind === 'attack') {
      tally.attacks++;
      send({ ...attackCall(source, index, random.uniform(), random.uniform()), person: null, ...timing });
      return;
    }
    const person = populations[index]?.[Math.floor(random.uniform() * source.count)] as Person;
    const isLogin = random.uniform() < source.loginShare;
    const criticality = random.uniform() < source.criticalShare ? 'critical' : 'normal';
    if (isCounted) tally.offered++;
    if (isCounted && person.isShared) tally.sharedOffered++;
    send({ who: subjectOf(person), cost: isLogin ? 3 : 1, operation: isLogin ? 2 : 1, criticality, person, ...timing });
  };
  sources.forEach((source, index) => {
    const step = () => {
      if (now > span.whole) return;
      const rate = source.rate(now);
      if (rate <= 0) {
        later(0.05, step);
        return;
      }
      begin(source, index);
      later(-Math.log(1 - random.uniform()) / rate, step);
    };
    events.at(random.uniform() * 0.01, step);
  });
  const tick = () => {
    admission.tick(inMs());
    if (now < span.whole) later(0.05, tick);
  };
  events.at(0, tick);
  for (let event = events.take(); event !== null && event.time <= span.whole + 6; event = events.take()) {
    now = event.time;
    event.action();
  }
  return summary(tally, latencies);
}

function summary(
  tally: { offered: number; served: number; sharedOffered: number; sharedServed: number; attacks: number; attacksServed: number },
  latencies: number[],
): Result {
  latencies.sort((a, b) => a - b);
  const seconds = span.end - span.start;
  // A request of ordinary callers costs 1.06 units on average.
  const possible = Math.min(tally.offered / seconds, upstream.slots / upstream.serviceSeconds / 1.06);
  const homeOffered = tally.offered - tally.sharedOffered;
  const at = (share: number) => Math.round(1000 * (latencies[Math.floor(latencies.length * share)] ?? 0));
  return {
    goodput: tally.served / tally.offered,
    ofPossible: Math.min(1, tally.served / seconds / possible),
    sharedGoodput: tally.sharedOffered > 0 ? tally.sharedServed / tally.sharedOffered : null,
    homeGoodput: homeOffered > 0 ? (tally.served - tally.sharedServed) / homeOffered : null,
    attackPassed: tally.attacks > 0 ? tally.attacksServed / tally.attacks : null,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

/** Everyone of a source with lasting traits, drawn apart from the run so that all rules meet the same people. */
function population(source: People, index: number, seed: number, cookieShare: number): Person[] {
  const random = seeded(seed * 1000 + index);
  return Array.from({ length: source.count }, (_, number) => {
    const isShared = random.uniform() < source.sharedShare;
    const place = isShared ? `10.${index}.0.${Math.floor(random.uniform() * source.sharedAddresses)}` : homeAddress(index, number);
    const isProven = random.uniform() < source.provenShare;
    const isFamiliar = random.uniform() < source.familiarShare;
    const keepsCookies = random.uniform() < cookieShare;
    const shape = `shape-${Math.floor(random.uniform() * 40)}`;
    return {
      source: index,
      number,
      isShared,
      isProven,
      isFamiliar,
      keepsCookies,
      address: place,
      shape,
      hasToken: isFamiliar && keepsCookies && !isProven,
    };
  });
}

function homeAddress(index: number, number: number): string {
  return `${20 + index}.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

function subjectOf(person: Person): LimitSubject {
  const name = `${person.source}-${person.number}`;
  return {
    subject: person.isProven ? name : null,
    credentialPrint: null,
    tenant: null,
    claims: null,
    accountPrint: undefined,
    device: person.hasToken ? name : null,
    clientShape: person.shape,
    address: person.address,
    route: 'r',
  };
}

function attackCall(source: Attack, index: number, first: number, second: number): Call {
  const number = Math.floor(first * source.addresses);
  const identity = source.identities > 0 ? `stolen-${Math.floor(second * source.identities)}` : null;
  return {
    who: {
      ...{ subject: identity, credentialPrint: null, tenant: null, claims: null, accountPrint: undefined, device: null },
      ...{ clientShape: `tool-${number % 3}`, address: `${100 + index}.0.${number >> 8}.${number & 255}`, route: 'r' },
    },
    cost: source.cost,
    operation: source.isLogin ? 3 : 1,
    criticality: source.isPartner ? 'batch' : source.isLogin ? 'critical' : 'normal',
  };
}
