/**
 * Evidence on its way out of a worker: gathered, bounded, handed on in numbered batches. Nothing here waits or throws on
 * the way of a request. What the sink does not take goes to the spool; what neither takes is counted, and the count is
 * evidence itself.
 */
import { type DecisionRecord, type Section, sections } from '../engine/evidence/decision.ts';
import { type EvidenceLoss, type GuardBatch, type GuardStatus, isFailOpen, type LossReason } from '../engine/evidence/guard-batch.ts';
import type { Observation } from '../engine/evidence/observation.ts';
import type { ConnectionFault } from './decider.ts';
import { maskedDecision } from './evidence-masking.ts';
import { countOf, type EvidenceSpool } from './evidence-spool.ts';
import type { EvidenceSink } from './guard-decider.ts';
import { newIncident } from './refusal.ts';

/** A batch leaves this long after its first item at the latest, milliseconds, or when it holds this many items. */
const FLUSH_MS = 200;
const BATCH_ITEMS_MAX = 256;
/** Waiting to leave; beyond, new items are dropped and counted. */
const QUEUE_ITEMS_MAX = 16_384;
const QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** Handed to the sink and not acknowledged; beyond, batches go to the spool. */
const IN_FLIGHT_MAX = 64;
/** A batch that is not acknowledged within this time is spooled; it counts once all the same. */
const ACKNOWLEDGE_MS_MAX = 30_000;
/** After a refusal the sink is left alone this long. */
const PAUSE_MS = 1_000;
/** Identical decisions of one window that are kept one by one; the rest are folded into one record a batch. */
const SAME_MAX = 8;
/** The same for one rule and one client over all paths, as a scanner asks for them. */
const SIMILAR_MAX = 100;
const MANY_PATHS = '/**';
const ALIKE_WINDOW_MS = 10_000;
const ALIKE_KEYS_MAX = 4_096;
/** Services counted by name in one batch. */
const SERVICES_MAX = 200;
/** An idle worker tells that it lives. */
const HEARTBEAT_MS = 30_000;
const MINUTE_MS = 60_000;

export interface EvidenceBufferParts {
  /** Process id and start; unique on this machine. */
  readonly worker: string;
  readonly pid: number;
  /** Resolves true once the batch is on disk or known already; false or a rejection: not taken. */
  readonly sink: (batch: GuardBatch) => Promise<boolean>;
  /** null = what the sink does not take is dropped. */
  readonly spool: EvidenceSpool | null;
  readonly now: () => number;
  /** What the worker is now, for its status. */
  readonly describe: () => Pick<GuardStatus, 'policyVersion' | 'mode' | 'doors'>;
  /** Items of the queue, for tests. */
  readonly queueItemsMax?: number;
}

interface Alike {
  untilMs: number;
  kept: number;
  /** The record of the batch being filled that stands for the rest; null = none yet. */
  folded: { -readonly [key in keyof DecisionRecord]: DecisionRecord[key] } | null;
}

export class EvidenceBuffer implements EvidenceSink {
  readonly #parts: EvidenceBufferParts;
  readonly #queueItemsMax: number;
  readonly #startedMs: number;
  #observations: Observation[] = [];
  #decisions: DecisionRecord[] = [];
  #bytes = 0;
  #minutes = new Map<string, { minuteMs: number; service: string; requests: number }>();
  #alike = new Map<string, Alike>();
  #losses = new Map<LossReason, { observations: number; decisions: number }>();
  #seq = 0;
  #inFlight = new Map<number, GuardBatch>();
  #pausedUntilMs = 0;
  #sentMs: number;
  #timer: NodeJS.Timeout;
  #counts = { requests: 0, blocked: 0, wouldBlock: 0, faults: 0, failOpen: 0, folded: 0, lostObservations: 0, lostDecisions: 0 };

  constructor(parts: EvidenceBufferParts) {
    this.#parts = parts;
    this.#queueItemsMax = parts.queueItemsMax ?? QUEUE_ITEMS_MAX;
    this.#startedMs = parts.now();
    this.#sentMs = Number.NEGATIVE_INFINITY;
    this.#timer = setInterval(() => this.#tick(), FLUSH_MS);
    this.#timer.unref();
  }

  /** An exchange that was not refused. */
  exchange(observation: Observation): void {
    this.#countRequest(observation.atMs, observation.service);
    const bytes = observationBytes(observation);
    if (!this.#hasRoom(bytes)) {
      this.#lose('queue-full', 1, 0);
      return;
    }
    this.#observations.push(observation);
    this.#added(bytes);
  }

  /** A decision that was not plainly `allow`; of a refused request this is all there is. */
  decision(record: DecisionRecord): void {
    if (record.outcome === 'block') {
      this.#counts.blocked += record.count;
      this.#countRequest(record.atMs, record.service);
    } else if (record.outcome === 'would-block') this.#counts.wouldBlock += record.count;
    if (isFailOpen(record.rule) || record.alsoRules.some(isFailOpen)) this.#counts.failOpen += record.count;
    this.#keep(maskedDecision(record));
  }

  /** A connection that never became a request, or was cut off: kept as a refusal without method and path. */
  fault(fault: ConnectionFault & { readonly client: string | null; readonly network: string | null }): void {
    // What passed because it could not be decided is told the same way; each use of failing open is evidence.
    const isOpened = isFailOpen(fault.rule);
    if (isOpened) this.#counts.failOpen += fault.count;
    else this.#counts.faults += fault.count;
    this.#keep(
      maskedDecision({
        atMs: fault.atMs,
        incident: newIncident(),
        outcome: isOpened || fault.mode === 'log' ? 'would-block' : 'block',
        section: sectionOf(fault.rule),
        rule: fault.rule,
        reason: fault.reason,
        place: null,
        alsoRules: [],
        method: '',
        template: '',
        service: null,
        host: null,
        status: null,
        client: fault.client,
        network: fault.network,
        principal: null,
        agent: null,
        policyVersion: this.#parts.describe().policyVersion,
        allowedBy: null,
        count: Math.max(1, Math.round(fault.count)),
      }),
    );
  }

  /** As it stands now; also goes with every batch. */
  status(): GuardStatus {
    return {
      pid: this.#parts.pid,
      startedMs: this.#startedMs,
      ...this.#parts.describe(),
      ...this.#counts,
      spoolBytes: this.#parts.spool?.bytes ?? 0,
    };
  }

  /** Hands on what is there, without waiting. */
  flush(): void {
    if (this.#minutes.size === 0 && this.#losses.size === 0 && this.#waiting === 0) return;
    do {
      if (!this.#hasWay) return;
      this.#send(this.#nextBatch());
    } while (this.#waiting > 0);
  }

  /** Hands on everything and waits for the acknowledgements, at most `waitMs`; what is not taken by then is spooled. */
  async close(waitMs = 2_000): Promise<void> {
    clearInterval(this.#timer);
    this.flush();
    const deadline = Date.now() + waitMs;
    while (this.#inFlight.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const batch of [...this.#inFlight.values()]) this.#setAside(batch);
    this.#takeSpoolLosses();
    if (this.#losses.size > 0) this.#setAside(this.#nextBatch());
    this.#parts.spool?.rotate();
    this.#takeSpoolLosses();
  }

  #tick(): void {
    // Closed files are taken; one that grows on is not.
    this.#parts.spool?.rotate();
    if (this.#hasWay && this.#parts.now() - this.#sentMs >= HEARTBEAT_MS) this.#send(this.#nextBatch());
    this.flush();
  }

  get #waiting(): number {
    return this.#observations.length + this.#decisions.length;
  }

  get #isSinkOpen(): boolean {
    return this.#parts.now() >= this.#pausedUntilMs && this.#inFlight.size < IN_FLIGHT_MAX;
  }

  /** Without a spool a batch is not made before the sink can be asked: the queue holds it, and says what it cannot hold. */
  get #hasWay(): boolean {
    return this.#parts.spool !== null || this.#isSinkOpen;
  }

  #nextBatch(): GuardBatch {
    this.#takeSpoolLosses();
    const decisions = this.#decisions.splice(0, BATCH_ITEMS_MAX);
    const observations = this.#observations.splice(0, Math.max(0, BATCH_ITEMS_MAX - decisions.length));
    // A record that left with this batch is not added to any more.
    for (const alike of this.#alike.values()) alike.folded = null;
    if (this.#waiting === 0) this.#bytes = 0;
    else {
      for (const observation of observations) this.#bytes -= observationBytes(observation);
      for (const decision of decisions) this.#bytes -= decisionBytes(decision);
    }
    const batch: GuardBatch = {
      worker: this.#parts.worker,
      seq: ++this.#seq,
      atMs: this.#parts.now(),
      observations,
      decisions,
      minutes: [...this.#minutes.values()],
      losses: [...this.#losses].map(([why, lost]): EvidenceLoss => ({ why, ...lost })),
      status: this.status(),
    };
    this.#minutes = new Map();
    this.#losses = new Map();
    return batch;
  }

  #takeSpoolLosses(): void {
    for (const loss of this.#parts.spool?.takeLosses() ?? []) this.#lose(loss.why, loss.observations, loss.decisions);
  }

  #send(batch: GuardBatch): void {
    this.#sentMs = this.#parts.now();
    if (!this.#isSinkOpen) {
      this.#setAside(batch);
      return;
    }
    this.#inFlight.set(batch.seq, batch);
    const late = setTimeout(() => this.#refused(batch), ACKNOWLEDGE_MS_MAX);
    late.unref();
    this.#parts
      .sink(batch)
      .then(
        (isTaken) => (isTaken ? this.#inFlight.delete(batch.seq) : this.#refused(batch)),
        () => this.#refused(batch),
      )
      .finally(() => clearTimeout(late));
  }

  #refused(batch: GuardBatch): void {
    if (!this.#inFlight.has(batch.seq)) return;
    this.#pausedUntilMs = this.#parts.now() + PAUSE_MS;
    this.#setAside(batch);
  }

  #setAside(batch: GuardBatch): void {
    this.#inFlight.delete(batch.seq);
    if (this.#parts.spool !== null) {
      this.#parts.spool.write(batch);
      return;
    }
    this.#lose('queue-full', batch.observations.length, countOf(batch));
    for (const loss of batch.losses) this.#owe(loss);
    // Requests that were counted stay owed: the next batch tells of them.
    for (const minute of batch.minutes) {
      const key = `${minute.minuteMs} ${minute.service}`;
      const held = this.#minutes.get(key);
      if (held !== undefined) held.requests += minute.requests;
      else if (this.#minutes.size < SERVICES_MAX) this.#minutes.set(key, { ...minute });
    }
  }

  #countRequest(atMs: number, service: string | null): void {
    this.#counts.requests++;
    const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    const known = service ?? '';
    const name = this.#minutes.size < SERVICES_MAX || this.#minutes.has(`${minuteMs} ${known}`) ? known : '(more)';
    const held = this.#minutes.get(`${minuteMs} ${name}`);
    if (held === undefined) this.#minutes.set(`${minuteMs} ${name}`, { minuteMs, service: name, requests: 1 });
    else held.requests++;
  }

  #keep(record: DecisionRecord): void {
    const same = this.#alikeOf(sameKey(record));
    if (same !== null && same.kept >= SAME_MAX) {
      this.#fold(same, record);
      return;
    }
    const similar = this.#alikeOf(similarKey(record));
    if (similar !== null && similar.kept >= SIMILAR_MAX) {
      this.#fold(similar, { ...record, template: record.template === '' ? '' : MANY_PATHS, place: null });
      return;
    }
    if (!this.#push(record)) return;
    if (same !== null) same.kept++;
    if (similar !== null) similar.kept++;
  }

  /** Adds to the one record of the batch being filled that stands for all like it. */
  #fold(alike: Alike, record: DecisionRecord): void {
    this.#counts.folded += record.count;
    if (alike.folded !== null) {
      alike.folded.count += record.count;
      return;
    }
    const folded = { ...record };
    // A full batch may have left with it already: then the next one begins another.
    if (this.#push(folded) && this.#decisions.at(-1) === folded) alike.folded = folded;
  }

  #push(record: DecisionRecord): boolean {
    const bytes = decisionBytes(record);
    if (!this.#hasRoom(bytes)) {
      this.#lose('queue-full', 0, record.count);
      return false;
    }
    this.#decisions.push(record);
    this.#added(bytes);
    return true;
  }

  #alikeOf(key: string): Alike | null {
    const nowMs = this.#parts.now();
    const held = this.#alike.get(key);
    if (held !== undefined && held.untilMs > nowMs) return held;
    if (held === undefined && this.#alike.size >= ALIKE_KEYS_MAX) {
      for (const [old, { untilMs }] of this.#alike) if (untilMs <= nowMs) this.#alike.delete(old);
      // Many different ones are no flood of one kind: they are kept one by one, as far as the queue holds them.
      if (this.#alike.size >= ALIKE_KEYS_MAX) return null;
    }
    const made: Alike = { untilMs: nowMs + ALIKE_WINDOW_MS, kept: 0, folded: null };
    this.#alike.set(key, made);
    return made;
  }

  #hasRoom(bytes: number): boolean {
    return this.#waiting < this.#queueItemsMax && this.#bytes + bytes <= QUEUE_BYTES_MAX;
  }

  #added(bytes: number): void {
    this.#bytes += bytes;
    if (this.#waiting >= BATCH_ITEMS_MAX && this.#hasWay) this.#send(this.#nextBatch());
  }

  #lose(why: LossReason, observations: number, decisions: number): void {
    this.#counts.lostObservations += observations;
    this.#counts.lostDecisions += decisions;
    this.#owe({ why, observations, decisions });
  }

  #owe({ why, observations, decisions }: EvidenceLoss): void {
    const held = this.#losses.get(why) ?? { observations: 0, decisions: 0 };
    this.#losses.set(why, { observations: held.observations + observations, decisions: held.decisions + decisions });
  }
}

function sectionOf(rule: string): Section {
  const first = rule.split('.', 1)[0];
  return sections.find((section) => section === first) ?? 'protocol';
}

function similarKey({ outcome, rule, client, network, principal, policyVersion }: DecisionRecord): string {
  return [outcome, rule, client, network, principal, policyVersion].join('\n');
}

function sameKey(record: DecisionRecord): string {
  const { method, template, service, host, agent, status } = record;
  return [similarKey(record), method, template, service, host, agent, status].join('\n');
}

/** About what an item weighs in memory and in a message; counted, not measured. */
function observationBytes(observation: Observation): number {
  const fields = (observation.requestFields?.length ?? 0) + (observation.responseFields?.length ?? 0);
  return 500 + observation.segments.length * 90 + observation.queryNames.length * 20 + fields * 60;
}

function decisionBytes(decision: DecisionRecord): number {
  return 500 + decision.reason.length + decision.template.length;
}
