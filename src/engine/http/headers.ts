/** Header fields in the order received, duplicates kept, names in lower case (RFC 9110 section 5). */
export type HeaderList = readonly { readonly name: string; readonly value: string }[];

/** First value of a field, or null. `name` in lower case. */
export function header(list: HeaderList | null, name: string): string | null {
  if (list === null) return null;
  for (const field of list) if (field.name === name) return field.value;
  return null;
}

/** Whether a field was sent at all. */
export function hasHeader(list: HeaderList | null, name: string): boolean {
  return list?.some((field) => field.name === name) ?? false;
}
