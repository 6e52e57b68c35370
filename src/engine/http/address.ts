/**
 * Internet addresses and networks (CIDR, RFC 4632 and RFC 4291), read from text into four 32-bit words.
 * IPv4 stands in the last word; an IPv4 address written inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address it means,
 * so that a list cannot be passed by spelling.
 */

export interface Address {
  readonly family: 4 | 6;
  /** Unsigned 32-bit words, most significant first. */
  readonly words: readonly [number, number, number, number];
}

export interface Network extends Address {
  /** Leading bits that count: 0 to 32, or 0 to 128. */
  readonly prefix: number;
}

/** Longest text that can be an address with a prefix length. */
const textMax = 64;

/** Reads an address as clients and proxies write it, without port, brackets or zone; null when it is none. */
export function parseAddress(text: string): Address | null {
  if (text.length > textMax) return null;
  if (!text.includes(':')) {
    const word = parseFour(text);
    return word === null ? null : { family: 4, words: [0, 0, 0, word] };
  }
  const words = parseSix(text);
  if (words === null) return null;
  const [a, b, c, d] = words;
  return a === 0 && b === 0 && c === 0xffff ? { family: 4, words: [0, 0, 0, d] } : { family: 6, words };
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a single address; null when it is none, or has bits set behind its prefix. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  const most = address.family === 4 ? 32 : 128;
  if (slash < 0) return { ...address, prefix: most };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length)) return null;
  // `::ffff:192.0.2.0/120` is the IPv4 network of the last 24 bits.
  const prefix = Number(length) - (address.family === 4 && text.includes(':') ? 96 : 0);
  if (prefix < 0 || prefix > most) return null;
  const network = { ...address, prefix };
  return keyOf(address, prefix) === keyOf(address, most) ? network : null;
}

/** Canonical text (RFC 5952 for IPv6). */
export function addressText({ family, words }: Address): string {
  if (family === 4) return [24, 16, 8, 0].map((shift) => (words[3] >>> shift) & 255).join('.');
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { from, length } = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, from))}::${hex(groups.slice(from + length))}`;
}

/**
 * Values by network. A look-up costs one step for each prefix length that occurs, however many networks there are, so
 * that a block list of a hundred thousand entries is as fast as one of ten.
 */
export class NetworkTable<T> {
  readonly #four = new Map<number, Map<string, T[]>>();
  readonly #six = new Map<number, Map<string, T[]>>();

  add(network: Network, value: T): void {
    const byPrefix = network.family === 4 ? this.#four : this.#six;
    const held = byPrefix.get(network.prefix) ?? new Map<string, T[]>();
    byPrefix.set(network.prefix, held);
    const key = keyOf(network, network.prefix);
    const values = held.get(key);
    if (values === undefined) held.set(key, [value]);
    else values.push(value);
  }

  /** Values of every network that holds the address, in no order. */
  find(address: Address): readonly T[] {
    let found: readonly T[] = [];
    for (const [prefix, networks] of address.family === 4 ? this.#four : this.#six) {
      const values = networks.get(keyOf(address, prefix));
      if (values !== undefined) found = found.length === 0 ? values : [...found, ...values];
    }
    return found;
  }
}

/** The first `prefix` bits as text. */
function keyOf({ family, words }: Address, prefix: number): string {
  if (family === 4) return String(masked(words[3], prefix));
  let key = '';
  for (let at = 0; at < 4 && at * 32 < prefix; at++) key += `${masked(words[at] ?? 0, prefix - at * 32)}.`;
  // Trailing zero words are the same network whether they were compared or not.
  return key.replace(/(?:\b0\.)+$/, '');
}

function masked(word: number, bits: number): number {
  return bits >= 32 ? word : bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

/** Decimal octets only: `010.1` and `0x7f.1` are read differently by different programs, so they are no addresses here. */
function parseFour(text: string): number | null {
  let word = 0;
  let octet = -1;
  let octets = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 0x2e : text.charCodeAt(at);
    if (code === 0x2e) {
      if (octet < 0 || ++octets > 4) return null;
      word = word * 256 + octet;
      octet = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      if (octet === 0) return null;
      octet = (octet < 0 ? 0 : octet * 10) + code - 0x30;
      if (octet > 255) return null;
    } else return null;
  }
  return octets === 4 ? word : null;
}

function parseSix(text: string): readonly [number, number, number, number] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (at: number) => ((groups[at] ?? 0) * 0x10000 + (groups[at + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    if (at === parts.length - 1 && part.includes('.')) {
      const four = parseFour(part);
      if (four === null) return null;
      groups.push(four >>> 16, four & 0xffff);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function longestZeroRun(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  return best;
}
