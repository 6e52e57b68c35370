/** The address is the state of a page: flat, readable names (`?state=shadow,zombie&sort=-perDay`), no JSON in it. */

export type Search = Readonly<Record<string, string>>;

/** Longest value taken from an address; a longer one is somebody's accident. */
const VALUE_LENGTH_MAX = 2000;

export function parseSearch(text: string): Search {
  const found: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) found[name] = value.slice(0, VALUE_LENGTH_MAX);
  return found;
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue;
    // Commas, slashes and colons are legal in a query and are what makes the address readable.
    parts.push(
      `${encodeURIComponent(name)}=${encodeURIComponent(String(value)).replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':')}`,
    );
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Keeps the named parameters that are there; everything else in the address is dropped. */
export function pick<Name extends string>(search: Readonly<Record<string, unknown>>, names: readonly Name[]): { [Key in Name]?: string } {
  const kept: { [Key in Name]?: string } = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') kept[name] = value;
    else if (typeof value === 'number' || typeof value === 'boolean') kept[name] = String(value);
  }
  return kept;
}

export function listOf(value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : value.split(',');
}

/** Adds or removes one value of a comma list; undefined when the list is empty, so that the name leaves the address. */
export function toggled(value: string | undefined, item: string): string | undefined {
  const items = listOf(value);
  const next = items.includes(item) ? items.filter((one) => one !== item) : [...items, item];
  return next.length === 0 ? undefined : next.join(',');
}
