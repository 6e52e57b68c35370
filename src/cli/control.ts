import type { Command } from 'commander';
import type { Control } from '../engine/controls/control.ts';
import type { ControlResult } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import { type GlobalOptions, reading } from './place.ts';
import { facts, minute, points, table } from './table.ts';
import { Terminal } from './terminal.ts';

interface ListOptions extends GlobalOptions {
  readonly outcome?: string;
  readonly pillar?: string;
}

const signs: Readonly<Record<string, string>> = {
  met: 'v met',
  failing: 'x failing',
  unknown: '? unknown',
  stale: '! stale',
  waived: '- waived',
  'not-applicable': '- not applicable',
};

export function define(command: Command): void {
  const list = command.command('list').description('all controls with their outcome');
  list
    .option('--outcome <word>', 'met, failing, unknown, stale, waived or not-applicable')
    .option('--pillar <word>', 'people, processes or technology');
  list.action(async () => {
    const options = list.optsWithGlobals<ListOptions>();
    const terminal = new Terminal(options);
    const rows = (await allControls(options)).filter(
      ({ control, result }) =>
        (options.pillar === undefined || control.pillar === options.pillar) &&
        (options.outcome === undefined || (result?.outcome ?? 'unknown') === options.outcome),
    );
    await terminal.list(
      rows.map(({ control, result }) => controlObject(control, result)),
      () =>
        table(terminal, rows, [
          { title: 'id', value: ({ control }) => control.id },
          { title: 'outcome', value: ({ result }) => signs[result?.outcome ?? 'unknown'] ?? '' },
          { title: 'pillar', value: ({ control }) => control.pillar, drops: 2 },
          {
            title: 'points',
            value: ({ result }) => (result === null ? '-' : `${points(result.points.proven)}/${points(result.points.max)}`),
            align: 'right',
          },
          { title: 'control', value: ({ control }) => control.title, gives: true },
          { title: 'why', value: ({ result }) => result?.because ?? 'not judged yet', gives: true, drops: 1 },
        ]),
    );
  });

  const show = command
    .command('show')
    .description('one control: rule, outcome, units and what to do')
    .argument('<id>', 'as TEC-18, or its name');
  show.action(async (id: string) => {
    const options = show.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const found = (await allControls(options)).find(({ control }) => control.id.toLowerCase() === id.toLowerCase() || control.name === id);
    if (found === undefined) throw new StanceError('not-found', { message: `There is no control ${id}.`, next: 'stance control list' });
    const { control, result } = found;
    await terminal.object({ schema: 'stance.control/1', ...controlObject(control, result), units: result?.units ?? [] }, () =>
      controlText(terminal, control, result),
    );
  });
}

interface Row {
  readonly control: Control;
  readonly result: ControlResult | null;
}

async function allControls(options: GlobalOptions): Promise<readonly Row[]> {
  const { catalogue } = await import('../engine/controls/catalogue.ts');
  const assessment = await reading(options, (workspace) => workspace.store.latestAssessment());
  const results = new Map((assessment?.controls ?? []).map((result) => [result.id, result]));
  return catalogue.map((control) => ({ control, result: results.get(control.id) ?? null }));
}

function controlObject(control: Control, result: ControlResult | null) {
  const { test: _test, draft: _draft, needs: _needs, ...words } = control;
  const { units: _units, ...outcome } = result ?? { units: [] };
  return { ...words, outcome: result?.outcome ?? 'unknown', result: result === null ? null : outcome };
}

function controlText(terminal: Terminal, control: Control, result: ControlResult | null): string {
  const { bold } = terminal.colors;
  const units = result?.units ?? [];
  return [
    `${bold(`${control.id}  ${control.title}`)}\n`,
    facts([
      ['Outcome', signs[result?.outcome ?? 'unknown'] ?? ''],
      ['Why', result?.because ?? 'not judged yet'],
      ['Rule', control.passRule],
      ['Intent', control.intent],
      [
        'Points',
        result === null
          ? null
          : `${points(result.points.proven)} proven, up to ${points(result.points.possible)}, of ${points(result.points.max)}`,
      ],
      ['Evidence', control.evidence?.text ?? 'none that a source can feed yet'],
      ['Seen', result === null ? null : minute(result.observedMs)],
      ['Good until', result === null ? null : minute(result.goodUntilMs)],
      ['Attested by', result?.attestedBy ?? null],
      ['Waived until', result?.waivedUntil ?? null],
      ['Severity', control.severity],
      ['Maps to', control.mappings.map(({ framework, id, relation }) => `${framework} ${id} (${relation})`).join(', ') || null],
      ['To do', `${control.remedy.text} (${control.remedy.effort})`],
      ['Done when', control.remedy.doneWhen],
    ]),
    units.length === 0 ? '' : '\n',
    table(terminal, units, [
      { title: 'state', value: (unit) => unit.state },
      { title: 'unit', value: (unit) => unit.unit, gives: true },
      { title: 'why', value: (unit) => unit.because, gives: true },
    ]),
  ].join('');
}
