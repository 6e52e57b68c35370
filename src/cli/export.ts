import { Argument, type Command, Option } from 'commander';
import { StanceError } from '../errors.ts';
import { type GlobalOptions, reading } from './place.ts';
import { Terminal } from './terminal.ts';

const forms = ['openapi-3.1', 'openapi-3.0', 'cyclonedx', 'csv', 'json'] as const;

type Form = (typeof forms)[number];

interface ExportOptions extends GlobalOptions {
  readonly form?: Form;
  readonly service?: string;
}

/** Also `stance inventory export`. */
export function define(command: Command): void {
  command
    .addArgument(new Argument('[form]', 'what to write (default: openapi-3.1)').choices(forms))
    .addOption(new Option('--form <form>', 'the same, as an option').choices(forms))
    .option('--service <name>', 'one API only')
    .addHelpText('after', '\nThe document goes to standard output, or to a file with -o.')
    .action(async (named: Form | undefined) => {
      const options = command.optsWithGlobals<ExportOptions>();
      if (named !== undefined && options.form !== undefined && named !== options.form)
        throw new StanceError('usage', { message: `Both ${named} and ${options.form} were asked for.`, next: 'Name one form.' });
      const form = options.json === true ? 'json' : (named ?? options.form ?? 'openapi-3.1');
      // The form is what was asked for; --json and --jsonl do not change it.
      const terminal = new Terminal({ ...options, json: undefined, jsonl: undefined });
      const made = await reading(options, (workspace) =>
        workspace.export(form, options.service === undefined ? {} : { service: options.service }),
      );
      await terminal.result(made.text);
    });
}
