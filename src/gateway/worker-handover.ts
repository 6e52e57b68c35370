/** Things on their way from a worker to its supervisor: bounded, each one acknowledged or known to be lost. */

/** Handed over and not yet acknowledged; beyond, the answer is no at once. */
const UNDER_WAY_MAX = 128;

export class Handover {
  /** Things that were not taken, since the start. */
  refused = 0;
  private readonly send: (message: { readonly kind: 'item'; readonly id: number; readonly item: unknown }) => boolean;
  private readonly underWay = new Map<number, (isTaken: boolean) => void>();
  private nextId = 1;

  /** @param send gives false when the channel is gone */
  constructor(send: Handover['send']) {
    this.send = send;
  }

  get size(): number {
    return this.underWay.size;
  }

  hand(item: unknown): Promise<boolean> {
    if (this.underWay.size >= UNDER_WAY_MAX) return this.lost();
    const id = this.nextId++;
    const taken = new Promise<boolean>((resolve) => this.underWay.set(id, resolve));
    if (!this.send({ kind: 'item', id, item })) this.taken(id, false);
    return taken;
  }

  /** The supervisor's answer. */
  taken(id: number, isTaken: boolean): void {
    const resolve = this.underWay.get(id);
    if (resolve === undefined) return;
    this.underWay.delete(id);
    if (!isTaken) this.refused++;
    resolve(isTaken);
  }

  /** Nobody will answer any more. */
  abandon(): void {
    for (const id of [...this.underWay.keys()]) this.taken(id, false);
  }

  private lost(): Promise<boolean> {
    this.refused++;
    return Promise.resolve(false);
  }
}
