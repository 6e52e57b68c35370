import type { Command } from 'commander';
import { configurationKeys, configured } from './configuration.ts';
import { configurationPlaces, type GlobalOptions } from './place.ts';
import { table } from './table.ts';
import { Terminal } from './terminal.ts';

export function define(command: Command): void {
  const explain = command.command('explain').description('each setting with its value and where that comes from');
  explain
    .argument('[key]', 'one setting, as gate.new')
    .addHelpText(
      'after',
      '\nA flag wins over the environment, that over stance.yaml, that over your own config.yaml, that over the default.',
    )
    .action(async (key: string | undefined) => {
      const options = explain.optsWithGlobals<GlobalOptions>();
      const terminal = new Terminal(options);
      const places = await configurationPlaces(options);
      const rows = (key === undefined ? configurationKeys.map((known) => known.key) : [key])
        .map((name) => configured(name, places))
        .map((row) => ({ ...row, value: row.key === 'url' ? withoutPassword(row.value) : row.value }))
        .map((row) => ({ ...row, text: configurationKeys.find((known) => known.key === row.key)?.text ?? '' }));
      await terminal.list(rows, () =>
        table(terminal, rows, [
          { title: 'setting', value: (row) => row.key },
          { title: 'value', value: (row) => row.value || '(none)', gives: true },
          { title: 'from', value: (row) => (row.origin === 'default' ? 'default' : `${row.origin} ${row.from}`) },
          { title: 'what it is', value: (row) => row.text, gives: true },
        ]),
      );
    });
}

/** A database address may carry a password; what is printed does not. */
function withoutPassword(address: string): string {
  if (address === '') return '';
  try {
    const url = new URL(address);
    if (url.password !== '') url.password = '***';
    return url.toString();
  } catch {
    return '(not an address)';
  }
}
