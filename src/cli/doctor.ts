import type { Command } from 'commander';
import type { DoctorLine } from '../workspace/use-cases.ts';
import { type GlobalOptions, reading } from './place.ts';
import { printable, Terminal } from './terminal.ts';

const words: Readonly<Record<DoctorLine['level'], string>> = { ok: 'v ok', doubt: '! doubt', fail: 'x fail', blind: '? blind' };

export function define(command: Command): void {
  command
    .addHelpText('after', '\nv ok, ! doubtful, x failing, ? cannot be seen from here. Exit code 1 when a line fails.')
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = new Terminal(options);
      const lines = await reading(options, (workspace) => workspace.doctor());
      await terminal.list(lines, () => lines.map((line) => lineText(terminal, line)).join(''));
      if (lines.some(({ level }) => level === 'fail')) process.exitCode = 1;
    });
}

function lineText(terminal: Terminal, { level, topic, text, fix }: DoctorLine): string {
  const { green, yellow, red, dim } = terminal.colors;
  const paint = { ok: green, doubt: yellow, fail: red, blind: dim }[level];
  if (!terminal.isInteractive) return `${words[level]}\t${printable(topic)}\t${printable(text)}\t${printable(fix ?? '')}\n`;
  return `${paint(words[level].padEnd(8))} ${printable(topic)}: ${printable(text)}\n${fix === null ? '' : `         ${dim(`fix: ${printable(fix)}`)}\n`}`;
}
