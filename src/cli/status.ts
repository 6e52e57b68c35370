import type { Command } from 'commander';
import type { InventorySummary } from '../engine/inventory/operation.ts';
import type { Assessment } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import { type GlobalOptions, reading } from './place.ts';
import { isoOrNull, minute, plural, points } from './table.ts';
import { Terminal } from './terminal.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nProven is what evidence shows, possible the same with everything unknown taken as met.')
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = new Terminal(options);
      await reading(options, async (workspace) => {
        const [assessment, inventory] = await Promise.all([workspace.store.latestAssessment(), workspace.store.inventorySummary()]);
        if (assessment === null) throw nothingAssessed(workspace.name);
        const summary = inventory?.summary ?? null;
        await terminal.object(statusObject(workspace.name, assessment, summary), () => statusText(terminal, assessment, summary));
      });
    });
}

export function nothingAssessed(workspace: string): StanceError {
  return new StanceError('nothing-to-do', {
    message: `Workspace ${workspace} holds nothing to judge yet.`,
    next: 'stance import FILE…; `stance workspace list` shows the other workspaces.',
  });
}

export function statusObject(workspace: string, assessment: Assessment, summary: InventorySummary | null) {
  const { total, pillars, letter, next, controls } = assessment;
  const outcomes: Record<string, number> = {};
  for (const { outcome } of controls) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    schema: 'stance.status/1',
    workspace,
    at: isoOrNull(assessment.atMs),
    model: assessment.model,
    proven: total.proven,
    possible: total.possible,
    attested: total.attested,
    failing: total.failing,
    unknown: total.unknown,
    letter: letter.value,
    cappedBy: letter.cappedBy,
    pillars,
    controls: outcomes,
    inventory: summary,
    next:
      next === null
        ? null
        : {
            key: next.change.key,
            control: next.change.control,
            title: next.change.title,
            gain: next.change.gain,
            effort: next.change.effort,
          },
  };
}

function statusText(terminal: Terminal, assessment: Assessment, summary: InventorySummary | null): string {
  const { bold, dim } = terminal.colors;
  const { total, pillars, letter, next } = assessment;
  const capped = letter.cappedBy === null ? '' : ` (${letter.cappedBy})`;
  const lines = [
    `${bold(`Posture      ${points(total.proven)} proven, up to ${points(total.possible)}`)}   grade ${letter.value}${capped}   ${dim(`${assessment.model}, ${minute(assessment.atMs)}`)}`,
  ];
  const names = { people: 'People', processes: 'Processes', technology: 'Technology' } as const;
  for (const pillar of ['people', 'processes', 'technology'] as const) {
    const band = pillars[pillar];
    lines.push(
      `  ${names[pillar].padEnd(10)} ${points(band.proven)} proven, up to ${points(band.possible)}   ${dim(`${points(band.failing)} failing, ${points(band.unknown)} unknown`)}`,
    );
  }
  if (summary !== null) {
    const states = Object.entries(summary.byState)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count.toLocaleString('en-US')} ${state}`);
    lines.push(`Inventory    ${plural(summary.operations, 'operation')} in ${plural(summary.services, 'API')}: ${states.join(', ')}`);
  }
  if (next === null) lines.push('Next         nothing that is both known and worth doing; `stance finding list` shows the rest');
  else {
    const { change } = next;
    lines.push(`Next         ${change.title}   +${points(change.gain.proven)}, ${days(change.effort.daysMedian)}   ${dim('stance next')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Working days as people say them. */
export function days(value: number): string {
  if (value < 0.9) return `about ${Math.max(1, Math.round(value * 8))} h`;
  const rounded = Math.round(value * 2) / 2;
  return `about ${rounded} ${rounded === 1 ? 'day' : 'days'}`;
}
