/** Loads the made-up company of examples/shop into a workspace of its own, badged, through the same import as real data. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { shopLogs } from '../../examples/shop/generate-logs.ts';
import { inputOfBytes, type OpenInput } from '../sources/input.ts';
import { openWorkspace } from './open-workspace.ts';
import type { ImportReport, OpenWorkspaceOptions } from './use-cases.ts';

export const sampleName = 'sample';

const folder = path.resolve(import.meta.dirname, '../../examples/shop');
/** Settings first, so that what follows is bound to the right service and environment. */
const documents = ['stance.yaml', 'CODEOWNERS', 'specs', 'gateway'];
/** The day on which the dates in the sample's `stance.yaml` were written. */
const writtenMs = Date.parse('2026-11-23T00:00:00Z');
const dayMs = 86_400_000;

export type SampleOptions = Pick<OpenWorkspaceOptions, 'dir' | 'url' | 'now' | 'holder'>;

/**
 * Creates the workspace `sample` with its traffic ending now. Safe to repeat: what is there already is not counted again.
 * Inputs are named `sample:...`, which is no file, so that settings changed in the page never reach the sample's own folder.
 */
export async function loadSample({ now = Date.now, ...options }: SampleOptions): Promise<ImportReport> {
  const workspace = await openWorkspace({ ...options, now, name: sampleName, badge: 'sample', mode: 'write' });
  try {
    return await workspace.importInputs(sampleInputs(now()), {});
  } finally {
    await workspace.close();
  }
}

function* sampleInputs(nowMs: number): Generator<OpenInput> {
  for (const file of documents.flatMap(filesOf)) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    yield inputOfBytes(`sample:shop/${file}`, Buffer.from(file === 'stance.yaml' ? withDatesMoved(text, nowMs) : text));
  }
  for (const log of shopLogs({ nowMs })) yield inputOfBytes(`sample:shop/${log.name}`, Buffer.from(log.text));
}

function filesOf(name: string): readonly string[] {
  const isFile = name.includes('.') || name === name.toUpperCase();
  return isFile
    ? [name]
    : readdirSync(path.join(folder, name))
        .sort()
        .map((file) => `${name}/${file}`);
}

/** Every date as many days before or after `nowMs` as it was before or after the day of writing: the sample does not age. */
function withDatesMoved(text: string, nowMs: number): string {
  const byMs = Math.floor((nowMs - writtenMs) / dayMs) * dayMs;
  return text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (date) => new Date(Date.parse(date) + byMs).toISOString().slice(0, 10));
}
