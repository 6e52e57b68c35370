import { z } from 'zod';
import { madeDecision } from './decision.ts';
import { list } from './list.ts';
import { audience, dataLevel, environmentKind } from './operation.ts';

/** Largest `stance.yaml`, characters. */
export const settingsCharsMax = 2_000_000;

export const firstAnswers = z
  .strictObject({
    lead: z.enum(['independent', 'also-builds', 'nobody', 'unknown']).nullable(),
    dataSteward: z.enum(['named', 'nobody', 'unknown']).nullable(),
    incidentPlan: z.enum(['written-and-exercised', 'written', 'none', 'unknown']).nullable(),
    sdlcAndDocs: z.enum(['both', 'sdlc-only', 'docs-only', 'none', 'unknown']).nullable(),
    environments: z.enum(['separate-with-own-data', 'separate-shared-data', 'shared', 'unknown']).nullable(),
    gatewayAccess: z.enum(['named-with-2fa', 'named-without-2fa', 'shared', 'unknown']).nullable(),
  })
  .meta({ id: 'FirstAnswers' });

/** Some of the six answers; null takes an answer back. */
export const answersChange = firstAnswers.partial();

const optionalText = z.string().nullable();

export const settings = z
  .strictObject({
    organisation: z.strictObject({
      name: optionalText,
      staff: z.number().nullable(),
      sector: optionalText,
      places: list(z.string()),
    }),
    project: z.string().exactOptional(),
    specs: list(z.string()).exactOptional(),
    docs: list(z.string()).exactOptional(),
    environments: list(z.strictObject({ name: z.string(), kind: environmentKind, hosts: list(z.string()) })),
    apis: list(
      z.strictObject({
        name: z.string(),
        hosts: list(z.string()),
        paths: list(z.string()),
        audience: audience.nullable(),
        owner: optionalText,
        purpose: optionalText,
        dataLevel: dataLevel.nullable(),
        publicOperations: list(z.string()),
        specs: list(z.string()),
        docs: list(z.string()),
        supplier: optionalText,
        renewal: optionalText,
        contract: optionalText.exactOptional(),
      }),
    ),
    people: list(z.strictObject({ id: z.string(), name: z.string(), team: optionalText, active: z.boolean() })),
    roles: list(
      z.strictObject({
        role: z.string(),
        person: optionalText,
        deputy: optionalText,
        acceptedOn: optionalText,
        alsoBuilds: z.boolean().nullable(),
      }),
    ),
    plans: list(
      z.strictObject({
        kind: z.string(),
        location: z.string(),
        owner: optionalText,
        reviewedOn: optionalText,
        exercisedOn: optionalText,
        parts: list(z.string()).exactOptional(),
      }),
    ),
    attestations: list(
      z.strictObject({
        control: z.string(),
        by: z.string(),
        on: z.string(),
        until: z.string(),
        statement: z.string(),
        link: optionalText,
        share: z.number(),
      }),
    ),
    waivers: list(z.strictObject({ id: z.string(), until: z.string(), because: z.string(), owner: z.string() })),
    notApplicable: list(z.strictObject({ control: z.string(), because: z.string(), approvedBy: z.string() })),
    answers: firstAnswers,
    templates: list(madeDecision),
    gate: z.strictObject({
      new: z.enum(['critical', 'high', 'medium', 'low']).nullable(),
      onError: z.enum(['fail', 'neutral']),
      confidence: z.enum(['high', 'medium', 'low']).exactOptional(),
    }),
    silentAfterDays: z.number(),
  })
  .meta({ id: 'Settings' });

export const settingsView = z.strictObject({ text: z.string(), settings });
export const settingsChange = z.strictObject({ text: z.string().max(settingsCharsMax) });
