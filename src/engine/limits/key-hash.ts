/**
 * 64-bit keyed hash of a limit key, as two 32-bit halves: the first finds the place in a table, the second tells keys
 * apart there. Keyed by a seed that no caller knows, so that keys which collide cannot be chosen.
 */
export interface KeyHash {
  high: number;
  low: number;
}

/** Writes the hash of `kind` and `text` into `into`, so that the hot path allocates nothing. `kind` separates domains. */
export function hashKey(seed: number, kind: number, text: string, into: KeyHash): void {
  let high = mixed((seed ^ 0x9e3779b9) + Math.imul(kind + 1, 0x85ebca6b));
  let low = mixed((seed ^ 0x243f6a88) + Math.imul(kind + 1, 0xc2b2ae35));
  const length = text.length;
  const even = length & ~1;
  // Two characters a step. Each half folds with shifts of its own, so that no change cancels out in both.
  for (let at = 0; at < even; at += 2) {
    const units = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    high = Math.imul(high ^ units, 0x2c1b3c6d);
    low = Math.imul(low ^ units, 0x297a2d39);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  if (even < length) {
    const unit = text.charCodeAt(even);
    high = Math.imul(high ^ unit, 0x2c1b3c6d);
    low = Math.imul(low ^ unit, 0x297a2d39);
  }
  high = mixed(high ^ length);
  into.high = mixed(high ^ low) >>> 0;
  into.low = mixed(low + high) >>> 0;
  // Both halves 0 mark an unused slot of a table.
  if (into.high === 0 && into.low === 0) into.low = 1;
}

/** Finaliser with full avalanche (two multiply-xorshift rounds). */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}
