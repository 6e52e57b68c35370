/** What the tests of sources share: reading a text through a format and looking at the items. */
import type { Exchange } from '../engine/http/exchange.ts';
import { inputOfBytes } from './input.ts';
import type { ReadOptions, SourceFormat, SourceItem } from './source.ts';

export async function itemsOf(
  format: SourceFormat,
  content: string | Uint8Array,
  options: ReadOptions = {},
  name = 'test',
): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const batch of format.read(inputOfBytes(name, Buffer.from(content)), options)) items.push(...batch);
  return items;
}

export async function exchangesOf(format: SourceFormat, content: string | Uint8Array, options: ReadOptions = {}): Promise<Exchange[]> {
  return (await itemsOf(format, content, options)).flatMap((item) => (item.kind === 'exchange' ? [item.exchange] : []));
}

/** The one exchange of a line; fails when it is none. */
export async function exchangeOf(format: SourceFormat, line: string, options: ReadOptions = {}): Promise<Exchange> {
  const [item] = await itemsOf(format, line, options);
  if (item?.kind !== 'exchange') throw new Error(`no exchange but ${JSON.stringify(item)}`);
  return item.exchange;
}

/** `exchange`, or the reason or message. */
export async function verdictOf(format: SourceFormat, line: string): Promise<string> {
  const [item] = await itemsOf(format, line);
  if (item?.kind === 'excluded') return item.reason;
  return item?.kind === 'malformed' ? `malformed: ${item.message}` : (item?.kind ?? 'nothing');
}
