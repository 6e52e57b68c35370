/** Loads the made-up company of examples/shop into a workspace of its own, badged, through the same import as real data. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type LogFile, shopLogs } from '../../examples/shop/generate-logs.ts';
import { StanceError } from '../errors.ts';
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

/** Kept with the workspace: `loading` until all of it is there, so that a load that was cut off is finished at the next start. */
const STATE = 'sample.state';

/**
 * Creates the workspace `sample` with its traffic ending now. The company is taken in as a company would do it: first its
 * specifications, a week later who answers for what, then traffic, day by day; each step is judged as of its own day, so
 * that the score has a past. Safe to repeat: what is there already is not counted again.
 * Inputs are named `sample:...`, which is no file, so that settings changed in the page never reach the sample's own folder.
 */
export async function loadSample({ now = Date.now, ...options }: SampleOptions): Promise<ImportReport> {
  let clockMs: number | null = null;
  const workspace = await openWorkspace({ ...options, now: () => clockMs ?? now(), name: sampleName, badge: 'sample', mode: 'write' });
  try {
    const nowMs = now();
    const logs = shopLogs({ nowMs });
    if ((await workspace.store.latestAssessment()) === null) {
      await workspace.store.setMeta(STATE, 'loading');
      for (const step of past(nowMs, logs)) {
        clockMs = step.atMs;
        await workspace.importInputs(step.inputs, {});
      }
      clockMs = null;
    }
    const report = await workspace.importInputs(
      [...documentInputs(documents, nowMs), ...logs.map((log) => inputOfText(log.name, log.text))],
      {},
    );
    await workspace.store.setMeta(STATE, 'whole');
    return report;
  } finally {
    await workspace.close();
  }
}

/** Whether an earlier load was cut off. */
export async function isSampleHalf(options: SampleOptions): Promise<boolean> {
  const workspace = await openWorkspace({ ...options, name: sampleName, mode: 'read' });
  try {
    return (await workspace.store.getMeta(STATE)) === 'loading';
  } finally {
    await workspace.close();
  }
}

interface PastStep {
  readonly atMs: number;
  readonly inputs: readonly OpenInput[];
}

function* past(nowMs: number, logs: readonly LogFile[]): Generator<PastStep> {
  yield { atMs: nowMs - 20 * dayMs, inputs: documentInputs(['specs'], nowMs) };
  yield { atMs: nowMs - 13 * dayMs, inputs: documentInputs(['stance.yaml', 'CODEOWNERS', 'specs'], nowMs) };
  const gateway = logs.find((log) => log.name === 'gateway.jsonl');
  if (gateway === undefined) return;
  // The first two of five days; the rest of the same file is read on from there.
  const cut = gateway.text.indexOf('\n', Math.floor(gateway.text.length * 0.38)) + 1;
  yield { atMs: nowMs - 3 * dayMs, inputs: [...documentInputs(documents, nowMs), inputOfText(gateway.name, gateway.text.slice(0, cut))] };
}

function documentInputs(names: readonly string[], nowMs: number): OpenInput[] {
  return names.flatMap(filesOf).map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    return inputOfText(file, file === 'stance.yaml' ? withDatesMoved(text, nowMs) : text);
  });
}

/** Plans that the settings point at, from the sample's own folder. */
async function beside(relative: string): Promise<Uint8Array> {
  const file = path.resolve(folder, relative);
  if (!file.startsWith(`${folder}${path.sep}`))
    throw new StanceError('input-unreadable', { message: `${relative} is not part of the sample.` });
  return readFileSync(file);
}

function inputOfText(name: string, text: string): OpenInput {
  return inputOfBytes(`sample:shop/${name}`, Buffer.from(text), beside);
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
