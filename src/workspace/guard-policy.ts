/** The policy as the page works with it: what is in force, what a change would do, and why one decision came out as it did. */
import type { DecisionRecord, Mode } from '../engine/evidence/decision.ts';
import { sections } from '../engine/evidence/decision.ts';
import { splitPath } from '../engine/http/path-template.ts';
import { isSpec } from '../engine/inventory/service-binding.ts';
import type { RoutedContract } from '../engine/policy/declared-operation.ts';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { MaskedMatch } from '../engine/policy/masked-match.ts';
import { type ModeOrigin, modeOrigin } from '../engine/policy/mode-origin.ts';
import type { LimitPolicy, MatchRule, Policy, RoutePolicy } from '../engine/policy/policy.ts';
import { judgeProof, proofDemandDefault } from '../engine/policy/proof.ts';
import type { ReplayReport } from '../engine/policy/replay-report.ts';
import { stricterIn } from '../engine/policy/stricter.ts';
import { StanceError } from '../errors.ts';
import { checkPolicy, readPolicy } from '../sources/policy-file.ts';
import type { DecisionQuery, PolicyVersion } from '../store/store.ts';
import { applyPolicy, type PolicyPlan } from './policy-apply.ts';
import { replayKept, watchingPolicy } from './policy-replay.ts';
import { PolicyVersions } from './policy-versions.ts';
import { exceptionFor, type RuleFromFilter, ruleFromFilter, withRule } from './threats-rule.ts';
import type { Workspace } from './use-cases.ts';

const FILE = 'policy.yaml';
const VERSIONS_SHOWN = 100;

export interface CurrentPolicy {
  /** Text of the version in force; '' = none was ever applied, the built-in one holds. */
  readonly text: string;
  readonly version: string;
  readonly active: number | null;
  readonly candidate: { readonly number: number; readonly share: number; readonly sinceMs: number } | null;
  readonly summary: PolicySummary;
}

export interface PolicySummary {
  readonly mode: Mode;
  readonly sections: readonly { readonly section: string; readonly mode: Mode }[];
  readonly limits: readonly Pick<LimitPolicy, 'name' | 'by' | 'requests' | 'windowSeconds' | 'window' | 'mode'>[];
  readonly rules: readonly Pick<MatchRule, 'id' | 'mode' | 'because' | 'untilMs'>[];
  readonly routes: readonly string[];
  readonly providers: readonly string[];
  readonly allowed: number;
  readonly denied: number;
}

export interface PolicyPreview {
  /** What is wrong with the text; when there is anything, nothing else is told. */
  readonly problems: readonly { readonly line: number; readonly column: number; readonly message: string }[];
  readonly summary: PolicySummary | null;
  readonly stricter: PolicyPlan['stricter'];
  readonly replay: ReplayReport | null;
  readonly proof: PolicyPlan['proof'] | null;
}

export interface DecisionExplanation {
  readonly decision: DecisionRecord;
  /** false = the version it was made under is no longer kept; the mode is then that of the policy in force. */
  readonly isPolicyKept: boolean;
  readonly mode: ModeOrigin;
  readonly routes: readonly string[];
  /** What the policy says of the entry, limit or rule that decided; null = it is built in. */
  readonly because: string | null;
  /** A change that would let the same request pass, to be previewed like any other; null = there is none of one line. */
  readonly undo: { readonly title: string; readonly yaml: string } | null;
}

export interface PolicyUseCases {
  current(): Promise<CurrentPolicy>;
  versions(): Promise<readonly PolicyVersion[]>;
  preview(text: string): Promise<PolicyPreview>;
  apply(
    text: string,
    actor: string,
    options?: { readonly proofWaivedBecause?: string },
  ): Promise<{ readonly number: number; readonly onTrial: boolean }>;
  rollback(version: number | null, actor: string, because: string): Promise<{ readonly from: number; readonly to: number }>;
  explain(incident: string): Promise<DecisionExplanation>;
  ruleFrom(query: DecisionQuery): Promise<RuleFromFilter & { readonly policy: string; readonly replay: ReplayReport | null }>;
}

export function policyUseCases(workspace: Workspace, now: () => number): PolicyUseCases {
  const { store, fingerprint } = workspace;
  const versions = new PolicyVersions(store, now);
  const textInForce = async () => {
    const { active } = await versions.inForce();
    return active === null ? '' : ((await store.getPolicyVersion(active))?.text ?? '');
  };
  const replay = async (policy: Policy, active: Policy | null) =>
    replayKept(store, { policy, contracts: await declared(workspace), fingerprint, watchedBy: await watchingPolicy(store, active) });
  /** @throws StanceError `config-invalid` */
  const plan = async (text: string): Promise<PolicyPlan> => {
    const policy = readPolicy(text, { file: FILE, base: defaultPolicy, variables: process.env });
    const { active } = await versions.policies();
    const stricter = stricterIn(active, policy);
    const report = stricter.length === 0 ? null : await replay(policy, active);
    const proof = report === null ? { isEnough: true, gaps: [], refusedShare: null } : judgeProof(stricter, report, proofDemandDefault);
    return { candidate: { policy, text, file: FILE }, stricter, report, proof };
  };

  return {
    async current() {
      const { active, inForce } = await versions.policies();
      const policy = active ?? defaultPolicy;
      const { candidate } = inForce;
      return {
        text: await textInForce(),
        version: policy.version,
        active: inForce.active,
        candidate: candidate === null ? null : { number: candidate.number, share: candidate.share, sinceMs: candidate.sinceMs },
        summary: summaryOf(policy),
      };
    },

    versions: () => versions.list(VERSIONS_SHOWN),

    async preview(text) {
      const checked = checkPolicy(text, { file: FILE, base: defaultPolicy, variables: process.env });
      if (checked.policy === null) {
        const problems = checked.problems.map(({ line, column, message }) => ({ line, column, message }));
        return { problems, summary: null, stricter: [], replay: null, proof: null };
      }
      const { candidate, stricter, report, proof } = await plan(text);
      // What only loosens or logs needs no proof, and is still worth seeing.
      const shown = report ?? (await replay(candidate.policy, (await versions.policies()).active));
      return { problems: [], summary: summaryOf(candidate.policy), stricter, replay: shown, proof };
    },

    async apply(text, actor, options = {}) {
      return applyPolicy(store, await plan(text), { actor, because: options.proofWaivedBecause ?? null, now });
    },

    rollback: (to, actor, because) => versions.rollBack({ to, actor, because }),

    async explain(incident) {
      const decision = await store.findDecisionRecord(incident);
      if (decision === null)
        throw new StanceError('not-found', {
          message: `No decision is kept under ${incident}.`,
          next: 'Look for it by client, rule and time: identical decisions of a flood share one record, and records are kept for 30 days.',
        });
      const number = /^p(\d+)$/.exec(decision.policyVersion)?.[1];
      const kept = number === undefined ? null : await versions.policyOf(Number(number)).catch(() => null);
      const isDefault = decision.policyVersion === defaultPolicy.version;
      const policy = kept?.policy ?? (isDefault ? defaultPolicy : ((await versions.policies()).active ?? defaultPolicy));
      const routes = policy.routes.filter((route) => mayMatch(route, decision, workspace));
      return {
        decision,
        isPolicyKept: kept !== null || isDefault,
        mode: modeOrigin(policy, routes, decision.section),
        routes: routes.map(({ id }) => id),
        because: entryBecause(policy, decision.rule),
        undo: exceptionFor(decision),
      };
    },

    async ruleFrom(query) {
      const rule = await ruleFromFilter(store, query, now());
      const text = withRule(await textInForce(), rule);
      const policy = readPolicy(text, { file: FILE, base: defaultPolicy, variables: process.env });
      return { ...rule, policy: text, replay: await replay(policy, (await versions.policies()).active) };
    },
  };
}

async function declared({ store }: Workspace): Promise<RoutedContract[]> {
  return (await store.listDocuments())
    .filter(isSpec)
    .map(({ service, hosts, basePaths, operations }) => ({ service, hosts, basePaths, operations }));
}

/** Where a value would have to be known to tell, the route is named: better one too many than a silent one. */
function mayMatch(route: RoutePolicy, decision: DecisionRecord, { fingerprint }: Workspace): boolean {
  const { atMs, service, method, status, client, principal, agent } = decision;
  const segments = splitPath(decision.template).decoded;
  const row = { atMs, service, method, segments, status, client, principal, auth: 'unknown', agent } as const;
  return new MaskedMatch(route.match, fingerprint).fits(row) !== 'no';
}

/** `rules.old-client`, `list.partner`, `limits.login`: an entry of the policy with words of its own. */
function entryBecause(policy: Policy, rule: string): string | null {
  const dot = rule.indexOf('.');
  const [kind, id] = [rule.slice(0, dot), rule.slice(dot + 1)];
  if (kind === 'rules') return policy.rules.find((one) => one.id === id)?.because ?? null;
  if (kind === 'list') return [...policy.lists.deny, ...policy.lists.allow].find((one) => one.id === id)?.because ?? null;
  const limit = kind === 'limits' ? policy.limits.find(({ name }) => name === id) : undefined;
  return limit === undefined ? null : `${limit.requests} requests in ${limit.windowSeconds} seconds by ${limit.by}`;
}

function summaryOf(policy: Policy): PolicySummary {
  return {
    mode: policy.mode,
    sections: sections.map((section) => ({ section, mode: modeOrigin(policy, [], section).mode })),
    limits: policy.limits.map(({ name, by, requests, windowSeconds, window, mode }) => ({
      name,
      by,
      requests,
      windowSeconds,
      window,
      mode,
    })),
    rules: policy.rules.map(({ id, mode, because, untilMs }) => ({ id, mode, because, untilMs })),
    routes: policy.routes.map(({ id }) => id),
    providers: policy.providers.map(({ name }) => name),
    allowed: policy.lists.allow.length,
    denied: policy.lists.deny.length,
  };
}
