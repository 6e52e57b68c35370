/** One origin behind the gateway: its kept-alive connections, how many requests it holds, and whether it is worth asking. */
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import type { UpstreamPolicy } from '../engine/policy/policy.ts';

/** Idle connections towards an origin are dropped after this long unless it says otherwise: shorter than the 5 s of common servers. */
const KEEP_ALIVE_MS = 4_000;
/** Longest that an origin's own `Keep-Alive: timeout` is believed. */
const KEEP_ALIVE_MS_MAX = 60_000;
/** Silence within an answer, after its head: event streams may be quiet for long, a dead peer is found by TCP before this. */
const ANSWER_SILENCE_MS_MAX = 3_600_000;
/** Response head of an origin. */
const ANSWER_HEAD_BYTES_MAX = 32 * 1024;
/** Requests that may wait for a connection to one origin on top of those that have one. */
const WAITING_MAX = 1_024;
/** Failed connections in a row after which an origin is left alone for a while. */
const FAILURES_MAX = 3;
/** How long an origin is left alone at first; doubled each time, up to the maximum. */
const EJECTED_MS = 1_000;
const EJECTED_MS_MAX = 30_000;

export class Origin {
  readonly url: URL;
  readonly pool: Pool;
  /** PEM of the authorities the origin's certificate must come from; null = the system's. */
  readonly ca: string | null;
  /** Requests sent and not yet answered in full. */
  inFlight = 0;
  /** Verdict of the active check; true where there is none. */
  isHealthy = true;
  private failuresInRow = 0;
  private ejections = 0;
  private ejectedUntilMs = 0;
  private readonly connectionsMax: number;

  constructor(url: string, policy: UpstreamPolicy) {
    this.url = new URL(url);
    this.connectionsMax = policy.connectionsMax;
    this.ca = policy.caFile === null ? null : readFileSync(policy.caFile, 'utf8');
    this.pool = new Pool(this.url.origin, {
      connections: policy.connectionsMax,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX,
      headersTimeout: policy.answerTimeoutMs,
      bodyTimeout: ANSWER_SILENCE_MS_MAX,
      maxHeaderSize: ANSWER_HEAD_BYTES_MAX,
      connect: {
        timeout: policy.connectTimeoutMs,
        ...(this.ca === null ? {} : { ca: this.ca }),
      },
    });
  }

  /** Whether one more request may be put in line. */
  hasRoom(): boolean {
    return this.inFlight < this.connectionsMax + WAITING_MAX;
  }

  /** Whether it should be asked now: seen healthy, and not set aside for failing. */
  isUp(nowMs: number): boolean {
    return this.isHealthy && nowMs >= this.ejectedUntilMs;
  }

  /** A connection came about and an answer began. */
  succeeded(): void {
    this.failuresInRow = 0;
    this.ejections = 0;
  }

  /** No connection, or it broke before an answer: after several in a row the origin rests. */
  failed(nowMs: number): void {
    this.failuresInRow++;
    if (this.failuresInRow < FAILURES_MAX) return;
    this.failuresInRow = 0;
    this.ejectedUntilMs = nowMs + Math.min(EJECTED_MS_MAX, EJECTED_MS * 2 ** this.ejections);
    this.ejections = Math.min(this.ejections + 1, 10);
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  async destroy(): Promise<void> {
    await this.pool.destroy();
  }
}
