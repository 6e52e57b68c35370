/**
 * Header values that were found clean. A client sends the same few with each request, and they hold no value of a
 * person: fields with credentials, cookies or identifiers are never kept.
 */

/** Values that are remembered, and the longest that is worth it, characters: at most 2 MiB in all. */
const valuesMax = 2_048;
const valueCharsMax = 512;

const repeated = new Set([
  'user-agent',
  'accept',
  'accept-language',
  'accept-charset',
  'cache-control',
  'content-type',
  'dnt',
  'origin',
  'pragma',
  'priority',
  'referer',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'x-requested-with',
]);

export class CleanFields {
  readonly #clean = new Map<string, Set<string>>();
  #size = 0;

  isClean(name: string, value: string): boolean {
    return this.#clean.get(name)?.has(value) ?? false;
  }

  remember(name: string, value: string): void {
    // An address with a query is one person's; only its plain form comes again.
    if (!repeated.has(name) || value.length > valueCharsMax || this.#size >= valuesMax || (name === 'referer' && value.includes('?')))
      return;
    const known = this.#clean.get(name) ?? new Set<string>();
    this.#clean.set(name, known);
    known.add(value);
    this.#size += 1;
  }
}
