import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { type GlobalOptions, placeOf, reading } from './place.ts';
import { isoOrNull, plural, table } from './table.ts';
import { printable, Terminal } from './terminal.ts';

interface DeleteOptions extends GlobalOptions {
  readonly confirm?: string;
}

export function define(command: Command): void {
  const list = command.command('list').description('workspaces of the data folder');
  list.action(async () => {
    const options = list.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const { workspaceHost } = await import('./workspace-host.ts');
    const all = await workspaceHost(await placeOf(options), 'stance workspace list').list();
    const described = all.map(({ name, createdMs }) =>
      reading({ ...options, workspace: name }, async (workspace) => ({
        name,
        created: isoOrNull(createdMs),
        badge: workspace.badge,
        sources: (await workspace.store.listSources()).length,
        operations: (await workspace.store.inventorySummary())?.summary.operations ?? 0,
      })),
    );
    const rows = await Promise.all(described);
    await terminal.list(rows, () =>
      table(terminal, rows, [
        { title: 'workspace', value: (row) => row.name },
        { title: 'badge', value: (row) => row.badge ?? '-' },
        { title: 'holds', value: (row) => `${plural(row.sources, 'source')}, ${plural(row.operations, 'operation')}` },
        { title: 'created', value: (row) => row.created?.slice(0, 10) ?? '-' },
      ]),
    );
  });

  const remove = command.command('delete').description('delete a workspace with everything in it');
  remove
    .argument('<name>', 'workspace')
    .option('--confirm <name>', 'the name once more; asked for on a terminal')
    .action(async (name: string) => {
      const options = remove.optsWithGlobals<DeleteOptions>();
      const terminal = new Terminal(options);
      const place = await placeOf(options);
      const { workspaceHost } = await import('./workspace-host.ts');
      const host = workspaceHost(place, 'stance workspace delete');
      if (!(await host.list()).some((row) => row.name === name)) {
        throw new StanceError('not-found', { message: `There is no workspace ${name}.`, next: 'stance workspace list' });
      }
      if ((await confirmation(terminal, name, options.confirm)) !== name) {
        throw new StanceError('usage', { message: `Deleting ${name} was not confirmed.`, next: `Add --confirm ${name}.` });
      }
      await host.delete(name);
      await terminal.object({ schema: 'stance.workspace-delete/1', name }, () => `Deleted: ${printable(name)}\n`);
    });
}

async function confirmation(terminal: Terminal, name: string, given: string | undefined): Promise<string | undefined> {
  if (given !== undefined || !terminal.canAsk) return given;
  const { ask } = await import('./ask.ts');
  return (await ask(`Everything in ${name} will be gone. Type its name to delete it: `)).trim();
}
