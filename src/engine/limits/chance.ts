/** Uniform numbers in [0, 1) from a seed (xorshift32, Marsaglia 2003): for sampling and jitter, never for secrets. */
export function seededChance(seed: number): () => number {
  let state = (seed | 0) === 0 ? 0x9e3779b9 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
