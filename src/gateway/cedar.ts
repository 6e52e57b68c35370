/**
 * Cedar policies, for what the rules of a route cannot say. Text is read once; the package (13 MB of WebAssembly, some 60 ms)
 * is loaded only when a policy has Cedar text.
 *
 * What a policy sees: principal `Caller::"<provider>/<subject>"` (`Caller::"anonymous"` when nobody is proven), in
 * `Role::"<role>"` for each role, with `subject`, `tenant`, `scopes`, `roles`, `kind`, `claims`; action
 * `Action::"<METHOD>"`; resource `Operation::"<METHOD> <template>"`, in `Route::"<id>"`, with `template` and `host`; context
 * with `params`, `address` and `authenticated`. As Cedar has it, what no policy permits is refused, and any `forbid` wins. A
 * policy that reads an absent attribute does not count in Cedar; a `forbid` that fails so refuses here all the same. Policies
 * are named by their annotation `@id("...")`, else `policy 1`, `policy 2` in the order Cedar lists them.
 */
import { createRequire } from 'node:module';
import type { Caller, CallerOutcome } from '../engine/access/caller.ts';
import type { Objection } from '../engine/evidence/decision.ts';
import type { JsonValue } from '../engine/http/exchange.ts';
import type { RequestHead } from '../engine/http/request.ts';
import { StanceError } from '../errors.ts';

const require = createRequire(import.meta.url);

type CedarModule = typeof import('@cedar-policy/cedar-wasm/nodejs');
type CedarValue = import('@cedar-policy/cedar-wasm/nodejs').CedarValueJson;

export interface CedarInput {
  readonly head: RequestHead;
  readonly caller: CallerOutcome;
  readonly params: Readonly<Record<string, string>>;
  /** Declared template; null = none is declared, then the path stands in. */
  readonly template: string | null;
  readonly routeId: string | null;
}

const TEXT_CHARACTERS_MAX = 1_000_000;
const DEPTH_MAX = 12;
const ITEMS_MAX = 1_000;
/** Names of prepared policy sets must differ within the process. */
let setsPrepared = 0;

export class CedarRules {
  readonly #cedar: CedarModule;
  readonly #set: string;
  readonly #forbids: ReadonlySet<string>;

  private constructor(cedar: CedarModule, set: string, forbids: ReadonlySet<string>) {
    this.#cedar = cedar;
    this.#set = set;
    this.#forbids = forbids;
  }

  /** @throws StanceError `config-invalid` with what Cedar says of the text */
  static load(text: string): CedarRules {
    if (text.length > TEXT_CHARACTERS_MAX) throw invalid(`it is longer than ${TEXT_CHARACTERS_MAX} characters`);
    // Its build for Node is CommonJS and ready at once, so that a policy is taken or refused as a whole, without waiting.
    const cedar = require('@cedar-policy/cedar-wasm/nodejs') as CedarModule;
    const set = `stance-${++setsPrepared}`;
    const parts = cedar.policySetTextToParts(text);
    if (parts.type === 'failure') throw invalid(parts.errors.map((error) => sentence(error, text)).join('; '));
    if (parts.policy_templates.length > 0) throw invalid('templates need links, which a policy file has no place for');
    const named = new Map<string, string>();
    const forbids = new Set<string>();
    for (const policy of parts.policies) {
      const read = cedar.policyToJson(policy);
      if (read.type === 'failure') throw invalid(read.errors.map((error) => error.message).join('; '));
      const name = read.json.annotations?.id ?? `policy ${named.size + 1}`;
      if (named.has(name)) throw invalid(`two policies are called ${name}`);
      named.set(name, policy);
      if (read.json.effect === 'forbid') forbids.add(name);
    }
    const answer = cedar.preparsePolicySet(set, { staticPolicies: Object.fromEntries(named) });
    if (answer.type === 'failure') throw invalid(answer.errors.map((error) => error.message).join('; '));
    return new CedarRules(cedar, set, forbids);
  }

  /** The one objection of the whole set, `authorization.cedar`, or none. */
  objections({ head, caller: outcome, params, template, routeId }: CedarInput): Objection[] {
    const caller = outcome.kind === 'proven' ? outcome.caller : null;
    const principal = { type: 'Caller', id: caller === null ? 'anonymous' : `${caller.provider}/${caller.subject}` };
    const action = { type: 'Action', id: head.method };
    const resource = { type: 'Operation', id: `${head.method} ${template ?? head.path}` };
    const roles = (caller?.roles ?? []).map((id) => ({ type: 'Role', id }));
    const routes = routeId === null ? [] : [{ type: 'Route', id: routeId }];
    const address = head.clientAddress === null ? {} : { address: head.clientAddress };
    const answer = this.#cedar.statefulIsAuthorized({
      principal,
      action,
      resource,
      context: { params: { ...params }, authenticated: caller !== null, ...address },
      preparsedPolicySetId: this.#set,
      entities: [
        { uid: principal, attrs: caller === null ? {} : attributesOf(caller), parents: roles },
        {
          uid: resource,
          attrs: { template: template ?? head.path, ...(head.host === null ? {} : { host: head.host }) },
          parents: routes,
        },
      ],
    });
    if (answer.type === 'failure') return [objection('The Cedar policies could not be asked about this request.')];
    const { decision, diagnostics } = answer.response;
    const failed = diagnostics.errors.find(({ policyId }) => this.#forbids.has(policyId));
    if (failed !== undefined) return [objection(`The Cedar policy ${failed.policyId}, which forbids, could not be worked out.`)];
    if (decision === 'allow') return [];
    const by =
      diagnostics.reason.length === 0 ? 'no Cedar policy permits it' : `the Cedar policy ${diagnostics.reason.join(', ')} forbids it`;
    return [objection(`The caller may not do this: ${by}.`)];
  }

  /** Gives the memory of the policies back; asked afterwards, it refuses everything. */
  close(): void {
    this.#cedar.preparsePolicySet(this.#set, {});
  }
}

function objection(reason: string): Objection {
  return { section: 'authorization', rule: 'authorization.cedar', mode: 'block', status: 403, reason, place: null };
}

function attributesOf(caller: Caller): Record<string, CedarValue> {
  return {
    subject: caller.subject,
    kind: caller.kind,
    scopes: [...caller.scopes],
    roles: [...caller.roles],
    claims: cedarValue(caller.claims, 0) ?? {},
    ...(caller.tenant === null ? {} : { tenant: caller.tenant }),
  };
}

/** Claims as Cedar takes them: no null and no fractions, which leave an attribute absent; keys that Cedar would read as types are left out. */
function cedarValue(value: JsonValue, depth: number): CedarValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (value === null || depth >= DEPTH_MAX) return undefined;
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).slice(0, ITEMS_MAX).map((item) => cedarValue(item, depth + 1));
    return items.filter((item) => item !== undefined);
  }
  const fields: [string, CedarValue][] = [];
  for (const [name, inner] of Object.entries(value).slice(0, ITEMS_MAX)) {
    const taken = name === '__entity' || name === '__extn' ? undefined : cedarValue(inner, depth + 1);
    if (taken !== undefined) fields.push([name, taken]);
  }
  return Object.fromEntries(fields);
}

function sentence(
  error: { readonly message: string; readonly sourceLocations?: readonly { readonly start: number }[] },
  text: string,
): string {
  const start = error.sourceLocations?.[0]?.start;
  return start === undefined ? error.message : `${error.message} (line ${text.slice(0, start).split('\n').length})`;
}

function invalid(what: string): StanceError {
  return new StanceError('config-invalid', {
    message: `The Cedar policies cannot be read: ${what}.`,
    unchanged: 'The policy in force was kept.',
    next: 'Correct the text under "cedar", as in: permit (principal in Role::"admin", action, resource);',
  });
}
