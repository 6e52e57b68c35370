/** For tests: a format read over text in memory, its items sorted by kind. */
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { ReadOptions, SourceFormat, SourceItem } from './source.ts';

export interface TextFile {
  readonly name: string;
  readonly text: string;
  /** Files beside it, by the name a reference uses. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly options?: ReadOptions;
}

export interface ItemsRead {
  readonly apis: readonly DeclaredApi[];
  readonly settings: readonly Settings[];
  readonly items: readonly SourceItem[];
  /** The first API, for tests about one; throws when there is none. */
  readonly api: DeclaredApi;
}

export async function readText(format: SourceFormat, file: TextFile): Promise<ItemsRead> {
  const bytes = Buffer.from(file.text);
  const input = {
    name: file.name,
    size: bytes.length,
    consumed: () => bytes.length,
    async *bytes() {
      yield bytes;
    },
    async sibling(relative: string) {
      const text = file.beside?.[relative];
      if (text === undefined) throw new Error(`no file ${relative}`);
      return Buffer.from(text);
    },
  };
  const items: SourceItem[] = [];
  for await (const batch of format.read(input, file.options ?? {})) items.push(...batch);
  const apis = items.flatMap((item) => (item.kind === 'declared-api' ? [item.api] : []));
  return {
    items,
    apis,
    settings: items.flatMap((item) => (item.kind === 'settings' ? [item.settings] : [])),
    get api() {
      const [api] = apis;
      if (api === undefined) throw new Error(`${file.name} gave no API`);
      return api;
    },
  };
}
