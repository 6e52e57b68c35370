import { z } from 'zod';
import { instant, list } from './list.ts';

/** One worker as it last told of itself; counts are since its start. */
export const guardWorker = z
  .strictObject({
    id: z.string(),
    heardMs: instant,
    /** Heard within the last two minutes. */
    isAlive: z.boolean(),
    pid: z.number(),
    startedMs: instant,
    policyVersion: z.string(),
    /** Nothing is enforced beyond it, whatever the policy says. */
    mode: z.enum(['off', 'log', 'block']).optional(),
    doors: list(z.string()),
    requests: z.number(),
    blocked: z.number(),
    wouldBlock: z.number(),
    /** Connections that never became a request, or were cut off. */
    faults: z.number(),
    failOpen: z.number(),
    /** Identical decisions that share one record. */
    folded: z.number(),
    lostObservations: z.number(),
    lostDecisions: z.number(),
    spoolBytes: z.number(),
  })
  .meta({ id: 'GuardWorker' });

export const guardStatus = z
  .strictObject({
    /** Newest first. */
    workers: list(guardWorker),
    alive: z.number(),
    /** Of the workers that are alive; more than one while a new policy or a canary is being rolled out. */
    policyVersions: list(z.string()),
    doors: list(z.string()),
    /** Of all workers known. */
    totals: z.strictObject({
      requests: z.number(),
      blocked: z.number(),
      wouldBlock: z.number(),
      faults: z.number(),
      failOpen: z.number(),
      lostObservations: z.number(),
      lostDecisions: z.number(),
      spoolBytes: z.number(),
    }),
  })
  .meta({ id: 'GuardStatus' });
