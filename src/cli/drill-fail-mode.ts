import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { type FailModeDrill, keepFailModeDrill } from '../workspace/drill-record.ts';
import { readContracts } from '../workspace/policy-bench.ts';
import { actorName } from './actor.ts';
import { drillFailModes } from './drill-trials.ts';
import { type GlobalOptions, writing } from './place.ts';
import { chosenPolicy, type PolicyOptions, withPolicyOptions } from './policy-place.ts';
import { plural, table } from './table.ts';
import { Terminal } from './terminal.ts';

/** `stance drill fail-mode`: what becomes of requests that cannot be judged, tried rather than believed. */
export function defineFailMode(parent: Command): void {
  const command = withPolicyOptions(
    parent.command('fail-mode').description('prove what becomes of requests that cannot be judged, route by route'),
  );
  command
    .addHelpText(
      'after',
      '\nStarts a guard of its own on this machine and breaks it on purpose: the decision, the identity provider, admission, the upstream,\nthe control plane. The guard that runs is left alone. Exit code 1 when a route does other than its policy says, or leaves no evidence.',
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions & PolicyOptions>();
      const terminal = new Terminal(options);
      const { policy } = chosenPolicy(options.policy);
      const drill = await drillFailModes(policy, await readContracts(options.spec ?? []), Date.now());
      await terminal.object({ schema: 'stance.fail-mode-drill/1', ...drill }, () => drillText(terminal, drill));
      for (const route of drill.notReached)
        terminal.note(`${route} was not reached: its requests cannot be made up here, or another route goes over it.`);
      await keep(options, drill, terminal);
      if (drill.trials.some(({ holds }) => !holds)) process.exitCode = 1;
    });
}

/** A drill is worth its result even where it cannot be kept. */
async function keep(options: GlobalOptions, drill: FailModeDrill, terminal: Terminal): Promise<void> {
  try {
    await writing(options, ({ store }) => keepFailModeDrill(store, drill, actorName()));
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    terminal.note(`The result was not kept as evidence: ${error.message} ${error.next}`);
  }
}

function drillText(terminal: Terminal, { trials }: FailModeDrill): string {
  const held = trials.filter(({ holds }) => holds).length;
  const { red, green } = terminal.colors;
  const rows = table(terminal, trials, [
    { title: 'Holds', value: ({ holds }) => (holds ? 'yes' : 'NO'), paint: (text, { holds }) => (holds ? green(text) : red(text)) },
    { title: 'Route', value: ({ route }) => route },
    { title: 'Request', value: ({ request }) => request, gives: true },
    { title: 'Broken', value: ({ broken }) => broken },
    { title: 'Door', value: ({ door }) => door, drops: 2 },
    { title: 'Expected', value: ({ expected }) => expected },
    { title: 'Observed', value: ({ observed, status }) => `${observed} (${status})` },
    { title: 'Evidence', value: ({ evidence }) => evidence.join(', ') || 'none', gives: true, drops: 1 },
  ]);
  return `${rows}\n${held} of ${plural(trials.length, 'trial')} held\n`;
}
