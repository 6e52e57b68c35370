import { type Command, InvalidArgumentError } from 'commander';
import { proofDemandDefault } from '../engine/policy/proof.ts';
import { StanceError } from '../errors.ts';
import { fingerprinter, openFingerprintKey } from '../workspace/fingerprint-key.ts';
import { applyPolicy, type PlanParts, type PolicyPlan, planPolicy, refuseUnproven, replayOf } from '../workspace/policy-apply.ts';
import { readContracts } from '../workspace/policy-bench.ts';
import { PolicyVersions } from '../workspace/policy-versions.ts';
import { actorName } from './actor.ts';
import { type GlobalOptions, placeOf, reading, writing } from './place.ts';
import { chosenPolicy, type PolicyOptions, withPolicyOptions } from './policy-place.ts';
import { reportText, stricterText } from './policy-report.ts';
import { askServer } from './server-call.ts';
import { readServerFile } from './server-file.ts';
import { Terminal } from './terminal.ts';

interface ReplayOptions extends GlobalOptions, PolicyOptions {
  readonly traffic?: readonly string[];
}

interface ApplyOptions extends ReplayOptions {
  readonly dryRun?: boolean;
  readonly withoutProof?: string;
  readonly days: number;
  readonly requests: number;
  readonly refusedMax: number;
}

/** `stance policy replay`: whom this policy would have stopped. */
export function defineReplay(parent: Command): void {
  const command = withTraffic(
    withPolicyOptions(parent.command('replay').description('whom a policy would have stopped in the traffic of the past')),
  );
  command.argument('[file]', 'as --policy').action(async (file: string | undefined) => {
    const options = command.optsWithGlobals<ReplayOptions>();
    const terminal = new Terminal(options);
    const parts = await partsOf(file, options);
    const report = await reading(options, async ({ store }) => {
      const { active } = await new PolicyVersions(store, Date.now).policies();
      return replayOf(store, active, parts);
    });
    await terminal.object({ schema: 'stance.policy-replay/1', ...report }, () => reportText(terminal, report));
  });
}

/** `stance policy apply`: puts a policy in force, on proof. */
export function defineApply(parent: Command): void {
  const command = withTraffic(
    withPolicyOptions(parent.command('apply').description('put a policy in force; what refuses more asks for a replay as proof')),
  );
  command
    .argument('[file]', 'as --policy')
    .option('--dry-run', 'show what would change and what the replay says, and change nothing')
    .option('--days <n>', 'days of traffic that the proof must cover', wholeNumber, proofDemandDefault.daysMin)
    .option('--requests <n>', 'requests that each check must have been judged on', wholeNumber, proofDemandDefault.requestsMin)
    .option('--refused-max <share>', 'share of good requests that may be refused, 0 to 1', shareOf, proofDemandDefault.refusedShareMax)
    .option('--without-proof <why>', 'apply it although the proof is missing; the reason is kept')
    .action(async (file: string | undefined) => {
      const options = command.optsWithGlobals<ApplyOptions>();
      const terminal = new Terminal(options);
      if (options.withoutProof?.trim() === '')
        throw new StanceError('usage', {
          message: '--without-proof needs a reason.',
          next: '--without-proof "incident 4711, being attacked now"',
        });
      const demand = { daysMin: options.days, requestsMin: options.requests, refusedShareMax: options.refusedMax };
      const parts = { ...(await partsOf(file, options)), demand, now: Date.now };
      if (options.dryRun === true) {
        const plan = await reading(options, ({ store }) => planPolicy(store, parts));
        return show(terminal, plan, null);
      }
      const because = options.withoutProof ?? null;
      const { plan, applied } = await putInForce(options, parts, because);
      await show(terminal, plan, applied);
      if (terminal.form === 'text')
        terminal.note(`${applied.onTrial ? 'On trial' : 'In force'}: p${applied.number}. Take it back with: stance policy rollback`);
    });
}

/** Puts it in force here, or through the server that writes this workspace; the proof is judged here either way. */
async function putInForce(options: ApplyOptions, parts: PlanParts, because: string | null) {
  const place = await placeOf(options);
  const server = readServerFile(place.dir);
  if (server === null) {
    return writing(options, async ({ store }) => {
      const plan = await planPolicy(store, parts);
      return { plan, applied: await applyPolicy(store, plan, { actor: actorName(), because, now: Date.now }) };
    });
  }
  const plan = await reading(options, ({ store }) => planPolicy(store, parts));
  refuseUnproven(plan, because);
  // The server replays what it keeps; captures that were named here, and bounds other than its own, it does not know.
  const { report, stricter } = plan;
  const seen = report === null ? null : `${report.requests} requests, ${report.refused.good} good ones refused`;
  const reason = because ?? (stricter.length > 0 && seen !== null ? `proven on the command line: ${seen}` : null);
  const answer = await askServer(server, 'POST', `/workspaces/${encodeURIComponent(place.workspace)}/policy/apply`, {
    json: { text: parts.candidate.text, ...(reason === null ? {} : { proofWaivedBecause: reason }) },
  });
  const { number, onTrial } = answer as { number: number; onTrial: boolean };
  return { plan, applied: { number, onTrial } };
}

function withTraffic(command: Command): Command {
  return command.option('--traffic <file...>', 'captures and logs to replay in full, in memory (default: the evidence that is kept)');
}

async function partsOf(file: string | undefined, options: ReplayOptions) {
  const { dir } = await placeOf(options);
  return {
    candidate: chosenPolicy(file ?? options.policy),
    contracts: await readContracts(options.spec ?? []),
    fingerprint: fingerprinter(openFingerprintKey(dir)),
    traffic: options.traffic ?? [],
  };
}

async function show(
  terminal: Terminal,
  { candidate, stricter, report, proof }: PolicyPlan,
  applied: { readonly number: number; readonly onTrial: boolean } | null,
): Promise<void> {
  const value = { schema: 'stance.policy-apply/1', policy: candidate.policy.version, stricter, proof, report, applied };
  await terminal.object(value, () =>
    [
      stricterText(stricter),
      report === null ? '' : `\n${reportText(terminal, report)}`,
      proof.isEnough ? '' : `\nProof missing:\n${proof.gaps.map((gap) => `  ${gap}\n`).join('')}`,
    ].join(''),
  );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is expected.');
  return Number(text);
}

function shareOf(text: string): number {
  const share = Number(text);
  if (!(share >= 0 && share <= 1)) throw new InvalidArgumentError('a share between 0 and 1 is expected.');
  return share;
}
