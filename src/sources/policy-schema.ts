/** The shape of a policy (`policy:` in `stance.yaml`, or a file of its own): validates, types, and is published for editors. */
import { z } from 'zod';
import { type Section, sections } from '../engine/evidence/decision.ts';
import type { ThreatCategory } from '../engine/threats/recogniser.ts';
import { provider } from './policy-schema-provider.ts';
import {
  duration,
  entriesMax,
  host,
  id,
  listEntriesMax,
  mode,
  network,
  origin,
  path,
  ruleMode,
  share,
  size,
  text,
  until,
} from './policy-schema-values.ts';

const category = z.enum([
  'sqli',
  'nosqli',
  'command',
  'code',
  'template',
  'xss',
  'traversal',
  'file-inclusion',
  'ssrf',
  'xxe',
  'ldap',
  'mail',
  'crlf',
  'xpath',
  'ssi',
  'lookup',
  'deserialisation',
  'prototype-pollution',
  'graphql',
  'jwt',
  'open-redirect',
  'session-fixation',
  'sensitive-file',
  'scanner',
  'smuggling',
  'encoding',
] as const satisfies readonly ThreatCategory[]);

const method = z.string().regex(/^[A-Za-z][A-Za-z-]{0,30}$/, 'a method such as GET');
const texts = z.array(text).max(entriesMax);

const modes = z
  .strictObject(Object.fromEntries(sections.map((section) => [section, mode.optional()])) as Record<Section, z.ZodOptional<typeof mode>>)
  .describe('A mode for one kind of check; it can only lower what stands above it.');

/** Every field that is present must fit; a list fits when one entry does. */
const headMatch = {
  hosts: z.array(host).max(entriesMax).optional(),
  paths: z.array(path).max(entriesMax).optional(),
  methods: z.array(method).max(50).optional(),
  services: texts.optional(),
  addresses: z.array(network).max(listEntriesMax).optional().describe('Of the client: addresses, or networks in CIDR form.'),
  agents: texts.optional().describe('Product of the user agent: `curl`.'),
};

const routeMatch = z.strictObject(headMatch);
const match = z.strictObject({
  ...headMatch,
  subjects: texts.optional(),
  tenants: texts.optional(),
  authenticated: z.boolean().optional().describe('Whether a credential was proven.'),
});

const listEntry = z.strictObject({ id, match, because: text, until: until.optional().describe('Absent = no end.') });

const rule = z.strictObject({
  id,
  match,
  because: text,
  until: until.optional(),
  mode: ruleMode.optional().describe('Default log.'),
  status: z.int().min(400).max(599).optional().describe('Default 403.'),
  except: texts.optional().describe('Instead of refusing: leave these objections out, `attacks.sqli` or `attacks.sqli@query.q`.'),
});

const upstream = z.strictObject({
  urls: z.array(origin).min(1).max(200),
  hosts: z.array(host).max(entriesMax).optional(),
  paths: z.array(z.string().startsWith('/').max(2000)).max(entriesMax).optional().describe('Prefixes; the longest that fits wins.'),
  health: z
    .strictObject({
      path: z.string().startsWith('/').max(2000),
      every: duration.optional().describe('Default 10s.'),
      'unhealthy-after': z.int().min(1).max(100).optional().describe('Default 3.'),
      'healthy-after': z.int().min(1).max(100).optional().describe('Default 2.'),
    })
    .optional(),
  retries: z.int().min(0).max(5).optional().describe('Further tries when no connection came about; idempotent requests only. Default 1.'),
  'connect-timeout': duration.optional().describe('Default 5s.'),
  'answer-timeout': duration.optional().describe('Until the head of the response; default 60s.'),
  connections: z.int().min(1).max(100_000).optional().describe('Default 256.'),
  'ca-file': text.optional().describe('Authorities for https upstreams; absent = those of the system.'),
  'keep-host': z.boolean().optional().describe('Default true.'),
});

const limit = z.strictObject({
  by: z.enum(['identity', 'subject', 'key', 'account', 'tenant', 'device', 'address', 'route', 'global']),
  requests: z.int().min(1).max(1_000_000_000).describe('Units per window.'),
  window: z
    .union([z.enum(['hour', 'day', 'month']), duration], { error: 'a duration such as 1m, or hour, day or month (calendar, UTC)' })
    .describe('A duration (rolling), or `hour`, `day`, `month` (calendar, UTC).'),
  burst: z.int().min(0).max(1_000_000_000).optional().describe('Units that may come at once on top; default a tenth of `requests`.'),
  concurrency: z.int().min(1).max(1_000_000).optional().describe('In flight at once.'),
  'account-field': text.optional().describe('Body field that names the account, for `by: account`: `$.username`.'),
  plans: z.record(z.string().min(1).max(200), z.int().min(1).max(1_000_000_000)).optional().describe('Requests by plan.'),
  'plan-claim': text.optional(),
  mode: ruleMode.optional().describe('Default block.'),
});

const routeSettings = {
  mode: mode.optional(),
  modes: modes.optional(),
  public: z.boolean().optional().describe('Open to anyone on purpose.'),
  authentication: texts.optional().describe('Providers any of which may vouch.'),
  scopes: texts.optional().describe('All of them.'),
  roles: texts.optional().describe('Any of them.'),
  rules: texts.optional().describe('All must hold: `params.accountId == token.account`.'),
  write: z.record(text, texts).optional().describe('Body field to the roles that may write it; an empty list: nobody.'),
  limits: z.array(text).max(16).optional(),
  cost: z.union([z.literal('graphql'), z.number().min(0).max(1_000_000)], { error: 'a number of units, or graphql' }).optional(),
  criticality: z.enum(['critical', 'normal', 'batch']).optional(),
  'body-max': size.optional().describe('A longer body is refused.'),
  'inspect-max': size.optional().describe('Bytes of a body that are looked at; the rest goes on unseen.'),
  'fail-mode': z.enum(['closed', 'open']).optional().describe('What becomes of a request that cannot be judged; default closed.'),
};

export const policySchema = z.strictObject({
  mode: mode.optional().describe('Default block.'),
  modes: modes.optional(),
  client: z
    .strictObject({
      'trusted-hops': z.int().min(0).max(20).describe('Proxies of ours in front; 0 = the peer itself is the client.'),
      header: z.enum(['x-forwarded-for', 'forwarded', 'x-real-ip']).optional(),
    })
    .optional(),
  upstreams: z.record(id, upstream).optional(),
  providers: z.record(id, provider).optional(),
  'leaked-credentials': z
    .array(z.string().regex(/^[0-9a-fA-F]{64}$/, 'the SHA-256 of a credential, 64 hexadecimal digits'))
    .max(listEntriesMax)
    .optional(),
  lists: z
    .strictObject({ allow: z.array(listEntry).max(listEntriesMax).optional(), deny: z.array(listEntry).max(listEntriesMax).optional() })
    .optional()
    .describe('The allow list wins over every objection but protocol, authentication and authorisation.'),
  limits: z.record(id, limit).optional(),
  overload: z
    .strictObject({
      mode: mode.optional(),
      wait: duration.optional().describe('Longest wait in the queue; default 500ms.'),
      'concurrency-min': z.int().min(1).max(1_000_000).optional(),
      'concurrency-max': z.int().min(1).max(1_000_000).optional(),
    })
    .optional(),
  attacks: z
    .strictObject({
      categories: z.partialRecord(category, mode).optional().describe('Unnamed ones block.'),
      threshold: z.number().min(0.05).max(1).optional().describe('How sure a recogniser must be; default 0.5.'),
    })
    .optional(),
  validation: z
    .strictObject({
      undeclared: mode.optional().describe('Operations that no specification declares.'),
      'unknown-fields': mode.optional(),
      'unknown-parameters': mode.optional(),
      'harmless-faults': mode
        .optional()
        .describe('What breaks the specification and cannot hurt: left out, out of bounds, a plain value of another type. Default log.'),
      learned: mode
        .optional()
        .describe('What is unlike all that went well before, at operations that no specification declares. Default log.'),
      'response-share': share.optional(),
      'mask-fields': texts.optional().describe('Fields masked in responses: `$.items[].ssn`.'),
      depth: z.int().min(1).max(1000).optional(),
    })
    .optional(),
  behaviour: z.strictObject({ discovery: mode.optional(), guessing: mode.optional(), slow: mode.optional() }).optional(),
  rules: z.array(rule).max(entriesMax).optional(),
  defaults: z.strictObject(routeSettings).optional().describe('For every request; routes go over them.'),
  routes: z
    .array(z.strictObject({ id: id.optional(), match: routeMatch, ...routeSettings }))
    .max(entriesMax)
    .optional()
    .describe('Later ones go over earlier ones.'),
  cedar: z.string().min(1).max(1_000_000).optional().describe('Cedar policies, for what rules cannot say.'),
  canary: z
    .strictObject({
      share: z.number().gt(0).lt(1).describe('Of clients.'),
      'refused-max': share.describe('Rolled back when it refuses more than this share above the present policy.'),
      for: duration,
    })
    .optional(),
});

export type PolicyFile = z.infer<typeof policySchema>;
export type RouteFile = NonNullable<PolicyFile['defaults']>;

/** The JSON Schema that editors use; `docs/policy.schema.json` is this text. */
export function policyJsonSchema(): string {
  const schema = z.toJSONSchema(policySchema, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Stance policy' }, null, 2)}\n`;
}
