/**
 * A small seeded generator (sfc32 construction: four 32-bit words, period about 2^128), so that a simulation gives the
 * same numbers for the same seed on every machine. Never used for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  normal(): number;
  /** Beta by two gammas; both parameters above 0. */
  beta(alpha: number, beta: number): number;
}

export function seeded(seed: number): Random {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88 ^ Math.imul(seed, 0x85ebca6b);
  let c = 0xb7e15162 ^ Math.imul(seed, 0xc2b2ae35);
  let counter = 1;
  let spare: number | null = null;

  const uniform = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + mixed;
    c |= 0;
    return (mixed >>> 0) / 4_294_967_296;
  };
  // The first outputs still show the seed.
  for (let at = 0; at < 16; at++) uniform();

  /** Marsaglia's polar method: two normals from two uniforms. */
  const normal = (): number => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };

  /** Marsaglia and Tsang (2000); below shape 1 by the usual power of a uniform. */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const scale = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + scale * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };

  const beta = (alpha: number, second: number): number => {
    const left = gamma(alpha);
    return left / (left + gamma(second));
  };
  return { uniform, normal, beta };
}
