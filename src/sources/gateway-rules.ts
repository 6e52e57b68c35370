/** What can be dangerous in a gateway's configuration, mostly defaults that nobody chose. One wording for every product. */
import type { FindingRule } from './finding-list.ts';

function rule(id: string, severity: FindingRule['severity'], controls: readonly string[], title: string, fix: string): FindingRule {
  return { rule: id, severity, title, fix, controls };
}

export const gatewayRules = {
  syntax: rule('gateway.syntax', 'medium', ['PRC-17'], 'The configuration is not well-formed', 'Mend the text at the places named.'),
  counterPerNode: rule(
    'gateway.counter-per-node',
    'medium',
    ['TEC-25'],
    'Rate limits are counted by each node for itself',
    'Count in a shared store, or divide the limit by the number of nodes.',
  ),
  limitFailsOpen: rule(
    'gateway.limit-fails-open',
    'high',
    ['TEC-25', 'TEC-29'],
    'Rate limits are given up when the counter fails',
    'Let calls be refused, or counted locally, while the shared store is away.',
  ),
  limitByAddress: rule(
    'gateway.limit-by-address',
    'low',
    ['TEC-25', 'TEC-26'],
    'Rate limits know callers by address only',
    'Count by identity too: one caller has many addresses, and many callers share one.',
  ),
  limitAnswers503: rule(
    'gateway.limit-answers-503',
    'low',
    ['TEC-28'],
    'A limited caller is told that the service is down',
    'Answer 429 with Retry-After, so that good clients wait and monitors stay quiet.',
  ),
  limitAbsent: rule(
    'gateway.limit-absent',
    'medium',
    ['TEC-25'],
    'Routes without a rate limit',
    'Give every route a limit, the authentication routes a strict one.',
  ),
  authFailsOpen: rule(
    'gateway.auth-fails-open',
    'critical',
    ['TEC-18'],
    'Calls pass when the authorisation service fails',
    'Refuse while it is away (`failure_mode_allow: false` and its kin).',
  ),
  authOptional: rule(
    'gateway.auth-optional',
    'high',
    ['TEC-18'],
    'A credential is checked only when one is sent',
    'Refuse calls without a credential on these routes.',
  ),
  authAbsent: rule(
    'gateway.auth-absent',
    'info',
    ['TEC-18'],
    'Routes for which the gateway checks no credential',
    'Confirm that the service behind each checks it.',
  ),
  plainHttp: rule(
    'gateway.plain-http',
    'high',
    ['TEC-14'],
    'Routes answer without TLS',
    'Answer on HTTPS only; redirect or refuse plain HTTP.',
  ),
  tlsOld: rule('gateway.tls-old', 'high', ['TEC-14'], 'TLS versions are accepted that are broken', 'Accept TLS 1.2 and 1.3 only.'),
  upstreamUnverified: rule(
    'gateway.upstream-unverified',
    'medium',
    ['TEC-14'],
    'The certificate of the service behind is not checked',
    'Verify it against your own authority.',
  ),
  upstreamPlain: rule(
    'gateway.upstream-plain',
    'info',
    ['TEC-14'],
    'Calls go on to the service without TLS',
    'Use TLS inside too where classified data flows.',
  ),
  corsWildcard: rule('gateway.cors-wildcard', 'medium', ['TEC-05'], 'Pages of any site may read the answers', 'Name the origins that may.'),
  bodyUnbounded: rule('gateway.body-unbounded', 'medium', ['TEC-27'], 'Request bodies may be of any size', 'Set a largest body size.'),
  adminOpen: rule(
    'gateway.admin-open',
    'critical',
    ['TEC-05', 'TEC-23'],
    'The administration interface is open',
    'Bind it to loopback and ask for a credential of your own.',
  ),
  secretInFile: rule(
    'gateway.secret-in-file',
    'medium',
    ['TEC-24'],
    'Credentials stand in the configuration',
    'Refer to a vault or the environment, and replace the ones that stood here.',
  ),
} as const;
