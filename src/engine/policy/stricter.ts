/**
 * What a change of policy makes stricter: every place where a request that passed may be refused from now on. A change that
 * only loosens or only logs names none.
 */
import { lowestMode, type Mode, type Section, sections } from '../evidence/decision.ts';
import type { LimitPolicy, Policy, RoutePolicy, RouteSettings } from './policy.ts';

export interface Stricter {
  /** Check whose past findings are the proof. */
  readonly section: Section;
  /** `modes.attacks`, `limits.login`, `routes.admin.scopes`. */
  readonly level: string;
  /** `log to block`, `600 to 300 requests`, `new`. */
  readonly change: string;
}

/** @param present policy in force; null = none is, so nothing was ever refused */
export function stricterIn(present: Policy | null, candidate: Policy): Stricter[] {
  const asked = sections.filter((section) => rootMode(candidate, section) === 'block');
  const found = [
    ...sectionChanges(present, candidate, asked),
    ...categoryChanges(present, candidate),
    ...limitChanges(present, candidate),
    ...entryChanges(present, candidate),
    ...routeChanges(present, candidate),
  ];
  return found.filter(({ section }) => asked.includes(section));
}

function rootMode(policy: Policy, section: Section): Mode {
  return lowestMode(policy.mode, policy.modes[section]);
}

function widestMode(policy: Policy, section: Section): Mode {
  return lowestMode(rootMode(policy, section), policy.defaults.mode, policy.defaults.modes?.[section]);
}

function sectionChanges(present: Policy | null, candidate: Policy, asked: readonly Section[]): Stricter[] {
  return asked
    .filter((section) => isUsed(candidate, section))
    .flatMap((section) => {
      const before = present === null ? 'off' : widestMode(present, section);
      return widestMode(candidate, section) !== 'block' || before === 'block'
        ? []
        : [{ section, level: `modes.${section}`, change: `${before} to block` }];
    });
}

/** Whether a policy has anything that a check of this section could object by. */
function isUsed({ lists, rules, limits, defaults, routes, cedar }: Policy, section: Section): boolean {
  const settings = [defaults, ...routes];
  const asks = settings.some(({ authentication, scopes, roles }) =>
    [authentication, scopes, roles].some((names) => (names ?? []).length > 0),
  );
  if (section === 'list') return lists.deny.length > 0;
  if (section === 'rules') return rules.some(({ except }) => except === undefined);
  if (section === 'limits') return limits.length > 0;
  if (section === 'authentication') return asks;
  if (section === 'authorization')
    return asks || cedar !== null || settings.some((one) => (one.rules ?? []).length > 0 || one.write !== undefined);
  return true;
}

/** Modes below a section: attack categories, behaviours, kinds of validation, overload. */
function categoryChanges(present: Policy | null, candidate: Policy): Stricter[] {
  const found: Stricter[] = [];
  const raised = (section: Section, level: string, before: Mode | undefined, after: Mode) => {
    if (after === 'block' && before !== undefined && before !== 'block') found.push({ section, level, change: `${before} to block` });
  };
  for (const [category, before] of Object.entries(present?.attacks.categories ?? {}))
    raised('attacks', `attacks.categories.${category}`, before, candidate.attacks.categories[category] ?? 'block');
  if (present !== null && candidate.attacks.threshold < present.attacks.threshold)
    found.push({
      section: 'attacks',
      level: 'attacks.threshold',
      change: `${present.attacks.threshold} to ${candidate.attacks.threshold}`,
    });
  for (const kind of ['undeclared', 'unknownFields', 'unknownParameters'] as const)
    raised('validation', `validation.${kind}`, present?.validation[kind], candidate.validation[kind]);
  if (present !== null) {
    raised(
      'validation',
      'validation.harmlessFaults',
      present.validation.harmlessFaults ?? 'block',
      candidate.validation.harmlessFaults ?? 'block',
    );
    raised('validation', 'validation.learned', present.validation.learned ?? 'off', candidate.validation.learned ?? 'off');
  }
  if (present !== null && candidate.validation.depthMax < present.validation.depthMax)
    found.push({
      section: 'validation',
      level: 'validation.depth',
      change: `${present.validation.depthMax} to ${candidate.validation.depthMax}`,
    });
  for (const kind of ['discovery', 'guessing', 'slow'] as const)
    raised('behaviour', `behaviour.${kind}`, present?.behaviour[kind], candidate.behaviour[kind]);
  raised('overload', 'overload.mode', present?.overload.mode, candidate.overload.mode);
  return found;
}

function limitChanges(present: Policy | null, candidate: Policy): Stricter[] {
  return candidate.limits.flatMap((limit): Stricter[] => {
    const before = present?.limits.find(({ name }) => name === limit.name);
    const change = limit.mode === 'block' ? limitChange(before, limit) : null;
    return change === null ? [] : [{ section: 'limits', level: `limits.${limit.name}`, change }];
  });
}

function limitChange(before: LimitPolicy | undefined, after: LimitPolicy): string | null {
  if (before === undefined) return 'new';
  if (before.mode !== 'block') return 'log to block';
  if (before.by !== after.by || before.window !== after.window) return 'counts otherwise';
  const rate = (limit: LimitPolicy) => limit.requests / limit.windowSeconds;
  if (rate(after) < rate(before)) return `${before.requests} in ${before.windowSeconds} s to ${after.requests} in ${after.windowSeconds} s`;
  if ((after.burst ?? after.requests / 10) < (before.burst ?? before.requests / 10)) return 'a smaller burst';
  if ((after.concurrency ?? Number.POSITIVE_INFINITY) < (before.concurrency ?? Number.POSITIVE_INFINITY)) return 'fewer at once';
  return same(before.plans, after.plans) ? null : 'other plans';
}

function entryChanges(present: Policy | null, candidate: Policy): Stricter[] {
  const found: Stricter[] = [];
  const isKnown = <T extends { readonly id: string; readonly match: unknown; readonly untilMs: number | null }>(
    entries: readonly T[],
    entry: T,
  ) =>
    entries.some(
      (before) => before.id === entry.id && same(before.match, entry.match) && (before.untilMs ?? Infinity) >= (entry.untilMs ?? Infinity),
    );
  for (const entry of candidate.lists.deny)
    if (!isKnown(present?.lists.deny ?? [], entry)) found.push({ section: 'list', level: `lists.deny.${entry.id}`, change: 'new' });
  for (const entry of present?.lists.allow ?? [])
    if (!isKnown(candidate.lists.allow, entry)) found.push({ section: 'list', level: `lists.allow.${entry.id}`, change: 'less or gone' });
  for (const rule of candidate.rules) {
    if (rule.except !== undefined || rule.mode !== 'block') continue;
    const before = present?.rules.filter((one) => one.mode === 'block' && one.except === undefined) ?? [];
    if (!isKnown(before, rule))
      found.push({
        section: 'rules',
        level: `rules.${rule.id}`,
        change: present?.rules.some(({ id }) => id === rule.id) === true ? 'log to block, or more' : 'new',
      });
  }
  for (const rule of present?.rules ?? []) {
    if (rule.except === undefined) continue;
    const kept = candidate.rules.filter(({ except }) => same(except, rule.except));
    if (!isKnown(kept, rule))
      found.push({ section: sectionOf(rule.except[0] ?? ''), level: `rules.${rule.id}`, change: 'an exception less' });
  }
  return found;
}

function sectionOf(name: string): Section {
  const first = name.split(/[.@]/, 1)[0] ?? '';
  return sections.find((section) => section === first) ?? 'attacks';
}

/** Settings by what they demand; those of the same name before and after are compared, new routes against the defaults. */
function routeChanges(present: Policy | null, candidate: Policy): Stricter[] {
  const found: Stricter[] = settingChanges('defaults', present?.defaults ?? null, candidate.defaults);
  for (const { id, match, ...settings } of candidate.routes) {
    const before = present?.routes.find((route) => route.id === id && same(route.match, match));
    found.push(...settingChanges(`routes.${id}`, before ?? null, settings));
    if (before === undefined) continue;
    for (const section of sections) {
      const was = lowestMode(before.mode, before.modes?.[section]);
      const becomes = lowestMode(settings.mode, settings.modes?.[section]);
      if (becomes === 'block' && was !== 'block')
        found.push({ section, level: `routes.${id}.modes.${section}`, change: `${was} to block` });
    }
  }
  for (const route of present?.routes ?? []) if (!candidate.routes.some(({ id }) => id === route.id)) found.push(...lossesOf(route));
  return found;
}

/** A route that is gone may have been what kept others out of the defaults' reach. */
function lossesOf({ id, mode, modes, public: isPublic }: RoutePolicy): Stricter[] {
  const lowered = sections.filter((section) => lowestMode(mode, modes?.[section]) !== 'block');
  const found: Stricter[] = lowered.map((section) => ({
    section,
    level: `routes.${id}`,
    change: `${lowestMode(mode, modes?.[section])} to block, with the route gone`,
  }));
  if (isPublic === true)
    found.push({ section: 'authentication', level: `routes.${id}.public`, change: 'no longer public, with the route gone' });
  return found;
}

function settingChanges(name: string, before: RouteSettings | null, after: RouteSettings): Stricter[] {
  const found: Stricter[] = [];
  const demand = (section: Section, key: keyof RouteSettings, change: string) => found.push({ section, level: `${name}.${key}`, change });
  if (before?.public === true && after.public !== true) demand('authentication', 'public', 'no longer public');
  if (hasMore(before?.authentication, after.authentication, 'any'))
    demand('authentication', 'authentication', 'asks who calls, or accepts fewer');
  if (hasMore(before?.scopes, after.scopes, 'all')) demand('authorization', 'scopes', 'asks for more');
  if (hasMore(before?.roles, after.roles, 'any')) demand('authorization', 'roles', 'asks for more, or accepts fewer');
  if (hasMore(before?.rules, after.rules, 'all')) demand('authorization', 'rules', 'asks for more');
  if (Object.keys(after.write ?? {}).length > 0 && !same(before?.write, after.write))
    demand('authorization', 'write', 'other fields, or other roles');
  if (hasMore(before?.limits, after.limits, 'all')) demand('limits', 'limits', 'one more');
  if ((after.bodyBytesMax ?? Infinity) < (before?.bodyBytesMax ?? Infinity) && before !== null)
    demand('validation', 'bodyBytesMax', 'smaller bodies');
  return found;
}

/** @param need `all` of the names must be met, or `any` of them */
function hasMore(before: readonly string[] | undefined, after: readonly string[] | undefined, need: 'all' | 'any'): boolean {
  const old = before ?? [];
  const now = after ?? [];
  if (now.length === 0) return false;
  if (need === 'all') return now.some((name) => !old.includes(name));
  return old.length === 0 || old.some((name) => !now.includes(name));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
