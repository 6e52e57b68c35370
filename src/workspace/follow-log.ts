/** Follows a growing, rotating log into the workspace: each physical file in turn, from where the last run stopped. */
import { resolve } from 'node:path';
import { shortHash } from '../engine/evidence/finding.ts';
import type { SourceRecord } from '../engine/evidence/source-account.ts';
import { StanceError } from '../errors.ts';
import { detectFormat } from '../sources/detect.ts';
import { type FollowedFile, type FollowPosition, followFile } from '../sources/follow.ts';
import { formatById } from '../sources/formats.ts';
import { isLineFormat } from '../sources/line-format.ts';
import type { SourceFormat } from '../sources/source.ts';
import type { Store } from '../store/store.ts';
import { readOptions } from './import-input.ts';
import { type ImportContext, ImportSteps, type ReachedPosition } from './import-steps.ts';
import type { LiveImport } from './live-import.ts';
import type { ImportOptions } from './use-cases.ts';

export interface FollowParts {
  readonly store: Store;
  readonly openLive: (
    open: (context: ImportContext) => Promise<{ readonly steps: ImportSteps; readonly position: () => ReachedPosition | null }>,
  ) => LiveImport;
}

export async function followLog(
  file: string,
  options: ImportOptions & { readonly signal: AbortSignal },
  parts: FollowParts,
): Promise<void> {
  const name = resolve(file);
  const origin = await whereItStopped(name, parts.store);
  let followed: FollowedFile | null = null;
  let format: SourceFormat | null = null;
  const live = parts.openLive(async (context) => {
    const earlier = (await parts.store.listSources()).find((source) => source.id === origin.sourceId) ?? null;
    const source = { id: origin.sourceId, name, format: format?.id ?? 'log', kind: 'traffic' as const, bytes: null, earlier };
    return { steps: new ImportSteps(source, 0, context), position: () => reached(followed) };
  });
  try {
    for await (const next of followFile(name, {
      signal: options.signal,
      ...(origin.position === null ? {} : { position: origin.position }),
    })) {
      followed = next;
      if (next.gap) await live.push([{ kind: 'excluded', line: 0, reason: 'unknown number of lines lost in a rotation' }]);
      const head = await next.input.head();
      if (head === '' && options.signal.aborted) break;
      format ??=
        options.format === undefined
          ? detectFormat(head, name, options.logFormat === undefined ? {} : { logFormat: options.logFormat })
          : formatById(options.format);
      if (!isLineFormat(format))
        throw new StanceError('usage', {
          message: `${name} is ${format.title}; only line logs can be followed.`,
          next: `Run: stance import ${file}`,
        });
      for await (const items of format.read(next.input, readOptions(options, 0))) await live.push(items);
    }
  } finally {
    await live.close();
  }
}

interface StoppedAt {
  readonly sourceId: string;
  readonly position: FollowPosition | null;
}

/** A log that was imported or followed before is the same source: it goes on after its last acknowledged line. */
async function whereItStopped(name: string, store: Store): Promise<StoppedAt> {
  const sources = (await store.listSources()).filter((source: SourceRecord) => source.kind === 'traffic' && resolve(source.name) === name);
  const checkpoints = await store.findCheckpoints();
  const latest = sources.sort((a, b) => b.importedMs - a.importedMs)[0];
  const checkpoint = latest === undefined ? undefined : checkpoints.find((held) => held.sourceId === latest.id);
  if (latest === undefined || checkpoint === undefined)
    return { sourceId: latest?.id ?? `src_${shortHash(`follow\n${name}`)}`, position: null };
  const identity = { prefixBytes: checkpoint.prefixBytes, prefixHash: checkpoint.prefixHash };
  return { sourceId: latest.id, position: { line: checkpoint.line, byte: checkpoint.byteOffset, identity } };
}

function reached(followed: FollowedFile | null): ReachedPosition | null {
  if (followed === null) return null;
  const { line, byte, identity } = followed.position();
  return { line, byteOffset: byte, prefixBytes: identity.prefixBytes, prefixHash: identity.prefixHash };
}
