/**
 * Slow attacks hold connections by being slow, not by being many, so what is bounded is time and data rate, for each
 * connection and for each source: a head or body that trickles, a reader that does not read, connections kept for nothing.
 * Once a second every open connection is looked at; nothing is done on the way of a request.
 */
import type { Mode } from '../engine/evidence/decision.ts';
import type { Connection, ConnectionTable } from './connection-table.ts';
import type { Decider } from './decider.ts';
import { peerKey, sendQueues } from './send-queues.ts';

const SWEEP_MS = 1_000;
/** A head that is begun must end within this time, however its bytes come. */
export const HEAD_MS_MAX = 8_000;
/** Least bytes a second of a body or of an answer being read, after `GRACE_MS`: what Kestrel asks for (MinRequestBodyDataRate). */
export const BYTES_PER_SECOND_MIN = 240;
export const GRACE_MS = 5_000;
/** From this age a connection that does not get on counts against its source. */
const SUSPECT_MS = 2_500;
/** Connections of one source that may be slow at once; the oldest beyond are cut at once. People on bad networks have a handful. */
export const SUSPECTS_PER_SOURCE_MAX = 12;
/** Connections of one source that may stand idle between requests; the longest idle beyond are closed. */
export const IDLE_PER_SOURCE_MAX = 64;
/** Cut connections of one mode, from one source, within `REPORT_MS`, that make it an attack worth telling. */
const REPORT_MIN = 10;
const REPORT_MS = 10_000;
/** With fewer connections open it is not worth asking the kernel what it still holds for them. */
const ASK_KERNEL_MIN = 16;
/** Sources told of apart within one period; the rest are told together. */
const SOURCES_TOLD_MAX = 100;

const none: ReadonlyMap<string, number> = new Map();

type SlowMode = 'slow-headers' | 'slow-drip' | 'slow-body' | 'slow-read' | 'idle-hoard';

const words: Readonly<Record<SlowMode, string>> = {
  'slow-headers': 'were opened and their heads never finished',
  'slow-drip': 'sent their heads a few bytes at a time',
  'slow-body': 'announced a body and let it trickle',
  'slow-read': 'asked for an answer and did not read it',
  'idle-hoard': 'were kept open without use',
};

interface Track {
  /** When the present phase began, milliseconds of the monotonic clock. */
  phaseMs: number;
  phase: 'head' | 'body' | 'answer' | 'idle';
  requests: number;
  /** Bytes read and handed to the network at the last mark. */
  read: number;
  sent: number;
  markMs: number;
  /** Times bytes came in while the head was unfinished. */
  drips: number;
  lastRead: number;
  readonly key: string;
  /** Bytes of the answer that the client has not taken. */
  unsent: number;
}

export interface SlowWatchOptions {
  readonly connections: ConnectionTable;
  readonly decider: () => Decider;
  /** `log` tells and cuts nothing. */
  readonly mode: () => Mode;
  /** Whether peers are our own proxies: then no share of a source applies, only time and rate. */
  readonly isBehindProxy: () => boolean;
  /** What the kernel holds for each peer; replaced in tests. */
  readonly queues?: () => ReadonlyMap<string, number>;
  readonly now?: () => number;
  /** Wall clock, for evidence. */
  readonly wallNow?: () => number;
}

interface Tally {
  count: number;
  readonly mode: SlowMode;
  readonly address: string | null;
}

export class SlowWatch {
  readonly #options: SlowWatchOptions;
  readonly #tracks = new WeakMap<Connection, Track>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #tallies = new Map<string, Tally>();
  #sources = new Map<SlowMode, number>();
  #sinceMs: number;
  #isUnsent = false;

  constructor(options: SlowWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#sinceMs = this.#now();
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sweep(): void {
    const mode = this.#options.mode();
    if (mode === 'off') return;
    const nowMs = this.#now();
    // Asked on while there is anything unsent, so that the last few of an attack are not forgotten.
    const queues = this.#options.connections.size < ASK_KERNEL_MIN && !this.#isUnsent ? none : this.#queues();
    this.#isUnsent = queues.size > 0;
    const suspects = new Map<string | null, { connection: Connection; mode: SlowMode; ageMs: number }[]>();
    const idle = new Map<string | null, { connection: Connection; ageMs: number }[]>();
    for (const connection of this.#options.connections.values()) {
      const track = this.#follow(connection, queues, nowMs);
      const ageMs = nowMs - track.phaseMs;
      if (track.phase === 'idle') {
        add(idle, connection.peer.address, { connection, ageMs });
        continue;
      }
      const slow = slowness(track, connection, nowMs);
      if (slow === null) continue;
      if (slow.isOver) this.#cut(connection, slow.mode, mode);
      else if (ageMs >= SUSPECT_MS) add(suspects, connection.peer.address, { connection, mode: slow.mode, ageMs });
    }
    if (!this.#options.isBehindProxy()) {
      for (const list of suspects.values()) {
        list.sort((one, other) => other.ageMs - one.ageMs);
        for (const { connection, mode: how } of list.slice(0, Math.max(0, list.length - SUSPECTS_PER_SOURCE_MAX)))
          this.#cut(connection, how, mode);
      }
      for (const list of idle.values()) {
        if (list.length <= IDLE_PER_SOURCE_MAX) continue;
        list.sort((one, other) => other.ageMs - one.ageMs);
        for (const { connection } of list.slice(0, list.length - IDLE_PER_SOURCE_MAX)) this.#cut(connection, 'idle-hoard', mode);
      }
    }
    this.#tell(nowMs);
  }

  /** Brings the track of a connection up to now. */
  #follow(connection: Connection, queues: ReadonlyMap<string, number>, nowMs: number): Track {
    const { socket, requests, exchanges } = connection;
    const read = socket.bytesRead;
    let track = this.#tracks.get(connection);
    const key = track?.key ?? peerKey(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const unsent = socket.writableLength + (queues.get(key) ?? 0);
    const sent = socket.bytesWritten - unsent;
    if (track === undefined) {
      track = {
        phaseMs: nowMs,
        phase: requests === 0 ? 'head' : 'idle',
        requests,
        read: 0,
        sent,
        markMs: nowMs,
        drips: 0,
        lastRead: requests === 0 ? 0 : read,
        key,
        unsent,
      };
      this.#tracks.set(connection, track);
    }
    track.unsent = unsent;
    let receiving = false;
    for (const exchange of exchanges) if (exchange.isReceiving) receiving = true;
    // Bytes since the last request ended, with none in flight, are the beginning of a head.
    const isBegun = requests === track.requests && (track.phase === 'head' || (track.phase === 'idle' && read > track.lastRead));
    const isHead = exchanges.size === 0 && (requests === 0 || isBegun);
    // An answer is over when the client has it, not when the kernel does.
    const phase = receiving ? 'body' : exchanges.size > 0 || (unsent > 0 && !isHead) ? 'answer' : isHead ? 'head' : 'idle';
    if (phase !== track.phase || requests !== track.requests) {
      Object.assign(track, { phase, requests, phaseMs: nowMs, markMs: nowMs, read, sent, drips: 0 });
    }
    if (phase === 'head' && read > track.lastRead) track.drips++;
    track.lastRead = read;
    return track;
  }

  #queues(): ReadonlyMap<string, number> {
    if (this.#options.queues !== undefined) return this.#options.queues();
    // All connections of a front share its port.
    for (const { socket } of this.#options.connections.values()) if (socket.localPort !== undefined) return sendQueues(socket.localPort);
    return none;
  }

  #cut(connection: Connection, how: SlowMode, mode: Mode): void {
    const address = connection.peer.address;
    const sources = this.#sources.get(how) ?? 0;
    let key = `${how} ${address}`;
    if (!this.#tallies.has(key) && sources >= SOURCES_TOLD_MAX) key = how;
    const tally = this.#tallies.get(key);
    if (tally === undefined) {
      this.#tallies.set(key, { count: 1, mode: how, address: key === how ? null : address });
      this.#sources.set(how, sources + 1);
    } else tally.count++;
    if (mode === 'block') connection.destroy();
    else this.#tracks.delete(connection);
  }

  #tell(nowMs: number): void {
    const isDue = nowMs - this.#sinceMs >= REPORT_MS;
    const totals = new Map<SlowMode, number>();
    for (const tally of this.#tallies.values()) totals.set(tally.mode, (totals.get(tally.mode) ?? 0) + tally.count);
    let told = false;
    for (const [key, tally] of this.#tallies) {
      const isAttack = tally.count >= REPORT_MIN || ((totals.get(tally.mode) ?? 0) >= 5 * REPORT_MIN && isDue);
      if (!isAttack) continue;
      told = true;
      this.#tallies.delete(key);
      this.#options.decider().broken({
        atMs: (this.#options.wallNow ?? Date.now)(),
        rule: `behaviour.${tally.mode}`,
        reason: `${tally.count} connections ${words[tally.mode]}; they were ${this.#options.mode() === 'block' ? 'cut' : 'left alone, as the policy only logs'}.`,
        clientAddress: tally.address,
        count: tally.count,
        ...(this.#options.mode() === 'log' ? { mode: 'log' as const } : {}),
      });
    }
    if (!isDue && !told) return;
    if (isDue) {
      this.#tallies = new Map();
      this.#sources = new Map();
      this.#sinceMs = nowMs;
    }
  }
}

/** How a connection is slow, and whether that is no longer to be borne; null = it gets on. */
function slowness(track: Track, connection: Connection, nowMs: number): { readonly mode: SlowMode; readonly isOver: boolean } | null {
  const { socket } = connection;
  const ageMs = nowMs - track.phaseMs;
  if (track.phase === 'head') return { mode: track.drips >= 2 ? 'slow-drip' : 'slow-headers', isOver: ageMs >= HEAD_MS_MAX };
  if (track.phase === 'body') {
    // What we ourselves hold back, because the upstream is slow, is not the client's doing.
    if (socket.isPaused() || socket.readableLength > 0) {
      mark(track, socket.bytesRead, track.sent, nowMs);
      return null;
    }
    return rated(track, socket.bytesRead - track.read, 'slow-body', nowMs, () => mark(track, socket.bytesRead, track.sent, nowMs));
  }
  if (track.unsent === 0) {
    mark(track, track.read, socket.bytesWritten, nowMs);
    return null;
  }
  const sent = socket.bytesWritten - track.unsent;
  return rated(track, sent - track.sent, 'slow-read', nowMs, () => mark(track, track.read, sent, nowMs));
}

function rated(
  track: Track,
  bytes: number,
  mode: SlowMode,
  nowMs: number,
  remark: () => void,
): { readonly mode: SlowMode; readonly isOver: boolean } | null {
  const spanMs = nowMs - track.markMs;
  const isBelow = bytes * 1000 < BYTES_PER_SECOND_MIN * spanMs;
  if (spanMs < GRACE_MS) return isBelow && spanMs >= SUSPECT_MS ? { mode, isOver: false } : null;
  if (isBelow) return { mode, isOver: true };
  remark();
  return null;
}

function mark(track: Track, read: number, sent: number, nowMs: number): void {
  track.read = read;
  track.sent = sent;
  track.markMs = nowMs;
}

function add<Value>(lists: Map<string | null, Value[]>, key: string | null, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
