import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { StanceError } from '../errors.ts';
import { readPolicyTests } from '../sources/policy-test-file.ts';
import { PolicyBench, readContracts } from '../workspace/policy-bench.ts';
import { type PolicyTestResult, runPolicyTests } from '../workspace/policy-test.ts';
import type { GlobalOptions } from './place.ts';
import { chosenPolicy, type PolicyOptions, withPolicyOptions } from './policy-place.ts';
import { plural } from './table.ts';
import { printable, Terminal } from './terminal.ts';

const example = `
A table of tests:
  policy: policy.yaml                 # path from here; or --policy
  specs: [openapi.yaml]
  tests:
    - name: orders are for their owner only
      request: GET /accounts/a1/orders?limit=5
      caller: { subject: bob, scopes: [orders], claims: { account: a2 } }
      expect: block                   # allow, block or would-block
      rule: authorization.rule        # optional: the rule that decides, or its first part
    - request: POST /login
      body: { username: alice, password: "1' or 1=1--" }
      expect: block
      rule: attacks
Exit codes: 0 all passed, 1 some failed, 2 the table or the policy cannot be read.`;

/** `stance policy test`: a table of requests and the decisions they must come to. */
export function defineTest(parent: Command): void {
  const command = withPolicyOptions(
    parent.command('test').description('run a table of requests through a policy; exit 1 when a decision differs'),
  );
  command
    .argument('[file]', 'table of requests and expected decisions', 'policy-tests.yaml')
    .addHelpText('after', example)
    .action(async (file: string) => {
      const options = command.optsWithGlobals<GlobalOptions & PolicyOptions>();
      const terminal = new Terminal(options);
      const table = readPolicyTests(textOf(file), file);
      const beside = (path: string) => resolve(dirname(file), path);
      const { policy } = chosenPolicy(options.policy ?? (table.policy === null ? undefined : beside(table.policy)));
      const contracts = await readContracts(options.spec ?? table.specs.map(beside));
      const results = runPolicyTests(new PolicyBench(policy, contracts), table.tests, table.atMs);
      const failed = results.filter(({ passed }) => !passed).length;
      await terminal.object(
        { schema: 'stance.policy-test/1', policy: policy.version, passed: results.length - failed, failed, results },
        () =>
          [...results.map((result) => lineOf(terminal, file, result)), `${results.length - failed} passed, ${failed} failed\n`].join(''),
      );
      if (failed > 0) {
        process.exitCode = 1;
        terminal.note(`${plural(failed, 'decision differs', 'decisions differ')} from the table. Next: stance policy explain METHOD PATH`);
      }
    });
}

function lineOf(terminal: Terminal, file: string, { passed, name, line, difference }: PolicyTestResult): string {
  const { green, red } = terminal.colors;
  if (passed) return `${green('pass')}  ${printable(name)}\n`;
  return `${red('FAIL')}  ${printable(name)}  (${printable(file)}:${line})\n      ${printable(difference ?? '')}\n`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StanceError('input-unreadable', {
      message: `The table of tests ${file} cannot be read (${(cause as { code?: string }).code ?? 'unreadable'}).`,
      unchanged: 'No test was run.',
      next: 'stance policy test FILE; `stance policy test --help` shows what stands in it.',
      cause,
    });
  }
}
