/** Spool files of guard workers: one batch of masked evidence a line. Read as carefully as any input: a disk can hold anything. */
import { z } from 'zod';
import { sections } from '../engine/evidence/decision.ts';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import type { Observation } from '../engine/evidence/observation.ts';

/** Items of one list in a batch; a worker makes 256. */
const ITEMS_MAX = 1_000;
const NAME_CHARS_MAX = 2_048;
const NUMBER_MAX = 8.64e15;
const COUNT_MAX = 1e12;

const name = z.string().max(NAME_CHARS_MAX);
const optional = name.nullable();
/** Instants and sizes; what lies beyond was not written by a worker. */
const number = z.number().min(-NUMBER_MAX).max(NUMBER_MAX);
const count = z.number().min(0).max(COUNT_MAX);
const fields = z
  .array(z.object({ path: name, type: z.enum(['string', 'number', 'boolean', 'null', 'object', 'array']) }))
  .max(ITEMS_MAX)
  .nullable();

const observation = z.object({
  atMs: number,
  method: name,
  scheme: z.enum(['http', 'https']).nullable(),
  host: optional,
  service: optional,
  environment: optional,
  segments: z.array(z.object({ text: name, shape: name, print: name })).max(64),
  oddSpelling: z.boolean(),
  queryNames: z.array(name).max(100),
  status: number.nullable(),
  durationMs: number.nullable(),
  requestBytes: number.nullable(),
  responseBytes: number.nullable(),
  client: optional,
  principal: optional,
  agent: optional,
  auth: name,
  credentialInUrl: z.boolean(),
  route: optional,
  responseType: optional,
  tlsVersion: optional,
  requestFields: fields,
  responseFields: fields,
  segmentEchoes: z.array(optional).max(64).nullable(),
  deprecation: optional,
  sunset: optional,
  graphql: z.object({ type: z.enum(['query', 'mutation', 'subscription']), name: optional, fields: z.array(name).max(100) }).nullable(),
  noise: optional,
  line: number,
});

const decision = z.object({
  atMs: number,
  incident: name,
  outcome: z.enum(['allow', 'would-block', 'block']),
  section: z.enum(sections),
  rule: name,
  reason: name,
  place: optional,
  alsoRules: z.array(name).max(100),
  method: name,
  template: name,
  service: optional,
  host: optional,
  status: number.nullable(),
  client: optional,
  network: optional,
  principal: optional,
  agent: optional,
  policyVersion: name,
  allowedBy: optional,
  count: count.min(1),
});

const batch = z.object({
  worker: z.string().min(1).max(100),
  seq: z.number().int().min(1),
  atMs: number,
  observations: z.array(observation).max(ITEMS_MAX),
  decisions: z.array(decision).max(ITEMS_MAX),
  minutes: z.array(z.object({ minuteMs: number, service: name, requests: count })).max(ITEMS_MAX),
  losses: z.array(z.object({ why: z.enum(['queue-full', 'spool-full', 'spool-failed']), observations: count, decisions: count })).max(10),
  status: z.object({
    pid: number,
    startedMs: number,
    policyVersion: name,
    mode: z.enum(['off', 'log', 'block']).exactOptional(),
    doors: z.array(name).max(20),
    requests: count,
    blocked: count,
    wouldBlock: count,
    faults: count,
    failOpen: count,
    folded: count,
    lostObservations: count,
    lostDecisions: count,
    spoolBytes: count,
  }),
});

/** A line as a batch, or why it is none. */
export function readGuardLine(line: string): GuardBatch | { readonly malformed: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { malformed: 'not JSON: the worker was stopped while it wrote' };
  }
  const read = batch.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0];
    return { malformed: `not a batch of evidence: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.slice(0, 200) };
  }
  // Words of `auth` and `noise` are the engine's own list, which grows; what it does not know it counts under its own name.
  return { ...read.data, observations: read.data.observations as readonly Observation[] };
}
