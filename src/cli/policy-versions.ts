import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { PolicyVersions } from '../workspace/policy-versions.ts';
import { actorName } from './actor.ts';
import { type GlobalOptions, placeOf, reading, writing } from './place.ts';
import { askServer } from './server-call.ts';
import { readServerFile } from './server-file.ts';
import { minute, table } from './table.ts';
import { Terminal } from './terminal.ts';

/** `stance policy list`, `show` and `rollback`. */
export function defineVersions(parent: Command): void {
  defineList(parent);
  defineShow(parent);
  defineRollback(parent);
}

function defineList(parent: Command): void {
  const command = parent.command('list').description('versions that were applied, which one is in force, and which is on trial');
  command.action(async () => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const { rows, inForce } = await reading(options, async ({ store }) => {
      const versions = new PolicyVersions(store, Date.now);
      return { rows: await versions.list(), inForce: await versions.inForce() };
    });
    const stateOf = (number: number) => (number === inForce.active ? 'in force' : number === inForce.candidate?.number ? 'on trial' : '');
    const shown = rows.map((row) => ({ ...row, state: stateOf(row.number) }));
    await terminal.list(shown, () =>
      table(terminal, shown, [
        { title: 'version', value: ({ number }) => `p${number}` },
        { title: 'state', value: ({ state }) => state },
        { title: 'when', value: ({ atMs }) => minute(atMs) },
        { title: 'who', value: ({ actor }) => actor },
        { title: 'says', value: ({ digest }) => digest, drops: 1 },
        {
          title: 'proof',
          value: ({ proof, because }) => (because !== null ? `none: ${because}` : proof === null ? 'none needed' : 'replayed'),
          gives: true,
        },
      ]),
    );
  });
}

function defineShow(parent: Command): void {
  const command = parent.command('show').description('the text of a version').argument('<version>', 'as p12');
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const { version } = await reading(options, ({ store }) => new PolicyVersions(store, Date.now).policyOf(numberOf(name)));
    await terminal.object({ schema: 'stance.policy-version/1', ...version }, () => version.text);
  });
}

function defineRollback(parent: Command): void {
  const command = parent.command('rollback').description('end a trial, or put an earlier version back');
  command
    .option('--to <version>', 'as p12 (default: the version before)')
    .option('--because <text>', 'why; kept', 'no reason given')
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly to?: string; readonly because: string }>();
      const terminal = new Terminal(options);
      const to = options.to === undefined ? null : numberOf(options.to);
      const place = await placeOf(options);
      const server = readServerFile(place.dir);
      const done =
        server === null
          ? await writing(options, ({ store }) =>
              new PolicyVersions(store, Date.now).rollBack({ to, actor: actorName(), because: options.because }),
            )
          : ((await askServer(server, 'POST', `/workspaces/${encodeURIComponent(place.workspace)}/policy/rollback`, {
              json: { because: options.because, ...(to === null ? {} : { version: to }) },
            })) as { from: number; to: number });
      await terminal.object({ schema: 'stance.policy-rollback/1', ...done }, () =>
        done.to === 0 ? 'In force: the policy of stance.yaml, else the default one\n' : `In force: p${done.to}\n`,
      );
      if (terminal.form === 'text') terminal.note(`Take it back with: stance policy rollback --to p${done.from}`);
    });
}

function numberOf(name: string): number {
  const digits = /^p?(\d{1,9})$/.exec(name)?.[1];
  if (digits === undefined)
    throw new StanceError('usage', {
      message: `${name} is no version.`,
      next: 'Versions are called p1, p2, ...; stance policy list shows them.',
    });
  return Number(digits);
}
