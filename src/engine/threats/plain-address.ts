/**
 * Addresses in plain form: a public host name and a path of words. Bodies of APIs are full of them; once a host has been
 * judged, a further address below it costs one pattern.
 */

/** Hosts that are remembered; beyond it each address is judged in full. */
const hostsMax = 4_096;
const addressCharsMax = 2_048;
const plain =
  /^https?:\/\/([a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9][a-z0-9-]{0,62}){0,8}\.[a-z]{2,24})(?:\/[\w\-~{}/,+@]*(?:\.(?:git|json|png|jpe?g|gif|svg|html|css|js|pdf|zip|webp|ico))?)?$/i;

export class PlainAddresses {
  readonly #clean = new Set<string>();

  /** Host of an address that is nothing but scheme, public host name and a path of words; null for everything else. */
  hostOf(text: string): string | null {
    if (text.length > addressCharsMax || text.charCodeAt(0) !== 104) return null;
    return plain.exec(text)?.[1] ?? null;
  }

  isClean(host: string): boolean {
    return this.#clean.has(host);
  }

  /** Remembers that an address with nothing but this host was judged clean. */
  remember(host: string): void {
    if (this.#clean.size < hostsMax) this.#clean.add(host);
  }
}
