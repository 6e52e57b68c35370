/** `docs/cli.md`: the help of every command, as the program prints it. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

export function commandsDocument(): string {
  const top = helpOf([]);
  const parts = namesIn(top).flatMap((name) => {
    const help = helpOf([name]);
    return [section([name], help), ...namesIn(help).map((inner) => section([name, inner], helpOf([name, inner])))];
  });
  return `\n# Command line\n\nBefore it is installed, \`stance\` is \`npm run -s stance --\`.\n\n\`\`\`\n${top}\n\`\`\`\n${parts.join('')}`;
}

function helpOf(words: readonly string[]): string {
  const env = { ...process.env, NO_COLOR: '1' };
  return execFileSync(process.execPath, [main, ...words, '--help'], { encoding: 'utf8', env }).trimEnd();
}

/** Command names in a help text: the first word of each entry under "Commands:". */
function namesIn(help: string): readonly string[] {
  const list = /^Commands:\n((?: {2}.*\n?)*)/m.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '').filter((name) => name !== 'help');
}

function section(words: readonly string[], help: string): string {
  const own = help.replace(/^Global Options:\n(?: {2}.*\n?)*\n?/m, '').trimEnd();
  return `\n${'#'.repeat(words.length + 1)} stance ${words.join(' ')}\n\n\`\`\`\n${own}\n\`\`\`\n`;
}
