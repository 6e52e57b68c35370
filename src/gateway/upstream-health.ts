/** Asks an origin now and then whether it is well, so that real requests do not have to find out. */
import type { UpstreamPolicy } from '../engine/policy/policy.ts';
import type { Origin } from './upstream-pool.ts';

/** A check that hangs longer than this failed. */
const CHECK_MS_MAX = 5_000;
/** The first check comes soon after the start, the rest by the policy's interval. */
const FIRST_CHECK_MS = 50;

export class HealthCheck {
  private readonly origin: Origin;
  private readonly health: NonNullable<UpstreamPolicy['health']>;
  private timer: NodeJS.Timeout;
  private wellInRow = 0;
  private illInRow = 0;
  private isStopped = false;

  constructor(origin: Origin, health: NonNullable<UpstreamPolicy['health']>) {
    this.origin = origin;
    this.health = health;
    this.timer = setTimeout(() => this.ask(), Math.min(FIRST_CHECK_MS, this.health.everyMs)).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private ask(): void {
    const timeout = Math.min(CHECK_MS_MAX, Math.max(200, this.health.everyMs));
    this.origin.pool.request({ method: 'GET', path: this.health.path, headersTimeout: timeout, bodyTimeout: timeout }).then(
      async (answer) => {
        await answer.body.dump({ limit: 64 * 1024 }).catch(() => undefined);
        this.heard(answer.statusCode >= 200 && answer.statusCode < 400);
      },
      () => this.heard(false),
    );
  }

  /** INVARIANT: one bad (or good) answer alone changes nothing unless the policy says 1. */
  private heard(isWell: boolean): void {
    if (this.isStopped) return;
    this.wellInRow = isWell ? this.wellInRow + 1 : 0;
    this.illInRow = isWell ? 0 : this.illInRow + 1;
    if (this.illInRow >= this.health.unhealthyAfter) this.origin.isHealthy = false;
    if (this.wellInRow >= this.health.healthyAfter) this.origin.isHealthy = true;
    this.timer = setTimeout(() => this.ask(), this.health.everyMs).unref();
  }
}
