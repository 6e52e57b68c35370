import type { Command } from 'commander';
import type { Candidate, ChangeRecord, NextChange } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { actorName } from './actor.ts';
import { instantOf } from './instant.ts';
import { type GlobalOptions, reading, writing } from './place.ts';
import { days, nothingAssessed } from './status.ts';
import { minute, points } from './table.ts';
import { printable, Terminal } from './terminal.ts';

interface NextOptions extends GlobalOptions {
  readonly why?: boolean;
  readonly evidence?: boolean;
}

interface DecideOptions extends GlobalOptions {
  readonly reason?: string;
  readonly until?: string;
  readonly owner?: string;
}

export function define(command: Command): void {
  command
    .option('--why', 'why this one, what it was weighed against, and what would change the choice')
    .option('--evidence', 'what the choice rests on')
    .action(async () => {
      const options = command.optsWithGlobals<NextOptions>();
      const terminal = new Terminal(options);
      await reading(options, async (workspace) => {
        const next = await chosen(workspace);
        if (options.evidence === true) {
          const views = await evidenceOf(workspace, next.change);
          await terminal.list(views, () => views.map((view) => `${view.ref}\t${printable(view.title)}\n`).join(''));
          return;
        }
        await terminal.object(nextObject(next), () => (options.why === true ? whyText(terminal, next) : nextText(terminal, next)));
      });
    });
  decision(command, 'accept', 'take it on; Stance then watches the evidence until it holds');
  decision(command, 'not-now', 'let it rest until a date, with the reason');
  decision(command, 'decline', 'turn it down, with the reason');
}

function decision(parent: Command, action: 'accept' | 'not-now' | 'decline', summary: string): void {
  const command = parent
    .command(action)
    .description(summary)
    .argument('[key]', 'key of the change; default: the one that `stance next` shows');
  command.option('--reason <text>', action === 'accept' ? 'why' : 'why (needed)');
  if (action !== 'accept')
    command.option('--until <date>', action === 'not-now' ? 'until when, as 2026-12-01 (needed)' : 'until when, as 2026-12-01');
  command.option('--owner <name>', action === 'accept' ? 'who does it' : 'who carries the risk meanwhile');
  command.action(async (key: string | undefined) => {
    const options = command.optsWithGlobals<DecideOptions>();
    const terminal = new Terminal(options);
    const reason = await reasonOf(terminal, action, options.reason);
    if (action === 'not-now' && options.until === undefined) {
      throw new StanceError('usage', { message: 'Until when should it rest?', next: 'Add --until 2026-12-01.' });
    }
    await writing(options, async (workspace) => {
      const record = await workspace.decideChange(
        key ?? (await chosen(workspace)).change.key,
        {
          action,
          reason,
          untilMs: options.until === undefined ? null : instantOf(options.until, '--until'),
          owner: options.owner ?? null,
        },
        actorName(),
      );
      await terminal.object({ schema: 'stance.change/1', ...record }, () => recordText(record));
    });
  });
}

/** Asked for on a terminal, refused when missing elsewhere. */
async function reasonOf(terminal: Terminal, action: string, given: string | undefined): Promise<string | null> {
  if (action === 'accept') return given ?? null;
  if (given !== undefined && given.trim() !== '') return given;
  if (terminal.canAsk) {
    const { ask } = await import('./ask.ts');
    const answer = (await ask('Why? ')).trim();
    if (answer !== '') return answer;
  }
  throw new StanceError('usage', { message: 'A reason is needed.', next: 'Add --reason "...".' });
}

async function chosen(workspace: Workspace): Promise<NextChange> {
  const assessment = await workspace.store.latestAssessment();
  if (assessment === null) throw nothingAssessed(workspace.name);
  if (assessment.next !== null) return assessment.next;
  throw new StanceError('nothing-to-do', {
    message: 'No change is open that is known to be worth doing.',
    next: '`stance status` shows what is unknown; more evidence gives more to choose from.',
  });
}

async function evidenceOf(workspace: Workspace, change: Candidate) {
  const views = await Promise.all(change.evidence.map((ref) => workspace.evidence(ref)));
  return views.filter((view) => view !== null);
}

/** Exactly one change; the runners-up are named, not offered. */
export function nextObject(next: NextChange) {
  return {
    schema: 'stance.next/1',
    ...next.change,
    why: next.why,
    nearTie: next.nearTie,
    runnersUp: next.runnersUp.map(({ change, whyNot }) => ({ key: change.key, control: change.control, title: change.title, whyNot })),
  };
}

function nextText(terminal: Terminal, { change, why, nearTie }: NextChange): string {
  const { bold, dim } = terminal.colors;
  const lines = [
    bold(printable(change.title)),
    printable(change.text),
    '',
    `Effect    +${points(change.gain.proven)} proven, +${points(change.gain.possible)} possible   ${change.control}`,
    `Effort    ${change.effort.size}, ${days(change.effort.daysMedian)}   ${dim(printable(change.effort.basis))}`,
    `Owner     ${change.owner === null ? 'nobody is named' : printable(change.owner)}`,
    `Safety    ${printable(change.safety)}`,
    `Undo      ${printable(change.undo)}`,
    `Done when ${printable(change.doneWhen)}`,
    `Why       ${printable(why)}`,
    ...(change.policy?.says ?? []).map((text) => `Replay    ${printable(text)}`),
    ...(nearTie === null ? [] : [`Near tie  ${printable(nearTie)}`]),
  ];
  if (change.draft.text.trim() !== '') {
    lines.push(
      '',
      dim(`${change.draft.file ?? change.draft.language}:`),
      ...change.draft.text
        .trimEnd()
        .split('\n')
        .map((line) => `  ${printable(line)}`),
    );
  }
  lines.push('', dim('stance next accept | not-now --until DATE --reason "..." | decline --reason "..."      stance next --why'));
  return `${lines.join('\n')}\n`;
}

function whyText(terminal: Terminal, { change, why, nearTie, runnersUp }: NextChange): string {
  const { bold } = terminal.colors;
  const { riskCut, value } = change;
  const lines = [
    bold(printable(change.title)),
    printable(why),
    `Value     ${points(value.p20)} per effort at the cautious fifth, ${points(value.median)} in the middle; best in ${Math.round(100 * value.chanceBest)} % of draws`,
    `Risk cut  about ${points(riskCut.median)} thousand USD a year (${points(riskCut.low)} to ${points(riskCut.high)}), chance that it works ${Math.round(100 * change.successChance)} %`,
    ...change.prerequisites.map(({ control, held }) => `Needs     ${control}, ${held ? 'held' : 'not held yet'}`),
    ...change.sensitivity.map((text) => `Moves it  ${printable(text)}`),
    ...(nearTie === null ? [] : [`Near tie  ${printable(nearTie)}`]),
    ...runnersUp.map(({ change: other, whyNot }) => `Not now   ${printable(other.title)}: ${printable(whyNot)}`),
    `Evidence  ${change.evidence.length} references; stance next --evidence --json`,
  ];
  return `${lines.join('\n')}\n`;
}

function recordText(record: ChangeRecord): string {
  const until = record.untilMs === null ? '' : ` until ${minute(record.untilMs)}`;
  const version = record.frozen?.policyVersion;
  const applied =
    version === undefined ? '' : `\nIts limits are in force as p${version}, in log mode; stance policy rollback takes them out again.`;
  const then =
    record.state === 'accepted' ? '\nIt counts as done when the evidence shows it; import newer logs or specs, then `stance status`.' : '';
  return `${record.state}${until}: ${printable(record.title)}${applied}${then}\n`;
}
