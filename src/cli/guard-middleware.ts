/**
 * The guard inside an application: the same decision as in front of it, as middleware. Evidence goes to the spool of the
 * data folder, where `stance up` takes it from.
 */
import { expressGuard, fastifyGuard } from '../gateway/middleware.ts';
import { closedDoors, readGuardSetup } from './guard-setup.ts';
import { createGuard } from './guard-worker.ts';

export interface MiddlewarePlaces {
  /** Data folder; `.stance` when absent. */
  readonly data?: string;
  /** Policy file; absent = `policy:` of `stance.yaml` here, else the built-in policy. */
  readonly policy?: string;
  readonly specs?: readonly string[];
}

export interface GuardMiddleware {
  /** `app.use(guard.express)`, after the body parser when bodies shall be judged. */
  readonly express: ReturnType<typeof expressGuard>;
  /** `app.addHook('preValidation', guard.fastify)`. */
  readonly fastify: ReturnType<typeof fastifyGuard>;
  /** Writes down what is pending; call it when the application stops. */
  close(): Promise<void>;
}

/** @throws StanceError when policy or specifications do not read: the application should not start then */
export async function openGuard(places: MiddlewarePlaces = {}): Promise<GuardMiddleware> {
  const setup = await readGuardSetup({
    dir: places.data ?? '.stance',
    workspace: 'main',
    policyFile: places.policy ?? null,
    specFiles: places.specs ?? [],
    upstream: null,
    needsUpstream: false,
    mode: null,
    doors: closedDoors,
  });
  const guard = await createGuard(setup, { worker: 0, pid: process.pid, hand: async () => false, say: () => undefined });
  const options = { decider: guard.decider, client: guard.client };
  return {
    express: expressGuard(options),
    fastify: fastifyGuard(options),
    close: async () => guard.stop?.(),
  };
}
