/** Lines for the policy of a guard, in log mode: what they would have refused is seen before they refuse anything. */
import type { Draft, Facts, UnitResult } from './control.ts';
import { operationsOf } from './standing.ts';

/** Routes named in one draft. */
const routesMax = 5;

function routesText(facts: Facts, units: readonly UnitResult[], settings: string): string {
  const routes = operationsOf(facts, units).slice(0, routesMax);
  return routes.map(({ method, template }) => `  - match: { methods: [${method}], paths: ["${template}"] }\n${settings}`).join('');
}

export function tokenDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const routes = routesText(facts, units, '    authentication: [main]\n    modes: { authentication: log }\n');
  return {
    language: 'yaml',
    file: 'policy.yaml',
    text: `providers:\n  main:\n    kind: jwt\n    issuer: <https://your.issuer>\n    audiences: [<name of this API>]\n    algorithms: [RS256]\n${routes === '' ? '' : `routes:\n${routes}`}`,
    safety: 'In log mode nothing is refused: read for a day which callers would have been, then let it block.',
  };
}

export function attackDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const routes = routesText(facts, units, '    modes: { attacks: log }   # block, once a replay shows that good calls pass\n');
  return {
    language: 'yaml',
    file: 'policy.yaml',
    text: `modes: { attacks: block }\n${routes === '' ? '' : `routes:\n${routes}`}`,
    safety: 'Replay it first: stance policy apply --dry-run shows which good calls would have been refused.',
  };
}

export function fairLimitDraft(): Draft {
  return {
    language: 'shell',
    file: null,
    text: 'stance finding list          # limits that many callers met\nstance policy apply policy.yaml --dry-run   # whom a changed limit would refuse\n',
    safety: 'Looking changes nothing. Raise a limit before you take it away.',
  };
}
