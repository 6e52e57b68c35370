/** The policy of a guard that was told nothing: block what is surely wrong, demand nothing that must be configured. */
import type { Policy } from './policy.ts';

const kibi = 1024;

export const defaultPolicy: Policy = {
  version: 'default',
  mode: 'block',
  modes: {},
  client: { trustedHops: 0, header: 'x-forwarded-for' },
  upstreams: [],
  providers: [],
  leakedCredentials: [],
  lists: { allow: [], deny: [] },
  limits: [],
  overload: { mode: 'block', waitMsMax: 500, concurrencyMin: 8, concurrencyMax: 1024 },
  attacks: { categories: {}, threshold: 0.5 },
  validation: {
    // A specification is often younger than its API: what it does not declare is first written down, then refused.
    undeclared: 'log',
    unknownFields: 'log',
    unknownParameters: 'log',
    harmlessFaults: 'log',
    learned: 'log',
    responseShare: 0.01,
    maskFields: [],
    depthMax: 32,
  },
  behaviour: { discovery: 'block', guessing: 'block', slow: 'block' },
  rules: [],
  defaults: {
    authentication: [],
    limits: [],
    criticality: 'normal',
    bodyBytesMax: 10 * kibi * kibi,
    inspectBytesMax: 128 * kibi,
    failMode: 'closed',
  },
  routes: [],
  cedar: null,
  canary: null,
};
