/** TEC-06 to TEC-08: hosts are labelled by environment, environments are apart, test data is its own. */
import type { EnvironmentKind, EnvironmentSetting } from '../evidence/settings.ts';
import type { Facts, UnitResult } from './control.ts';
import { byService, settingsMs } from './standing.ts';
import { failing, met, organisation, part, serviceUnit, unknown } from './unit.ts';

/** What a host name says of its environment; a second signal beside stance.yaml. */
const hostWords: readonly (readonly [RegExp, EnvironmentKind])[] = [
  [/(^|[.-])(stag|staging|stage|preprod|pre-prod|uat)([.-]|\d|$)/i, 'staging'],
  [/(^|[.-])(test|tst|qa|sandbox|sbx|int)([.-]|\d|$)/i, 'test'],
  [/(^|[.-])(dev|develop|development|local|localhost)([.-]|\d|$)/i, 'development'],
];

export function labelledEnvironments(facts: Facts): readonly UnitResult[] {
  const { environments } = facts.settings;
  const services = [...byService(facts.operations)].map(([service, operations]): UnitResult => {
    const name = serviceUnit(service);
    const hosts = [...new Set(operations.flatMap((one) => one.hosts))].sort();
    if (hosts.length === 0) return unknown(name, 'settings', `No host of ${service} is known.`);
    if (environments.length === 0)
      return unknown(name, 'settings', `stance.yaml lists no environment for ${hosts.slice(0, 3).join(', ')}.`);
    const kinds = new Set<EnvironmentKind>();
    const wrong: string[] = [];
    for (const host of hosts) {
      const labels = environments.filter((one) => one.hosts.some((pattern) => hostMatches(host, pattern)));
      const said = hostKind(host);
      for (const label of labels) kinds.add(label.kind);
      if (labels.length === 0) wrong.push(`${host} belongs to no environment`);
      else if (labels.length > 1) wrong.push(`${host} belongs to ${labels.map((one) => one.name).join(' and ')}`);
      else if (said !== null && labels[0] !== undefined && labels[0].kind === 'production')
        wrong.push(`${host} is labelled production and named like ${said}`);
    }
    const proof = { evidence: ['setting:environments'], grade: 'configured', observedMs: settingsMs(facts) } as const;
    if (wrong.length > 0)
      return part(name, 1 - Math.min(wrong.length, hosts.length) / hosts.length, { ...proof, because: `${wrong.slice(0, 3).join('; ')}.` });
    if (kinds.size === 1 && kinds.has('production'))
      return unknown(name, 'settings', `${service} is only seen in production; a twin for tests is not known.`, proof.evidence);
    return met(name, { ...proof, because: `${hosts.length} hosts of ${service} are labelled: ${[...kinds].sort().join(', ')}.` });
  });
  if (environments.length > 0) return services;
  return [...services, answered(facts, 'environments-exist', ['separate-with-own-data', 'separate-shared-data'], ['shared'])];
}

export function separateEnvironments(facts: Facts): readonly UnitResult[] {
  const shared = sharedHosts(facts.settings.environments);
  if (shared.length > 0) {
    return [
      failing(organisation('separation'), {
        because: `${shared.slice(0, 3).join('; ')}.`,
        evidence: ['setting:environments'],
        grade: 'configured',
        observedMs: settingsMs(facts),
      }),
    ];
  }
  return [answered(facts, 'separation', ['separate-with-own-data', 'separate-shared-data'], ['shared'])];
}

export function independentTestData(facts: Facts): readonly UnitResult[] {
  return [answered(facts, 'test-data', ['separate-with-own-data'], ['separate-shared-data', 'shared'])];
}

function answered(facts: Facts, unit: string, good: readonly string[], bad: readonly string[]): UnitResult {
  const answer = facts.settings.answers.environments;
  const proof = { evidence: ['answer:environments'], grade: 'attested', observedMs: settingsMs(facts), waitsFor: 'not-yet' } as const;
  if (answer !== null && bad.includes(answer)) {
    const what = answer === 'shared' ? 'test and production are not separate' : 'test uses data of production';
    return failing(organisation(unit), { ...proof, because: `You said that ${what}.` });
  }
  if (answer !== null && good.includes(answer)) {
    return met(organisation(unit), {
      ...proof,
      because:
        answer === 'separate-with-own-data'
          ? 'You said that test and production are separate, with their own data.'
          : 'You said that test and production are separate.',
    });
  }
  return unknown(
    organisation(unit),
    'not-yet',
    'Nobody has said whether test and production are separate.',
    answer === 'unknown' ? ['answer:environments'] : [],
  );
}

/** Hosts that serve production and something else: `api.acme.test serves production and qa`. */
function sharedHosts(environments: readonly EnvironmentSetting[]): readonly string[] {
  const production = environments.filter((one) => one.kind === 'production');
  return environments
    .filter((one) => one.kind !== 'production')
    .flatMap((other) =>
      other.hosts
        .filter((host) => production.some((one) => one.hosts.includes(host)))
        .map((host) => `${host} serves production and ${other.name}`),
    );
}

export function hostKind(host: string): EnvironmentKind | null {
  return hostWords.find(([signs]) => signs.test(host))?.[1] ?? null;
}

/** `*.acme.example` matches one label and more. */
export function hostMatches(host: string, pattern: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}
