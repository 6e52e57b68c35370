import type { Command } from 'commander';
import { compileGuard } from '../engine/decide.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { readContracts } from '../workspace/policy-bench.ts';
import type { GlobalOptions } from './place.ts';
import { chosenPolicy, type PolicyOptions, withPolicyOptions } from './policy-place.ts';
import { facts, plural } from './table.ts';
import { Terminal } from './terminal.ts';

/** `stance policy check`: reads a policy as the guard would, and says what it holds. */
export function defineCheck(parent: Command): void {
  const command = withPolicyOptions(parent.command('check').description('read a policy as the guard would, and say what is wrong with it'));
  command.argument('[file]', 'as --policy').action(async (file: string | undefined) => {
    const options = command.optsWithGlobals<GlobalOptions & PolicyOptions>();
    const terminal = new Terminal(options);
    const { policy, file: from } = chosenPolicy(file ?? options.policy);
    const contracts = await readContracts(options.spec ?? []);
    compileGuard(policy, contracts);
    const remarks = remarksOn(policy);
    const summary = {
      ...{ file: from, version: policy.version, mode: policy.mode, routes: policy.routes.length, limits: policy.limits.length },
      ...{
        providers: policy.providers.length,
        rules: policy.rules.length,
        allow: policy.lists.allow.length,
        deny: policy.lists.deny.length,
      },
      operations: contracts.reduce((sum, { operations }) => sum + operations.length, 0),
    };
    await terminal.object({ schema: 'stance.policy-check/1', ...summary, remarks }, () =>
      facts([
        ['Policy', `${from} (${policy.version})`],
        ['Mode', policy.mode],
        [
          'Holds',
          `${plural(summary.routes, 'route')}, ${plural(summary.limits, 'limit')}, ${plural(summary.providers, 'provider')}, ${plural(summary.rules, 'rule')}`,
        ],
        ['Lists', `${plural(summary.allow, 'entry', 'entries')} let through, ${plural(summary.deny, 'entry', 'entries')} refused`],
        ['Declared', contracts.length === 0 ? null : plural(summary.operations, 'operation')],
        ...remarks.map((remark): [string, string] => ['Note', remark]),
      ]),
    );
  });
}

/** What a policy may mean, and probably does not. */
function remarksOn(policy: Policy): string[] {
  const remarks: string[] = [];
  const now = Date.now();
  for (const { id, untilMs } of [...policy.lists.allow, ...policy.lists.deny, ...policy.rules])
    if (untilMs !== null && untilMs <= now) remarks.push(`${id} has ended and does nothing.`);
  const named = new Set([policy.defaults, ...policy.routes].flatMap(({ limits }) => limits ?? []));
  for (const { name } of policy.limits)
    if (!named.has(name)) remarks.push(`The limit ${name} is named by no route and by no defaults, so it does nothing.`);
  const asked = new Set([policy.defaults, ...policy.routes].flatMap(({ authentication }) => authentication ?? []));
  for (const { name } of policy.providers)
    if (!asked.has(name)) remarks.push(`The provider ${name} is asked by no route and by no defaults.`);
  for (const { id, failMode } of [{ id: 'defaults', ...policy.defaults }, ...policy.routes])
    if (failMode === 'open') remarks.push(`${id} fails open: what cannot be judged passes.`);
  return remarks;
}
