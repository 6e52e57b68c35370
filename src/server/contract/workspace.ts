import { z } from 'zod';
import { finding } from './finding.ts';
import { instant, list, nameText } from './list.ts';
import { exchangeRow } from './operation.ts';
import { sourceRecord } from './source.ts';
import { decisionRecord } from './threat.ts';

/** Also the folder name of the workspace, so it can hold nothing that a path could mean. */
export const workspaceName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    'Use 1 to 40 small letters, digits and hyphens, starting and ending with a letter or digit.',
  );

export const workspaceRow = z
  .strictObject({ name: z.string(), badge: z.literal('sample').nullable(), createdMs: instant.nullable(), empty: z.boolean() })
  .meta({ id: 'WorkspaceRow' });

export const workspaceCreation = z.strictObject({ name: workspaceName });
export const workspaceParams = z.strictObject({ ws: workspaceName });
/** A workspace and one thing in it. */
export const thingParams = z.strictObject({ ws: workspaceName, id: nameText.min(1) });

export const sessionView = z
  .strictObject({
    actor: z.string(),
    workspaceDefault: z.string(),
    version: z.string(),
    /** To be sent as `x-stance-csrf` with every change. */
    csrf: z.string(),
  })
  .meta({ id: 'Session' });

export const linkView = z.strictObject({ url: z.string(), expiresMs: instant });

export const doctorLine = z
  .strictObject({
    level: z.enum(['ok', 'doubt', 'fail', 'blind']),
    topic: z.string(),
    text: z.string(),
    fix: z.string().nullable(),
  })
  .meta({ id: 'DoctorLine' });

export const auditEntry = z
  .strictObject({ atMs: instant, actor: z.string(), action: z.string(), subject: z.string(), detail: z.string() })
  .meta({ id: 'AuditEntry' });
export const auditQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).optional() });

export const exportQuery = z.strictObject({
  form: z.enum(['openapi-3.1', 'openapi-3.0', 'cyclonedx', 'csv', 'json']),
  service: nameText.optional(),
});

const head = { ref: z.string(), title: z.string() };
/** Whatever an evidence reference points at. */
export const evidenceView = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('source'), ...head, source: sourceRecord }),
    z.strictObject({
      kind: z.literal('document'),
      ...head,
      file: z.string(),
      digest: z.string(),
      format: z.string(),
      operations: z.number(),
    }),
    z.strictObject({ kind: z.literal('operation'), ...head, operationId: z.string(), exchanges: list(exchangeRow) }),
    z.strictObject({ kind: z.literal('decision'), ...head, decision: decisionRecord }),
    z.strictObject({ kind: z.literal('setting'), ...head, text: z.string() }),
    z.strictObject({ kind: z.literal('finding'), ...head, finding }),
  ])
  .meta({ id: 'EvidenceView' });

export const evidenceQuery = z.strictObject({ ref: nameText.min(1) });
export const nothing = z.strictObject({});
