/** TEC-28: limits do not refuse those they are meant to protect. */
import type { Facts, UnitResult } from './control.ts';
import { lowerBound95 } from './sample.ts';
import { met, organisation, part, unknown } from './unit.ts';

/** Share of calls that may be refused for load. */
const throttledMax = 0.001;

export function fairLimits(facts: Facts): readonly UnitResult[] {
  const { guard } = facts;
  const isShown = guard !== null && guard.alive > 0 && guard.throttled.requests > 0;
  if (!isShown)
    return [unknown({ unit: 'organisation', unitKind: 'organisation' }, 'not-yet', 'No source that can show this is connected.')];
  const { requests, refused, refusedProven } = guard.throttled;
  const name = organisation('throttled-callers');
  const evidence = ['source:guard'];
  const noisy = unknown(organisation('noisy-tenant'), 'not-yet', 'No run with one noisy tenant shows how the others fare.');
  const share = `${Number(((refused / requests) * 100).toPrecision(2))} %`;
  const proof = { evidence, grade: 'observed', observedMs: guard.heardMs } as const;
  const said = `${refused.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')} calls of 7 days (${share}) were refused for a limit or for load`;
  // All refusals taken as honest callers: when even that is little, it is little.
  if (refused / requests <= throttledMax) {
    const isEnough = lowerBound95(requests - refused, requests) >= 1 - throttledMax;
    return isEnough
      ? [met(name, { ...proof, because: `${said}.` }), noisy]
      : [unknown(name, 'time', `${said}; some thousand calls are needed to tell.`, evidence), noisy];
  }
  if (refusedProven / requests > throttledMax)
    return [
      part(name, 0.5, {
        ...proof,
        because: `${said}, ${refusedProven.toLocaleString('en-US')} of them of callers with a proven identity.`,
      }),
      noisy,
    ];
  return [unknown(name, 'not-yet', `${said}; nothing tells which of these callers were honest.`, evidence), noisy];
}
