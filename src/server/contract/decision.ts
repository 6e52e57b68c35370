import { z } from 'zod';
import { freeText, instant, list, nameText } from './list.ts';

/** Templates or values one decision may name. */
const membersMax = 200;
const template = nameText.min(1);

export const templateDecision = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('merge'), service: nameText, templates: z.array(template).min(1).max(membersMax), into: template }),
    z.strictObject({ kind: z.literal('split'), service: nameText, template, values: z.array(template).min(1).max(membersMax) }),
    z.strictObject({ kind: z.literal('rename'), service: nameText, template, into: template }),
    z.strictObject({ kind: z.literal('pin'), service: nameText, template }),
    z.strictObject({
      kind: z.literal('exclude'),
      service: nameText,
      method: nameText.nullable(),
      template,
      reason: freeText.min(1),
    }),
  ])
  .meta({ id: 'TemplateDecision' });

export const decisionRequest = z.strictObject({ decision: templateDecision });
export const decisionMade = z.strictObject({ id: z.string() });

/** As `templateDecision`, unbounded and typed read-only for answers. */
export const madeDecision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('merge'), service: z.string(), templates: list(z.string()), into: z.string() }),
  z.strictObject({ kind: z.literal('split'), service: z.string(), template: z.string(), values: list(z.string()) }),
  z.strictObject({ kind: z.literal('rename'), service: z.string(), template: z.string(), into: z.string() }),
  z.strictObject({ kind: z.literal('pin'), service: z.string(), template: z.string() }),
  z.strictObject({
    kind: z.literal('exclude'),
    service: z.string(),
    method: z.string().nullable(),
    template: z.string(),
    reason: z.string(),
  }),
]);

export const storedDecision = z.strictObject({ id: z.string(), atMs: instant, decision: madeDecision }).meta({ id: 'StoredDecision' });

const templateCount = z.strictObject({ method: z.string(), template: z.string(), calls: z.number() });
export const decisionPreview = z.strictObject({ before: list(templateCount), after: list(templateCount) }).meta({ id: 'DecisionPreview' });
