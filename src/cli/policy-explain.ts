import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { JsonValue } from '../engine/http/exchange.ts';
import type { ClaimNames, Policy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { clientDefault, type StatedCaller, type StatedRequest } from '../sources/policy-test-file.ts';
import { readContracts, statedRequest } from '../workspace/policy-bench.ts';
import { type ExplainedCheck, explainDecision, type PolicyExplanation } from '../workspace/policy-explanation.ts';
import type { GlobalOptions } from './place.ts';
import { chosenPolicy, type PolicyOptions, withPolicyOptions } from './policy-place.ts';
import { facts } from './table.ts';
import { printable, Terminal } from './terminal.ts';

interface ExplainOptions extends GlobalOptions, PolicyOptions {
  readonly header: readonly string[];
  readonly body?: string;
  readonly claims?: string;
  readonly provider?: string;
  readonly host?: string;
  readonly from: string;
}

/** `stance policy explain`: one request, every level, every check. */
export function defineExplain(parent: Command): void {
  const command = withPolicyOptions(
    parent.command('explain').description('why a request would be let through or refused: every level, every check'),
  );
  command
    .argument('<method>', 'as GET')
    .argument('<path>', 'path and query as sent, as /orders/7?full=yes')
    .option(
      '--header <line>',
      'a header field, as "x-id: 7"; can be given several times',
      (line: string, held: string[]) => [...held, line],
      [] as string[],
    )
    .option('--body <text>', 'the body, or @FILE')
    .option('--claims <json>', 'claims of the caller, taken as proven: {"sub":"alice","scope":"orders"}')
    .option('--provider <name>', 'which provider vouches for those claims (default: the first of the policy)')
    .option('--host <name>', 'host of the request')
    .option('--from <address>', 'client address', clientDefault)
    .action(async (method: string, path: string) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      const terminal = new Terminal(options);
      const { policy } = chosenPolicy(options.policy);
      const request = statedRequest(requestOf(method, path, options, policy), policy);
      const explanation = explainDecision(policy, await readContracts(options.spec ?? []), request, Date.now());
      await terminal.object({ schema: 'stance.policy-explanation/1', ...explanation }, () => textOf(terminal, explanation));
    });
}

function requestOf(method: string, target: string, options: ExplainOptions, policy: Policy): StatedRequest {
  if (!target.startsWith('/')) {
    throw new StanceError('usage', { message: `${target} is not a path.`, next: 'stance policy explain GET "/orders/7?full=yes"' });
  }
  const body =
    options.body === undefined ? null : options.body.startsWith('@') ? readFileSync(options.body.slice(1), 'utf8') : options.body;
  return {
    method: method.toUpperCase(),
    target,
    host: options.host ?? null,
    headers: options.header.map(fieldOf),
    body,
    isJson: body !== null && isJson(body),
    clientAddress: options.from,
    caller: options.claims === undefined ? 'none' : callerOf(options.claims, options.provider ?? null, policy),
  };
}

function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon < 1)
    throw new StanceError('usage', { message: `--header ${line} is no header field.`, next: 'Write it as --header "x-id: 7".' });
  return { name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // A body need not be JSON; then it is sent as plain text.
    return false;
  }
}

/** Claims under the names that the provider's settings give them. */
function callerOf(claims: string, name: string | null, policy: Policy): StatedCaller {
  let parsed: unknown;
  try {
    parsed = JSON.parse(claims);
  } catch (cause) {
    throw new StanceError('usage', { message: '--claims is not JSON.', next: claimsExample, cause });
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    throw new StanceError('usage', { message: '--claims is not a JSON object.', next: claimsExample });
  const given = parsed as StatedCaller['claims'];
  const provider = policy.providers.find((one) => name === null || one.name === name);
  const names: ClaimNames =
    provider !== undefined && 'claims' in provider
      ? provider.claims
      : { subject: 'sub', tenant: 'tenant', scopes: 'scope', roles: 'roles' };
  const tenant = names.tenant === null ? null : given[names.tenant];
  return {
    provider: name,
    subject: String(given[names.subject] ?? 'caller'),
    tenant: typeof tenant === 'string' ? tenant : null,
    scopes: wordsOf(given[names.scopes]),
    roles: names.roles === null ? [] : wordsOf(given[names.roles]),
    claims: given,
  };
}

const claimsExample = 'Write them as --claims \'{"sub":"alice","scope":"orders"}\'.';

/** A list, or words with spaces between them (RFC 6749 section 3.3). */
function wordsOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.map(String) : [];
}

function textOf(terminal: Terminal, { decision, checks, ...facts_ }: PolicyExplanation): string {
  const { bold, red, yellow, green } = terminal.colors;
  const paint = { allow: green, 'would-block': yellow, block: red }[decision.outcome];
  const first = decision.objections[0];
  const settings = facts_.settings.map(({ name, value, from }): [string, string] => [`  ${name}`, `${JSON.stringify(value)}  (${from})`]);
  return [
    `${bold(paint(decision.outcome))}${first === undefined ? '' : `  ${first.rule} ${first.status}`}${decision.allowedBy === null ? '' : `  let through by ${decision.allowedBy}`}\n`,
    first === undefined ? '' : `${printable(first.reason)}\n`,
    '\n',
    facts([
      ['Policy', facts_.policyVersion],
      ['Service', facts_.service],
      [
        'Operation',
        facts_.operation ??
          (facts_.otherMethodTemplate === null ? 'none declared' : `none declared; ${facts_.otherMethodTemplate} is, for other methods`),
      ],
      ['Parameters', Object.keys(facts_.params).length === 0 ? null : JSON.stringify(facts_.params)],
      ['Routes', facts_.routes.length === 0 ? 'none, so the defaults hold' : facts_.routes.join(', then ')],
      ['Caller', facts_.caller],
      ['Settings', settings.length === 0 ? 'none' : ''],
      ...settings,
    ]),
    '\n',
    ...checks.map(checkText),
  ].join('');
}

const resultWords: Readonly<Record<ExplainedCheck['result'], string>> = {
  off: 'off',
  idle: 'not asked',
  clear: 'no objection',
  objects: 'objects',
  'after-refusal': 'would object too; not reached',
  elsewhere: 'not here',
};

function checkText({ section, mode, decidedBy, result, objections, note }: ExplainedCheck): string {
  const from = decidedBy === null ? '' : ` (${decidedBy})`;
  const head = `${section.padEnd(15)} ${mode.padEnd(5)}${from.padEnd(20)} ${resultWords[result]}${note === null ? '' : `: ${note}`}\n`;
  return `${head}${objections.map(({ rule, mode: most, status, reason }) => `  ${printable(`${rule}  ${most} ${status}  ${reason}`)}\n`).join('')}`;
}
