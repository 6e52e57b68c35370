import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { readOwnerRules } from '../sources/codeowners.ts';
import { openFile } from '../sources/input.ts';
import { startingSettings } from '../sources/stance-init.ts';
import { stanceJsonSchema } from '../sources/stance-schema.ts';
import { readSettings } from '../sources/stance-yaml.ts';
import { foundServices } from './found-services.ts';
import { type GlobalOptions, placeOf, reading } from './place.ts';
import { type ProjectFacts, projectFacts } from './project-facts.ts';
import { judgeSpecs } from './spec-judgement.ts';
import { printable, Terminal, writeWhole } from './terminal.ts';

interface InitOptions extends GlobalOptions {
  readonly force?: boolean;
  readonly print?: boolean;
}

export function define(command: Command): void {
  command
    .option('--print', 'show it, write nothing')
    .option('--force', 'write over a stance.yaml that is there')
    .addHelpText(
      'after',
      '\nLooks for specs, gateway configuration, CODEOWNERS and docs in this folder, and for services and hosts in the specs and the workspace.',
    )
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
      const services = await servicesOf(facts, options);
      const text = startingSettings({
        project: facts.name,
        hosts: [...new Set(services.flatMap(({ hosts }) => hosts))],
        services,
        specs: facts.specs,
        docs: facts.docs,
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

/** Specs read for what they declare; the file lists the rest by name. */
const specsReadMax = 300;

/** From what was imported, and from the specs here that were not. */
async function servicesOf({ specs, codeowners }: ProjectFacts, options: GlobalOptions) {
  const known = await inventoryOf(options);
  const imported = new Set(known.operations.flatMap(({ declared }) => declared.map(({ place }) => place.file.replace(/^\.\//, ''))));
  const unread = specs.filter((file) => !imported.has(file)).slice(0, specsReadMax);
  // What is no spec after all is told by the import.
  const declared = await judgeSpecs(await Promise.all(unread.map((file) => openFile(file))), null);
  return foundServices({
    operations: [...known.operations, ...declared.inventory],
    documents: [...known.documents, ...declared.documents],
    specs,
    ownerRules: codeowners === null ? [] : readOwnerRules(readFileSync(codeowners, 'utf8')).rules,
  });
}

/** What was imported so far; nothing when there is no workspace yet. */
async function inventoryOf(options: GlobalOptions) {
  return reading(options, async ({ store }) => ({
    operations: await store.allOperations(),
    documents: await store.listDocuments(),
  })).catch((error: unknown) => {
    if (error instanceof StanceError && error.code === 'nothing-to-do') return { operations: [], documents: [] };
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
