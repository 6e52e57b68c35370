import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { waiverChange, waiverEnd } from '../sources/settings-changes.ts';
import { type SettingsChange, writeSettingsPatch } from '../sources/settings-patch.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import { actorName } from './actor.ts';
import { instantOf } from './instant.ts';
import { type GlobalOptions, reading, writing } from './place.ts';
import { printable, Terminal, writeWhole } from './terminal.ts';

interface WaiveOptions extends GlobalOptions {
  readonly until?: string;
  readonly because?: string;
  readonly owner?: string;
  readonly end?: boolean;
  readonly file: string;
}

export function define(command: Command): void {
  command
    .argument('<id>', 'a finding (F-3k2m9x1a) or a control (TEC-18)')
    .option('--until <date>', 'last day it counts, as 2026-12-01 (needed)')
    .option('--because <text>', 'why (needed)')
    .option('--owner <name>', 'who carries the risk (needed)')
    .option('--end', 'take the waiver away')
    .option('--file <path>', 'the stance.yaml to write', 'stance.yaml')
    .addHelpText(
      'after',
      '\nA waiver is a line in stance.yaml, so that it is reviewed like code. It never raises what is proven, and it ends.',
    )
    .action(async (id: string) => {
      const options = command.optsWithGlobals<WaiveOptions>();
      const terminal = new Terminal(options);
      const change = options.end === true ? waiverEnd(id) : waiverChange(await waiverOf(id, options, terminal));
      const where = await written(change, options);
      await terminal.object({ schema: 'stance.waiver/1', id, ended: options.end === true, ...where }, () =>
        printable(
          `${options.end === true ? 'Waiver ended' : 'Waived'}: ${id} in ${where.file ?? `the settings of workspace ${where.workspace}`}`,
        ),
      );
      if (where.workspace === null) terminal.note(`Next: stance import ${where.file}, so that the score knows it too.`);
    });
}

async function waiverOf(id: string, options: WaiveOptions, terminal: Terminal) {
  const { until, because, owner } = options;
  const missing = [
    until === undefined ? '--until' : '',
    because === undefined ? '--because' : '',
    owner === undefined ? '--owner' : '',
  ].filter(Boolean);
  if (missing.length > 0 && !terminal.canAsk) {
    throw new StanceError('usage', {
      message: `${missing.join(', ')} missing.`,
      next: `stance waive ${id} --until 2026-12-01 --because "..." --owner NAME`,
    });
  }
  const { ask } = await import('./ask.ts');
  const given = {
    id,
    until: until ?? (await ask('Until when (2026-12-01)? ')).trim(),
    because: because ?? (await ask('Because? ')).trim(),
    owner: owner ?? (await ask('Who carries the risk? ')).trim(),
  };
  if (instantOf(given.until, '--until') < Date.now()) {
    throw new StanceError('usage', { message: `${given.until} is over already.`, next: 'Choose a day to come.' });
  }
  return given;
}

/** Into the file of the project when there is one, and into the workspace when it holds the same text. */
async function written(
  change: SettingsChange,
  options: WaiveOptions,
): Promise<{ readonly file: string | null; readonly workspace: string | null }> {
  const file = resolve(options.file);
  const fileText = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const held = await reading(options, async (workspace) => ({ name: workspace.name, text: await workspace.settingsText() })).catch(
    (error: unknown) => {
      if (error instanceof StanceError && error.code === 'nothing-to-do') return null;
      throw error;
    },
  );
  if (held !== null && (fileText === null || fileText === held.text)) {
    await writing(options, (workspace) => workspace.patchSettings([change], actorName()));
    const isWritten = fileText !== null && readFileSync(file, 'utf8') !== fileText;
    // Imported from elsewhere with the same text: the project's own file follows.
    if (fileText !== null && !isWritten) writeWhole(file, writeSettingsPatch(fileText, [change]));
    return { file: fileText === null ? null : options.file, workspace: held.name };
  }
  const text = writeSettingsPatch(fileText ?? '', [change]);
  readSettings(text, { file: options.file, variables: process.env });
  writeWhole(file, text);
  return { file: options.file, workspace: null };
}
