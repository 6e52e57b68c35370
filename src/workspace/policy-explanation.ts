/** One decision taken apart: which route, which settings from where, which mode from where, and what each check said. */
import type { CallerOutcome } from '../engine/access/caller.ts';
import type { ApiContract } from '../engine/conformance/contract.ts';
import { type Decision, type Mode, type Objection, type Section, sections } from '../engine/evidence/decision.ts';
import type { RequestHead } from '../engine/http/request.ts';
import { type ModeOrigin, modeOrigin } from '../engine/policy/mode-origin.ts';
import type { Policy, RouteSettings } from '../engine/policy/policy.ts';
import { PolicyBench } from './policy-bench.ts';

export interface PolicyExplanation {
  readonly policyVersion: string;
  readonly service: string | null;
  /** Declared operation; null = none is declared for method and path. */
  readonly operation: string | null;
  /** The path is declared, for other methods only. */
  readonly otherMethodTemplate: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** All that match; later ones go over earlier ones. */
  readonly routes: readonly string[];
  readonly settings: readonly { readonly name: string; readonly value: unknown; readonly from: string }[];
  readonly caller: string;
  readonly checks: readonly ExplainedCheck[];
  readonly decision: Decision;
}

export interface ExplainedCheck extends ModeOrigin {
  /**
   * `off`; `idle` = nothing here asks for it; `clear` = it has no objection; `objects`; `after-refusal` = it would object, had
   * the request not been refused before; `elsewhere` = decided outside of one request (overload, responses).
   */
  readonly result: 'off' | 'idle' | 'clear' | 'objects' | 'after-refusal' | 'elsewhere';
  readonly objections: readonly Objection[];
  /** Why it is idle, or decided elsewhere. */
  readonly note: string | null;
}

export interface ExplainedRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array | null;
  readonly caller: CallerOutcome;
}

export function explainDecision(
  policy: Policy,
  contracts: readonly ApiContract[],
  request: ExplainedRequest,
  nowMs: number,
): PolicyExplanation {
  const judged = new PolicyBench(policy, contracts).decide(request, nowMs);
  // With everything lowered to `log` no check stops the others, so that each can be heard.
  const heard = new PolicyBench({ ...policy, mode: policy.mode === 'off' ? 'off' : 'log' }, contracts).decide(request, nowMs);
  const { route, decision } = judged;
  const routes = policy.routes.filter(({ id }) => route.routeIds.includes(id));
  return {
    policyVersion: policy.version,
    service: route.service,
    operation: route.template === null ? null : `${request.head.method} ${route.template}`,
    otherMethodTemplate: route.otherMethodTemplate,
    params: { ...route.params },
    routes: route.routeIds,
    settings: settingsFrom(policy, routes),
    caller: callerWords(request.caller),
    checks: sections.map((section) => {
      const origin = modeOrigin(policy, routes, section);
      const own = decision.objections.filter((objection) => objection.section === section);
      const later = heard.decision.objections.filter((objection) => objection.section === section);
      return {
        ...origin,
        ...resultOf({ section, mode: origin.mode, own, later, hasOperation: route.operation !== null, policy, settings: route.settings }),
      };
    }),
    decision,
  };
}

interface Heard {
  readonly section: Section;
  readonly mode: Mode;
  readonly own: readonly Objection[];
  readonly later: readonly Objection[];
  readonly hasOperation: boolean;
  readonly policy: Policy;
  readonly settings: RouteSettings;
}

function resultOf(heard: Heard): Pick<ExplainedCheck, 'result' | 'objections' | 'note'> {
  const { section, mode, own, later } = heard;
  if (mode === 'off') return { result: 'off', objections: [], note: null };
  if (own.length > 0) return { result: 'objects', objections: own, note: null };
  if (later.length > 0) return { result: 'after-refusal', objections: later, note: null };
  const elsewhere =
    section === 'protocol'
      ? 'judged on the bytes of the connection'
      : section === 'overload'
        ? 'judged by the load of the moment'
        : section === 'response'
          ? 'judged on the answer'
          : null;
  if (elsewhere !== null) return { result: 'elsewhere', objections: [], note: elsewhere };
  const idle = idleBecause(heard);
  return { result: idle === null ? 'clear' : 'idle', objections: [], note: idle };
}

function idleBecause({ section, hasOperation, policy, settings }: Heard): string | null {
  const { lists, rules } = policy;
  const grants = [settings.scopes, settings.roles, settings.rules].some((demands) => (demands ?? []).length > 0);
  const asks = settings.public !== true && (settings.authentication ?? []).length > 0;
  if (section === 'list' && lists.allow.length + lists.deny.length === 0) return 'the policy has no lists';
  if (section === 'rules' && rules.length === 0) return 'the policy has no rules';
  if (section === 'authentication' && !asks && !grants)
    return settings.public === true ? 'open to anyone on purpose' : 'nobody is asked who they are';
  if (section === 'authorization' && !grants && Object.keys(settings.write ?? {}).length === 0)
    return 'no scopes, roles or rules are asked for';
  if (section === 'limits' && (settings.limits ?? []).length === 0) return 'no limit is named';
  return section === 'validation' && !hasOperation ? 'no operation is declared for it' : null;
}

/** Settings that hold where these routes match, with the level each comes from; modes are told by `modeOrigin`. */
export function settingsFrom(policy: Policy, routes: Policy['routes']): PolicyExplanation['settings'] {
  const found = new Map<string, { readonly value: unknown; readonly from: string }>();
  for (const [name, value] of Object.entries(policy.defaults)) found.set(name, { value, from: 'defaults' });
  for (const { id, match: _match, ...settings } of routes)
    for (const [name, value] of Object.entries(settings)) found.set(name, { value, from: `route ${id}` });
  found.delete('mode');
  found.delete('modes');
  return [...found].map(([name, { value, from }]) => ({ name, value, from }));
}

function callerWords(caller: CallerOutcome): string {
  switch (caller.kind) {
    case 'none':
      return 'no credential';
    case 'proven':
      return `${caller.caller.subject}, vouched for by ${caller.caller.provider}`;
    case 'refused':
      return `a credential that does not hold: ${caller.reason}`;
    case 'unavailable':
      return `cannot be checked: ${caller.reason}`;
  }
}
