import type { Command } from 'commander';
import { type GlobalOptions, placeOf } from './place.ts';
import { askServer } from './server-call.ts';
import { runningServer } from './server-file.ts';
import { minute } from './table.ts';
import { Terminal } from './terminal.ts';

export function define(command: Command): void {
  command.addHelpText('after', '\nThe link opens once, within an hour, and signs that browser in.').action(async () => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const server = runningServer((await placeOf(options)).dir);
    const link = (await askServer(server, 'POST', '/session/links')) as { url: string; expiresMs: number };
    await terminal.object({ schema: 'stance.link/1', ...link }, () => `${link.url}\n`);
    if (terminal.form === 'text') terminal.note(`Opens once, until ${minute(link.expiresMs)}.`);
  });
}
