/** What a replay found, for people: refusals first, good traffic above all, and what cannot be told. */
import { type ReplayReport, refusedShare } from '../engine/policy/replay-report.ts';
import type { Stricter } from '../engine/policy/stricter.ts';
import { facts, plural, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const rowsShown = 10;

export function reportText(terminal: Terminal, report: ReplayReport): string {
  const share = refusedShare(report);
  const count = ({ requests, good, clients, clientsIsFloor }: ReplayReport['refused']) =>
    `${plural(requests, 'request')}, ${good.toLocaleString('en-US')} of them good, of ${clientsIsFloor ? 'at least ' : ''}${plural(clients, 'client')}`;
  return [
    facts([
      [
        'Replayed',
        `${plural(report.requests, 'request')} of ${plural(report.days, 'day')}, ${report.good.toLocaleString('en-US')} answered well (${report.basis === 'raw' ? 'read again in full' : 'from kept evidence, which holds no values'})`,
      ],
      ['Would be refused', count(report.refused)],
      ['Of good traffic', share === null ? 'nothing to compare with' : `${Number((share * 100).toPrecision(3))} %`],
      ['Only logged', count(report.logged)],
      ['Judged wholly', plural(report.wholly, 'request')],
    ]),
    report.rules.length === 0 ? '' : '\n',
    table(terminal, report.rules.slice(0, rowsShown), [
      { title: 'rule', value: ({ rule }) => rule },
      { title: 'mode', value: ({ mode }) => mode },
      { title: 'good', value: ({ good }) => String(good), align: 'right' },
      { title: 'requests', value: ({ requests }) => String(requests), align: 'right' },
      { title: 'clients', value: ({ clients }) => String(clients), align: 'right' },
      { title: 'most on', value: ({ operations }) => operations[0]?.operation ?? '', gives: true },
    ]),
    report.operations.length === 0 ? '' : '\n',
    table(terminal, report.operations.slice(0, rowsShown), [
      { title: 'operation', value: ({ method, template }) => `${method} ${template}`, gives: true },
      { title: 'refused', value: ({ refused }) => String(refused), align: 'right' },
      { title: 'good', value: ({ refusedGood }) => String(refusedGood), align: 'right' },
      { title: 'of', value: ({ requests }) => String(requests), align: 'right' },
    ]),
    ...report.unknown.map(({ check, requests, because }) => `unknown  ${check}: ${plural(requests, 'request')}, because ${because}\n`),
  ].join('');
}

export function stricterText(stricter: readonly Stricter[]): string {
  if (stricter.length === 0) return 'Refuses nothing that the policy in force lets through.\n';
  return `Stricter than the policy in force:\n${stricter.map(({ level, change }) => `  ${level}  ${change}\n`).join('')}`;
}
