/** The shape of `stance.yaml`: one schema that validates it, types it, and is published for editors. */
import { z } from 'zod';
import { policySchema } from './policy-schema.ts';

/** Entries of any list or map in the file. */
const entriesMax = 5000;

const text = z.string().min(1).max(2000);
const name = z.string().min(1).max(200);
const day = z.iso.date().describe('A date: 2026-12-31.');
const texts = z.array(text).max(entriesMax);
const severity = z.enum(['critical', 'high', 'medium', 'low']);

function mapOf<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().min(1).max(200), value);
}

const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^/\s]+$/, 'a host without scheme or path, such as api.example.com')
  .describe('Host without scheme or path; `*.example.com` for all below it.');

const environment = z.strictObject({
  kind: z
    .enum(['production', 'test', 'development', 'staging'])
    .optional()
    .describe('Taken from the name when that says it: prod, test, staging, dev.'),
  hosts: z.array(host).max(entriesMax).optional(),
});

const api = z.strictObject({
  hosts: z.array(host).max(entriesMax).optional(),
  paths: z
    .array(z.string().startsWith('/').max(2000))
    .max(entriesMax)
    .optional()
    .describe('Path prefixes that belong to this API on those hosts.'),
  audience: z.enum(['public', 'partner', 'private', 'consumed']).optional(),
  owner: name.optional().describe('Team or person who answers for it.'),
  purpose: text.optional().describe('Why it exists.'),
  'data-level': z.enum(['public', 'internal', 'confidential', 'restricted']).optional(),
  'public-operations': texts.optional().describe('Operations open to anyone on purpose: `GET /health`.'),
  specs: texts.optional(),
  docs: texts.optional(),
  supplier: name.optional().describe('For an API that somebody else runs.'),
  contract: text.optional().describe('Where the contract is kept.'),
  renewal: day.optional().describe('When the contract is renewed.'),
});

const person = z.strictObject({
  name: name.optional(),
  team: name.optional(),
  active: z.boolean().optional().describe('false once the person has left; default true.'),
});

const role = z.strictObject({
  person: name.optional(),
  deputy: name.optional(),
  'accepted-on': day.optional(),
  'also-builds': z.boolean().optional().describe('Whether the holder also builds or runs the APIs.'),
});

const plan = z.strictObject({
  location: text.describe('File, folder or address.'),
  owner: name.optional(),
  'reviewed-on': day.optional(),
  'exercised-on': day.optional(),
});

const control = z.string().regex(/^(?:PPL|PRC|TEC)-\d{2}$/, 'a control id such as TEC-18');

const attestation = z.strictObject({
  control,
  by: name,
  on: day,
  until: day,
  statement: text,
  link: text.optional(),
  share: z.number().min(0).max(1).optional().describe('Share of the control that is claimed to hold; default 1.'),
});

const waiver = z.strictObject({
  id: z.string().regex(/^(?:F-[a-z0-9]+|(?:PPL|PRC|TEC)-\d{2})$/, 'a finding id (F-...) or a control id (TEC-18)'),
  until: day,
  because: text,
  owner: name,
});

const notApplicable = z.strictObject({ control, because: text, 'approved-by': name });

const answers = z.strictObject({
  lead: z.enum(['independent', 'also-builds', 'nobody', 'unknown']).optional(),
  'data-steward': z.enum(['named', 'nobody', 'unknown']).optional(),
  'incident-plan': z.enum(['written-and-exercised', 'written', 'none', 'unknown']).optional(),
  'sdlc-and-docs': z.enum(['both', 'sdlc-only', 'docs-only', 'none', 'unknown']).optional(),
  environments: z.enum(['separate-with-own-data', 'separate-shared-data', 'shared', 'unknown']).optional(),
  'gateway-access': z.enum(['named-with-2fa', 'named-without-2fa', 'shared', 'unknown']).optional(),
});

const template = z.string().startsWith('/').max(2000);

const templateDecision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('merge'), service: name, templates: z.array(template).min(1).max(entriesMax), into: template }),
  z.strictObject({ kind: z.literal('split'), service: name, template, values: z.array(name).min(1).max(entriesMax) }),
  z.strictObject({ kind: z.literal('rename'), service: name, template, into: template }),
  z.strictObject({ kind: z.literal('pin'), service: name, template }),
  z.strictObject({ kind: z.literal('exclude'), service: name, method: name.optional(), template, reason: text }),
]);

export const stanceSchema = z.strictObject({
  project: name.optional(),
  organisation: z
    .strictObject({
      name: name.optional(),
      staff: z.int().min(0).max(10_000_000).optional(),
      sector: name.optional(),
      places: texts.optional().describe('Where it works and where its customers are: `US-NY`, `DE`.'),
    })
    .optional(),
  environments: mapOf(environment).optional().describe('By name: `prod: {hosts: [api.example.com]}`.'),
  specs: texts.optional().describe('File patterns of specs.'),
  docs: texts.optional().describe('Where documentation lives.'),
  apis: mapOf(api).optional().describe('By the short name that joins documents and traffic.'),
  people: mapOf(person).optional().describe('By id.'),
  roles: mapOf(role).optional().describe('`api-security-lead`, `data-steward`, `incident-commander`, ...'),
  plans: mapOf(plan).optional().describe('`incident-response`, `sdlc`, `documentation`, `resources`, `risk-assessment`, ...'),
  attestations: z.array(attestation).max(entriesMax).optional(),
  waivers: z.array(waiver).max(entriesMax).optional(),
  'not-applicable': z.array(notApplicable).max(entriesMax).optional(),
  answers: answers.optional().describe('The six questions of the first run.'),
  templates: z.array(templateDecision).max(entriesMax).optional().describe('Decisions about path templates.'),
  policy: z
    .union([text, policySchema], { error: 'a policy, or the path of a file that holds one' })
    .optional()
    .describe('What the guard makes true: the policy itself, or the path of its file from here.'),
  gate: z
    .strictObject({
      new: severity.optional().describe('New findings of this severity or above fail the check.'),
      confidence: z.enum(['high', 'medium', 'low']).optional(),
      'on-error': z.enum(['fail', 'neutral']).optional(),
    })
    .optional(),
  'silent-after-days': z.int().min(1).max(3650).optional(),
});

export type StanceFile = z.infer<typeof stanceSchema>;

/** The JSON Schema that editors use; `docs/stance.schema.json` is this text. */
export function stanceJsonSchema(): string {
  const schema = z.toJSONSchema(stanceSchema, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'stance.yaml' }, null, 2)}\n`;
}
