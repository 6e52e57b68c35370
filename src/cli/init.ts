import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { stanceJsonSchema } from '../sources/stance-schema.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import { type GlobalOptions, placeOf, reading } from './place.ts';
import { type ProjectFacts, projectFacts } from './project-facts.ts';
import { settingsDraft } from './settings-draft.ts';
import { printable, Terminal, writeWhole } from './terminal.ts';

interface InitOptions extends GlobalOptions {
  readonly force?: boolean;
  readonly print?: boolean;
}

export function define(command: Command): void {
  command
    .option('--print', 'show it, write nothing')
    .option('--force', 'write over a stance.yaml that is there')
    .addHelpText('after', '\nLooks for specs, gateway configuration, CODEOWNERS and docs in this folder, and for hosts in the workspace.')
    .action(async () => {
      const options = command.optsWithGlobals<InitOptions>();
      const terminal = new Terminal(options);
      const file = 'stance.yaml';
      if (existsSync(file) && options.force !== true && options.print !== true) {
        throw new StanceError('conflict', {
          message: `There is a ${file} here already.`,
          next: 'Edit it, or write over it with --force; --print only shows what would be written.',
        });
      }
      const facts = await projectFacts(process.cwd());
      const schemaFile = join((await placeOf(options)).dir, 'stance.schema.json');
      const text = settingsDraft({
        facts,
        operations: await inventoryFacts(options),
        schema: relative('.', schemaFile).replaceAll('\\', '/'),
      });
      readSettings(text, { file, variables: {} });
      if (options.print === true) return terminal.result(text);
      // Beside the data, so that the editor completes keys without asking anybody on the network.
      mkdirSync(dirname(schemaFile), { recursive: true, mode: 0o700 });
      writeWhole(schemaFile, stanceJsonSchema());
      writeWhole(file, text);
      await terminal.object({ schema: 'stance.init/1', file, ...facts }, () => foundText(file, facts));
      if (terminal.form === 'text')
        terminal.note(`Next: edit ${file}, then stance import ${['stance.yaml', ...facts.specs.slice(0, 3)].join(' ')}`);
    });
}

/** Services and hosts that were seen; nothing when there is no workspace yet. */
async function inventoryFacts(options: GlobalOptions) {
  return reading(options, async (workspace) => workspace.store.allOperations()).catch((error: unknown) => {
    if (error instanceof StanceError && error.code === 'nothing-to-do') return [];
    throw error;
  });
}

function foundText(file: string, { specs, gateways, codeowners, docs }: ProjectFacts): string {
  const found = [
    `${specs.length} specs`,
    `${gateways.length} gateway files`,
    codeowners === null ? 'no CODEOWNERS' : codeowners,
    docs.length === 0 ? 'no docs folder' : docs.join(', '),
  ];
  return printable(`Written ${file}. Found: ${found.join('; ')}.`);
}
