/** Why a section has the mode it has for a request: every level that says something, and the one that decides. */
import { lowestMode, type Mode, type Section } from '../evidence/decision.ts';
import type { Policy, RoutePolicy, RouteSettings } from './policy.ts';

export interface ModeLevel {
  /** `policy`, `policy.modes`, `defaults`, `defaults.modes`, `route admin`, `route admin modes`. */
  readonly level: string;
  readonly mode: Mode;
}

export interface ModeOrigin {
  readonly section: Section;
  readonly mode: Mode;
  /** The first level as low as the result; null = nothing lowers it. */
  readonly decidedBy: string | null;
  /** From the widest to the narrowest; of defaults and routes the one that counts. */
  readonly levels: readonly ModeLevel[];
}

/** @param routes those that match, in the order of the policy */
export function modeOrigin(policy: Policy, routes: readonly RoutePolicy[], section: Section): ModeOrigin {
  const named: readonly { readonly name: string; readonly settings: RouteSettings }[] = [
    { name: 'defaults', settings: policy.defaults },
    ...routes.map((route) => ({ name: `route ${route.id}`, settings: route })),
  ];
  const last = (modeOf: (settings: RouteSettings) => Mode | undefined, suffix: string): ModeLevel | null => {
    const found = named.findLast(({ settings }) => modeOf(settings) !== undefined);
    const mode = found === undefined ? undefined : modeOf(found.settings);
    return found === undefined || mode === undefined ? null : { level: `${found.name}${suffix}`, mode };
  };
  const stated = policy.modes[section];
  const levels = [
    { level: 'policy', mode: policy.mode },
    stated === undefined ? null : { level: 'policy.modes', mode: stated },
    last(({ mode }) => mode, ''),
    last(({ modes }) => modes?.[section], '.modes'),
  ].filter((level): level is ModeLevel => level !== null);
  const mode = lowestMode(...levels.map((level) => level.mode));
  return { section, mode, decidedBy: mode === 'block' ? null : (levels.find((level) => level.mode === mode)?.level ?? null), levels };
}
