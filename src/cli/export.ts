import { type Command, Option } from 'commander';
import { type GlobalOptions, reading } from './place.ts';
import { Terminal } from './terminal.ts';

const forms = ['openapi-3.1', 'openapi-3.0', 'cyclonedx', 'csv', 'json'] as const;

interface ExportOptions extends GlobalOptions {
  readonly form: (typeof forms)[number];
  readonly service?: string;
}

/** Also `stance inventory export`. */
export function define(command: Command): void {
  command
    .addOption(new Option('--form <form>', 'what to write').choices(forms).default('openapi-3.1'))
    .option('--service <name>', 'one API only')
    .addHelpText('after', '\nThe document goes to standard output, or to a file with -o.')
    .action(async () => {
      const options = command.optsWithGlobals<ExportOptions>();
      // The form is what was asked for; --json and --jsonl do not change it.
      const terminal = new Terminal({ ...options, json: undefined, jsonl: undefined });
      const made = await reading(options, (workspace) =>
        workspace.export(options.json === true ? 'json' : options.form, options.service === undefined ? {} : { service: options.service }),
      );
      await terminal.result(made.text);
    });
}
