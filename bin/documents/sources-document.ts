/** `docs/sources.md`: every format that can be imported. */
import { sourceFormats } from '../../src/sources/formats.ts';

export function sourcesDocument(): string {
  const kinds = [
    ['declaration', 'What is said to exist'],
    ['traffic', 'What is called'],
    ['settings', 'What you declare'],
    ['ownership', 'Who answers for it'],
  ] as const;
  const tables = kinds.map(([kind, title]) => {
    const rows = sourceFormats.filter((format) => format.kind === kind).map((format) => `| \`${format.id}\` | ${format.title} |`);
    return `## ${title}\n\n| \`--format\` | What it reads |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `
# Sources

\`stance import\` takes files, folders, globs and standard input, plain, \`.gz\` or \`.zst\`, and tells the format from the content;
\`--format\` overrides that. Every source keeps account of what it saw: read, folded as noise, excluded with the reason, malformed
with the numbers of the first lines. Nothing is dropped in silence; \`stance doctor\` shows what a source cannot see.

${tables.join('\n')}`;
}
