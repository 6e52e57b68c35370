/** May this caller do this? What a route asks for, made fast once, and the objections of one request against it. */
import { StanceError } from '../../errors.ts';
import type { Objection } from '../evidence/decision.ts';
import type { RouteSettings } from '../policy/policy.ts';
import type { AccessInput } from './access-input.ts';
import type { Caller, CallerOutcome } from './caller.ts';
import { compileRule, type Rule } from './rule-expression.ts';
import { compileWriteRules, type WriteRule, writes } from './write-rules.ts';

export interface CompiledAccess {
  /** Open to anyone: who calls is not asked, and scopes and roles do not count; rules and write rules still do. */
  readonly isPublic: boolean;
  readonly providers: readonly string[];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
  readonly writeRules: readonly WriteRule[];
  /** Something here can only be told from the body: read it whole, then ask again with `stage: 'body'`. */
  readonly needsBody: boolean;
}

const RULES_MAX = 50;
const WRITE_RULES_MAX = 200;

/**
 * An empty or absent list of scopes, roles or providers asks for none.
 * @throws StanceError `config-invalid` for a rule or a field path that does not read, with its position.
 */
export function compileAccess(settings: RouteSettings): CompiledAccess {
  const rules = (settings.rules ?? []).slice(0, RULES_MAX + 1).map(compileRule);
  const writeRules = compileWriteRules(settings.write ?? {});
  if (rules.length > RULES_MAX || writeRules.length > WRITE_RULES_MAX) {
    throw new StanceError('config-invalid', {
      message: `A route has more than ${RULES_MAX} access rules or ${WRITE_RULES_MAX} write rules.`,
      unchanged: 'The policy in force was kept.',
      next: 'Put what goes together into one rule, or into a Cedar policy.',
    });
  }
  return {
    isPublic: settings.public === true,
    providers: settings.authentication ?? [],
    scopes: settings.scopes ?? [],
    roles: settings.roles ?? [],
    rules,
    writeRules,
    needsBody: writeRules.length > 0 || rules.some((rule) => rule.needsBody),
  };
}

/**
 * What stands against this request: `authentication.*` first, then `authorization.scope`, `.role`, `.rule`, `.field`. Empty =
 * nothing does. A caller who is not proven has no scope, role or claim, so that whoever only logs `authentication.missing`
 * does not switch off the rules behind it. A provider that cannot be asked gives `authentication.unavailable` (503) and puts
 * aside what only it could answer: whoever fails open drops that one.
 */
export function authorize(access: CompiledAccess, input: AccessInput): Objection[] {
  const { caller, stage } = input;
  const objections: Objection[] = [];
  const isAside = caller.kind === 'unavailable' && asksForCaller(access);
  if (stage !== 'body') {
    const unproven = identityObjection(access, caller);
    if (unproven !== null) objections.push(unproven);
    if (!access.isPublic && !isAside) grantObjections(access, caller.kind === 'proven' ? caller.caller : null, objections);
  }
  for (const rule of access.rules) {
    if (stage !== undefined && rule.needsBody !== (stage === 'body')) continue;
    if (isAside && rule.needsCaller) continue;
    const verdict = rule.judge(input);
    if (verdict !== true) objections.push(ruleObjection(rule, verdict));
  }
  if (stage !== 'head') fieldObjections(access, input, objections);
  return objections;
}

function identityObjection(access: CompiledAccess, caller: CallerOutcome): Objection | null {
  switch (caller.kind) {
    case 'proven':
      return null;
    case 'refused':
      // A public operation needs no credential, so a stale one does no harm; a leaked one is a sign of theft anywhere.
      if (access.isPublic && caller.rule !== 'authentication.leaked') return null;
      return identity(caller.rule, 401, caller.reason, caller.challenge);
    case 'none':
      if (!asksForCaller(access)) return null;
      return identity('authentication.missing', 401, 'No credential was sent, and this operation asks for one.', caller.challenge ?? null);
    case 'unavailable':
      if (!asksForCaller(access)) return null;
      return identity('authentication.unavailable', 503, `Who calls cannot be checked now: ${caller.reason}`, null);
  }
}

function asksForCaller(access: CompiledAccess): boolean {
  return !access.isPublic && (access.providers.length > 0 || access.scopes.length > 0 || access.roles.length > 0);
}

function identity(rule: string, status: number, reason: string, challenge: string | null): Objection {
  return { section: 'authentication', rule, mode: 'block', status, reason, place: null, ...(challenge === null ? {} : { challenge }) };
}

function grantObjections(access: CompiledAccess, caller: Caller | null, objections: Objection[]): void {
  const missing = access.scopes.filter((scope) => caller === null || !caller.scopes.includes(scope));
  if (missing.length > 0) {
    objections.push({
      ...forbidden('authorization.scope', `The credential lacks ${list('scope', missing)}, which this operation needs.`),
      // RFC 6750 section 3.1: names all scopes the resource needs.
      ...(caller?.kind === 'jwt' || caller?.kind === 'opaque-token'
        ? { challenge: `Bearer error="insufficient_scope", scope="${access.scopes.join(' ').replace(/["\\]/g, '')}"` }
        : {}),
    });
  }
  if (access.roles.length > 0 && !access.roles.some((role) => caller?.roles.includes(role))) {
    objections.push(forbidden('authorization.role', `The caller has none of the roles this operation is for: ${access.roles.join(', ')}.`));
  }
}

function ruleObjection(rule: Rule, verdict: false | null): Objection {
  const why = verdict === false ? 'does not hold' : 'cannot be shown to hold: a value is absent, doubled, unread or of another type';
  return forbidden('authorization.rule', `The access rule "${rule.text}" ${why}.`);
}

function fieldObjections(access: CompiledAccess, { body, caller }: AccessInput, objections: Objection[]): void {
  if (body === null) return;
  const roles = caller.kind === 'proven' ? caller.caller.roles : [];
  for (const rule of access.writeRules) {
    if (roles.some((role) => rule.roles.has(role))) continue;
    const verdict = writes(rule, body);
    if (verdict === 'untouched') continue;
    const who = rule.roles.size === 0 ? 'nobody may write' : `only ${[...rule.roles].join(', ')} may write`;
    const what = verdict === 'written' ? 'is in the body' : 'cannot be ruled out in a body that does not read whole';
    objections.push({ ...forbidden('authorization.field', `The field ${rule.path}, which ${who}, ${what}.`), place: `body.${rule.path}` });
  }
}

function forbidden(rule: string, reason: string): Objection {
  return { section: 'authorization', rule, mode: 'block', status: 403, reason, place: null };
}

function list(noun: string, names: readonly string[]): string {
  return names.length === 1 ? `the ${noun} ${names[0]}` : `the ${noun}s ${names.join(', ')}`;
}
