import { type Command, Option } from 'commander';
import { limitsYaml, type OperationLimit, percent, type SuggestedBy, suggestLimits } from '../workspace/limit-suggestions.ts';
import { operationNamed } from './inventory-show.ts';
import { type GlobalOptions, reading } from './place.ts';
import { table } from './table.ts';
import { Terminal } from './terminal.ts';

interface SuggestOptions extends GlobalOptions {
  readonly by: SuggestedBy;
  readonly service?: string;
  readonly yaml?: boolean;
}

/** `stance limit suggest`: what each operation's own callers do, and which limit would leave them alone. */
export function defineSuggest(parent: Command): void {
  const command = parent
    .command('suggest')
    .description('a limit for each operation from what its own callers do, and whom it would have hit');
  command
    .argument('[operation...]', 'its id, or method and template: GET /v1/users/{userId} (default: the 50 most called)')
    .addOption(new Option('--by <what>', 'who counts as one caller').choices(['identity', 'address']).default('identity'))
    .option('--service <name>', 'which API, when several have the operation')
    .option('--yaml', 'limits and routes to paste into a policy; they only log')
    .addHelpText(
      'after',
      '\nNeeds 200 calls of 20 callers over half an hour. Nothing is applied: paste, `stance policy replay`, then `stance policy apply`.',
    )
    .action(async (words: string[]) => {
      const options = command.optsWithGlobals<SuggestOptions>();
      const terminal = new Terminal(options);
      const limits = await reading(options, async (workspace) => {
        const operation = words.length === 0 ? null : await operationNamed(workspace, words.join(' '), options.service);
        return suggestLimits(workspace.store, operation?.id ?? null, options.by);
      });
      if (options.yaml === true) await terminal.result(limitsYaml(limits));
      else await terminal.list(limits, () => suggestionTable(terminal, limits));
      if (!limits.some(({ suggestion }) => suggestion.kind === 'limit')) {
        if (terminal.form === 'text') terminal.note('Too little was recorded for any limit; let the guard or a log tell more.');
        process.exitCode = 3;
      }
    });
}

function suggestionTable(terminal: Terminal, limits: readonly OperationLimit[]): string {
  return table(terminal, limits, [
    { title: 'Operation', value: ({ method, template }) => `${method} ${template}`, gives: true },
    { title: 'Service', value: ({ service }) => service, drops: 2 },
    { title: 'Limit', value: limitWord },
    { title: 'Burst', value: ({ suggestion }) => (suggestion.kind === 'limit' ? String(suggestion.limit.burst) : ''), align: 'right' },
    {
      title: 'Callers hit',
      value: ({ suggestion }) => {
        if (suggestion.kind !== 'limit') return '';
        const { callers, callersHit } = suggestion.limit;
        return `${callersHit} of ${suggestion.basis.callers} (at most ${percent(callers.high)})`;
      },
    },
    {
      title: 'Calls refused',
      value: ({ suggestion }) => (suggestion.kind === 'limit' ? percent(suggestion.limit.refused.share) : ''),
      drops: 1,
    },
    { title: 'Why not', value: ({ suggestion }) => (suggestion.kind === 'limit' ? '' : suggestion.because), gives: true },
  ]);
}

function limitWord({ suggestion }: OperationLimit): string {
  if (suggestion.kind === 'limit') return `${suggestion.limit.requests} in ${suggestion.limit.windowSeconds / 60} min`;
  return suggestion.kind === 'too-little' ? 'too little seen' : 'none fits';
}
