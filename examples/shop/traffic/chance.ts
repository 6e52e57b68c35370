/** Seeded chance: the same seed gives the same shop, day after day. */
export interface Chance {
  /** 0 <= x < 1. */
  next(): number;
  /** Whole number, `from` and `to` included. */
  int(from: number, to: number): number;
  /** True in `share` of the cases, 0 to 1. */
  isTrue(share: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** Milliseconds around `medianMs` with the long tail that response times have. */
  latencyMs(medianMs: number): number;
  /** Lower-case letters and digits. */
  token(length: number): string;
  uuid(): string;
}

/** Mulberry32 by Tommy Ettinger (public domain): 32 bits of state are plenty for a sample. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const text = (alphabet: string, length: number) => {
    let made = '';
    for (let at = 0; at < length; at += 1) made += alphabet.charAt(int(0, alphabet.length - 1));
    return made;
  };
  const hex = (length: number) => text('0123456789abcdef', length);
  return {
    next,
    int,
    isTrue: (share) => next() < share,
    pick: (from) => from[int(0, from.length - 1)] ?? from[0],
    latencyMs: (medianMs) => Math.max(1, Math.round(medianMs * Math.exp((next() + next() + next() - 1.5) * 1.1))),
    token: (length) => text('0123456789abcdefghijklmnopqrstuvwxyz', length),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${text('89ab', 1)}${hex(3)}-${hex(12)}`,
  };
}
