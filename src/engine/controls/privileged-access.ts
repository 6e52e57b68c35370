/** TEC-17 and TEC-23: who can change the gateway, and with what proof. Until sign-in logs arrive, an answer is a claim. */
import type { Facts, UnitResult } from './control.ts';
import { settingsMs } from './standing.ts';
import { failing, met, organisation, unknown } from './unit.ts';

export function secondFactor(facts: Facts): readonly UnitResult[] {
  const name = organisation('gateway-sign-in');
  const answer = facts.settings.answers.gatewayAccess;
  const proof = { evidence: ['answer:gatewayAccess'], grade: 'attested', observedMs: settingsMs(facts), waitsFor: 'not-yet' } as const;
  if (answer === 'named-without-2fa')
    return [failing(name, { ...proof, because: 'You said that people change the gateway without a second factor.' })];
  if (answer === 'shared') return [failing(name, { ...proof, because: 'You said that people change the gateway with a shared account.' })];
  if (answer === 'named-with-2fa')
    return [met(name, { ...proof, because: 'You said that named people change the gateway with a second factor.' })];
  return [
    unknown(
      name,
      'not-yet',
      'Nobody has said who can change the gateway, and how they sign in.',
      answer === 'unknown' ? ['answer:gatewayAccess'] : [],
    ),
  ];
}

/** Named accounts are needed for borrowed rights and do not show them, so only the bad answer judges. */
export function privilegedAccess(facts: Facts): readonly UnitResult[] {
  const name = organisation('administrators');
  const answer = facts.settings.answers.gatewayAccess;
  if (answer !== 'shared') return [unknown(name, 'not-yet', 'No source shows who holds administrator rights and for how long.')];
  return [
    failing(name, {
      because: 'You said that the gateway is changed with a shared account: nobody can tell who did what.',
      evidence: ['answer:gatewayAccess'],
      grade: 'attested',
      observedMs: settingsMs(facts),
      waitsFor: 'not-yet',
    }),
  ];
}
