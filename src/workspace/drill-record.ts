/** What a drill came to, kept in the workspace: for controls that ask whether fail modes were proven, and in the audit. */
import type { Store } from '../store/store.ts';

/** Something that was broken on purpose, at one route of the policy. */
export interface FailModeTrial {
  /** Id of the route; `defaults` for what no route matches. */
  readonly route: string;
  readonly request: string;
  readonly broken: string;
  readonly door: 'proxy' | 'forward-auth';
  /** What should happen: the request reaches the service (`open`) or is refused (`closed`). */
  readonly expected: 'open' | 'closed';
  readonly observed: 'open' | 'closed';
  /** Status the caller got. */
  readonly status: number;
  /** Rules of the evidence that was written. */
  readonly evidence: readonly string[];
  /** Observed as expected, with evidence of it where there has to be some. */
  readonly holds: boolean;
}

export interface FailModeDrill {
  readonly atMs: number;
  readonly policyVersion: string;
  readonly trials: readonly FailModeTrial[];
  /** Routes that no request of the drill can reach: by address, or hidden behind another route. */
  readonly notReached: readonly string[];
}

export const failModeDrillKey = 'drill.fail-mode';
/** Trials that are kept; those that do not hold come first. */
const KEPT_MAX = 200;

/** Written over the drill before; the audit keeps that there was one. */
export async function keepFailModeDrill(store: Store, drill: FailModeDrill, actor: string): Promise<void> {
  const failed = drill.trials.filter(({ holds }) => !holds);
  const kept = [...failed, ...drill.trials.filter(({ holds }) => holds)].slice(0, KEPT_MAX);
  await store.setMeta(failModeDrillKey, JSON.stringify({ ...drill, trials: kept }));
  await store.appendAudit({
    atMs: drill.atMs,
    actor,
    action: 'drill fail-mode',
    subject: drill.policyVersion,
    detail: `${drill.trials.length - failed.length} of ${drill.trials.length} trials held; ${drill.notReached.length} routes were not reached.`,
  });
}

/** The last drill; null = there was none, or it cannot be read. */
export async function lastFailModeDrill(store: Pick<Store, 'getMeta'>): Promise<FailModeDrill | null> {
  const text = await store.getMeta(failModeDrillKey);
  if (text === null) return null;
  try {
    // Written by `keepFailModeDrill` alone.
    return JSON.parse(text) as FailModeDrill;
  } catch {
    return null;
  }
}
