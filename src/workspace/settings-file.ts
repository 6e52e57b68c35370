/**
 * The `stance.yaml` of a workspace: its text is kept in the store, and written back to the file it came from, so that
 * the repository and the page show the same thing. A file that somebody changed meanwhile is never overwritten.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPlanParts, planPartsOf, planTextMax } from '../engine/controls/plan-parts.ts';
import { emptySettings, type Settings } from '../engine/evidence/settings.ts';
import { StanceError } from '../errors.ts';
import type { Input } from '../sources/source.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import type { Store } from '../store/store.ts';

const TEXT = 'settings.text';
const FILE = 'settings.file';
/** Parts found in each plan, by its location. */
const PLANS = 'settings.plans';

export async function settingsText(store: Store): Promise<string> {
  return (await store.getMeta(TEXT)) ?? '';
}

/** Settings in force; empty when there are none. Plans whose text could be read know which parts they have. */
export async function currentSettings(store: Store): Promise<Settings> {
  const text = await settingsText(store);
  if (text === '') return emptySettings;
  const settings = readSettings(text, { file: (await store.getMeta(FILE)) ?? 'stance.yaml', variables: process.env });
  const parts = JSON.parse((await store.getMeta(PLANS)) ?? '{}') as Readonly<Record<string, readonly string[]>>;
  return {
    ...settings,
    plans: settings.plans.map((plan) => {
      const found = parts[plan.location];
      return found === undefined ? plan : { ...plan, parts: found };
    }),
  };
}

/** Keeps a text that was imported, and which parts the plans beside it have; the plans' own words are not kept. */
export async function keepImported(store: Store, input: Input, text: string): Promise<void> {
  const settings = readSettings(text, { file: input.name, variables: process.env });
  const parts: Record<string, readonly string[]> = {};
  for (const plan of settings.plans) {
    if (planPartsOf(plan.kind).length === 0) continue;
    const plain = await readPlan(input, plan.location);
    if (plain !== null) parts[plan.location] = findPlanParts(plan.kind, plain);
  }
  await store.setMeta(TEXT, text);
  await store.setMeta(PLANS, JSON.stringify(parts));
  await store.setMeta(FILE, input.name === 'stdin' ? '' : resolve(input.name));
}

/** null when the plan is kept elsewhere (a wiki, another folder) or cannot be read: what it holds is unknown then. */
async function readPlan(input: Input, location: string): Promise<string | null> {
  try {
    return new TextDecoder().decode((await input.sibling(location)).subarray(0, planTextMax));
  } catch (error) {
    if (error instanceof StanceError) return null;
    throw error;
  }
}

/** Checks, keeps and writes back a new text. Refused whole when it is invalid or the file has changed. */
export async function changeSettings(store: Store, text: string): Promise<Settings> {
  const file = (await store.getMeta(FILE)) ?? '';
  const settings = readSettings(text, { file: file === '' ? 'stance.yaml' : file, variables: process.env });
  if (file !== '' && existsSync(file)) {
    const held = await settingsText(store);
    if (readFileSync(file, 'utf8') !== held) {
      throw new StanceError('conflict', {
        message: `${file} was changed since it was imported.`,
        next: `Run: stance import ${file}, then make the change again.`,
      });
    }
    writeWhole(file, text);
  }
  await store.setMeta(TEXT, text);
  return settings;
}

/** A reader never sees half a file: written beside it, then renamed over it. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    throw new StanceError('input-unreadable', {
      message: `Cannot write ${file}: ${(cause as Error).message}.`,
      next: 'Give this user the right to write the file, or edit it by hand and import it.',
      cause,
    });
  }
}
