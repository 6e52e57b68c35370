import type { Command } from 'commander';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import { StanceError } from '../errors.ts';
import type { DecisionPreview, Workspace } from '../workspace/use-cases.ts';
import { actorName } from './actor.ts';
import { type GlobalOptions, reading, writing } from './place.ts';
import { minute, table } from './table.ts';
import { printable, Terminal } from './terminal.ts';

interface DecideOptions extends GlobalOptions {
  readonly service?: string;
  readonly preview?: boolean;
}

/** merge, split, rename, pin, exclude, decisions, undo: decided by a person, kept through every re-learning. */
export function defineDecisions(parent: Command): void {
  decision(parent, 'merge', 'several templates are one operation', (command) =>
    command.argument('<template...>', 'templates to join').requiredOption('--into <template>', 'as /v1/orders/{orderId}'),
  )((service, templates: string[], options: { into: string }) => ({ kind: 'merge', service, templates, into: options.into }));

  decision(parent, 'split', 'some values of a parameter are words of the API', (command) =>
    command.argument('<template>', 'as /v1/users/{userId}').requiredOption('--values <word...>', 'the words, as me search'),
  )((service, template: string, options: { values: string[] }) => ({ kind: 'split', service, template, values: options.values }));

  decision(parent, 'rename', 'give parameters other names', (command) =>
    command.argument('<template>', 'as it is').requiredOption('--into <template>', 'as it should be'),
  )((service, template: string, options: { into: string }) => ({ kind: 'rename', service, template, into: options.into }));

  decision(parent, 'pin', 'keep a template as it is', (command) => command.argument('<template>', 'as it is'))(
    (service, template: string) => ({
      kind: 'pin',
      service,
      template,
    }),
  );

  decision(parent, 'exclude', 'this is no operation of ours; folded away, still counted', (command) =>
    command.argument('<template>', 'as /internal/**').option('--method <name>', 'one method only').requiredOption('--reason <text>', 'why'),
  )((service, template: string, options: { method?: string; reason: string }) => ({
    kind: 'exclude',
    service,
    template,
    method: options.method?.toUpperCase() ?? null,
    reason: options.reason,
  }));

  defineDecisionList(parent);
  defineUndo(parent);
}

/** The shared part: which API is meant, preview, decide, say how to take it back. */
function decision(parent: Command, name: string, summary: string, shape: (command: Command) => Command) {
  const command = shape(parent.command(name).description(summary))
    .option('--service <name>', 'which API; needed when several have the template')
    .option('--preview', 'show what it would do, and do nothing');
  return <Given, Options extends object>(make: (service: string, given: Given, options: Options) => TemplateDecision): void => {
    command.action(async (given: Given) => {
      const options = command.optsWithGlobals<DecideOptions & Options>();
      const terminal = new Terminal(options);
      const build = async (workspace: Workspace) =>
        make(options.service ?? (await serviceOf(workspace, Array.isArray(given) ? (given as string[]) : [String(given)])), given, options);
      if (options.preview === true) {
        const preview = await reading(options, async (workspace) => workspace.previewDecision(await build(workspace)));
        await terminal.object({ schema: 'stance.decision-preview/1', ...preview }, () => previewText(terminal, preview));
        return;
      }
      await writing(options, async (workspace) => {
        const made = await build(workspace);
        const preview = await workspace.previewDecision(made);
        const id = await workspace.decide(made, actorName());
        await terminal.object({ schema: 'stance.decision/1', id, decision: made, ...preview }, () => previewText(terminal, preview));
        if (terminal.form === 'text') terminal.note(`Decided. Take it back with: stance inventory undo ${id}`);
      });
    });
  };
}

async function serviceOf(workspace: Workspace, templates: readonly string[]): Promise<string> {
  const operations = await workspace.store.allOperations();
  const services = [...new Set(operations.filter((row) => templates.includes(row.template)).map((row) => row.service))];
  const [only, second] = services;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new StanceError('usage', {
      message: `Several APIs have ${templates.join(', ')}.`,
      next: `Add --service ${services.slice(0, 5).join(' or ')}.`,
    });
  }
  throw new StanceError('not-found', {
    message: `No operation has the template ${templates.join(', ')}.`,
    next: 'Copy it from `stance inventory list`, or name the API with --service.',
  });
}

function previewText(terminal: Terminal, { before, after }: DecisionPreview): string {
  const rows = [...before.map((row) => ({ ...row, when: 'before' })), ...after.map((row) => ({ ...row, when: 'after' }))];
  return table(terminal, rows, [
    { title: '', value: (row) => row.when },
    { title: 'method', value: (row) => row.method },
    { title: 'template', value: (row) => row.template, gives: true },
    { title: 'calls', value: (row) => String(row.calls), align: 'right' },
  ]);
}

function defineDecisionList(parent: Command): void {
  const command = parent.command('decisions').description('what was decided, and the id to take it back');
  command.action(async () => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    const rows = await reading(options, (workspace) => workspace.store.listDecisions());
    await terminal.list(rows, () =>
      table(terminal, rows, [
        { title: 'id', value: (row) => row.id },
        { title: 'when', value: (row) => minute(row.atMs) },
        { title: 'what', value: (row) => row.decision.kind },
        { title: 'service', value: (row) => row.decision.service },
        {
          title: 'template',
          value: ({ decision: made }) => (made.kind === 'merge' ? `${made.templates.join(' ')} > ${made.into}` : made.template),
          gives: true,
        },
      ]),
    );
  });
}

function defineUndo(parent: Command): void {
  const command = parent.command('undo').description('take a decision back').argument('<id>', 'as `stance inventory decisions` shows it');
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const terminal = new Terminal(options);
    await writing(options, (workspace) => workspace.undoDecision(id, actorName()));
    await terminal.object({ schema: 'stance.undo/1', id }, () => `Taken back: ${printable(id)}\n`);
  });
}
