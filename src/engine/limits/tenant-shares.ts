/** How far each tenant is above an even share of what the tenants got lately, so that a big one does not crowd out small ones. */

/** Tenants told apart at once; more share one entry until old ones fade. */
const TENANTS_MAX = 4096;
/** Use weighs half as much after this long. */
const HALF_LIFE_MS = 1000;
const FADED = 0.01;

interface Use {
  units: number;
  atMs: number;
}

export class TenantShares {
  readonly #used = new Map<string, Use>();
  readonly #all: Use = { units: 0, atMs: 0 };

  /** The tenant got something. */
  got(tenant: string, cost: number, nowMs: number): void {
    const name = this.#used.has(tenant) || this.#used.size < TENANTS_MAX ? tenant : '';
    let use = this.#used.get(name);
    if (use === undefined) {
      use = { units: 0, atMs: nowMs };
      this.#used.set(name, use);
    }
    fade(use, nowMs);
    fade(this.#all, nowMs);
    use.units += cost;
    this.#all.units += cost;
  }

  /** Use against an even share: 2 = twice it; 1 while there is one tenant only. Tenants that fell silent no longer count. */
  ratio(tenant: string, nowMs: number): number {
    const use = this.#used.get(tenant) ?? this.#used.get('');
    if (use === undefined) return this.#used.size === 0 ? 1 : 0;
    if (this.#used.size === 1) return 1;
    fade(use, nowMs);
    fade(this.#all, nowMs);
    return this.#all.units <= FADED ? 1 : (use.units * this.#used.size) / this.#all.units;
  }

  /** Drops tenants that fell silent; call now and then. */
  sweep(nowMs: number): void {
    for (const [tenant, use] of this.#used) {
      fade(use, nowMs);
      if (use.units < FADED) this.#used.delete(tenant);
    }
  }
}

function fade(use: Use, nowMs: number): void {
  if (nowMs <= use.atMs) return;
  use.units *= 2 ** ((use.atMs - nowMs) / HALF_LIFE_MS);
  use.atMs = nowMs;
}
