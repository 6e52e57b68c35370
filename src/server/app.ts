/** The HTTP application: who may call, the REST API, its description, and the page. Listens nowhere by itself. */
import fastifyCookie from '@fastify/cookie';
import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Workspace } from '../workspace/use-cases.ts';
import { apiDescription } from './api-description.ts';
import { requireOwnHost, requireSession } from './caller.ts';
import { EventStreams } from './events.ts';
import { ownHosts } from './host-names.ts';
import { answerError, sendProblem } from './problem.ts';
import { changeRoutes } from './routes/change.ts';
import { controlRoutes } from './routes/control.ts';
import { decisionRoutes } from './routes/decision.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { eventRoutes } from './routes/event.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { exportRoutes } from './routes/export.ts';
import { findingRoutes } from './routes/finding.ts';
import { guardRoutes } from './routes/guard.ts';
import { importRoutes } from './routes/import.ts';
import { inventoryRoutes } from './routes/inventory.ts';
import { limitRoutes } from './routes/limit.ts';
import { operationRoutes } from './routes/operation.ts';
import { policyRoutes } from './routes/policy.ts';
import { postureRoutes } from './routes/posture.ts';
import { addOpenRoute, linkAddress, sessionRoutes } from './routes/session.ts';
import { settingsRoutes } from './routes/settings.ts';
import { sourceRoutes } from './routes/source.ts';
import { threatRoutes } from './routes/threat.ts';
import { mainWorkspace, workspaceRoutes } from './routes/workspace.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { RouteParts, ServerParts } from './server-parts.ts';
import { SessionKeeper } from './session.ts';
import { serveStatic } from './static.ts';
import { WorkspacePool } from './workspace-pool.ts';

export const apiPrefix = '/api/v1';

/** JSON bodies, bytes; what may be larger says so at its route. */
const bodyBytesMax = 1024 * 1024;
/** Time for a client to send its headers, and its whole request; milliseconds. An upload of 4 GiB fits at 7 MB/s. */
const headersMsMax = 15_000;
const requestMsMax = 10 * 60_000;
/** A connection nobody uses is closed after this; milliseconds. */
const idleMsMax = 120_000;
const keepAliveMsMax = 30_000;
const connectionsMax = 512;

export interface App {
  readonly fastify: FastifyInstance;
  /** A new one-time link. */
  link(): { readonly url: string; readonly expiresMs: number };
  /** Where the app was found to listen; needed before the first request. */
  listensOn(port: number, address: string): void;
  /** Takes the writer's place of all workspaces. */
  openAll(holder: string): Promise<void>;
  workspace(name: string): Promise<Workspace>;
  /** Lets requests in hand end, then closes streams and workspaces. */
  close(): Promise<void>;
}

export async function buildApp(parts: ServerParts): Promise<App> {
  const sessions = new SessionKeeper({ now: parts.now });
  const events = new EventStreams();
  const pool = new WorkspacePool(parts.host);
  let port = 0;
  let address = '';
  let isOwnHost: (host: string) => boolean = () => false;
  const cookieName = () => `stance_session_${port}`;

  const fastify = Fastify({
    logger: loggerOf(parts),
    // One line of our own a request instead: see addAccessLog.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    connectionTimeout: idleMsMax,
    keepAliveTimeout: keepAliveMsMax,
    forceCloseConnections: 'idle',
    http: { headersTimeout: headersMsMax, maxHeaderSize: 32 * 1024 },
    routerOptions: { maxParamLength: 500, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply);
    },
  });
  fastify.server.maxConnections = connectionsMax;
  fastify.setErrorHandler(answerError);
  fastify.decorateRequest('actor', '');
  fastify.decorateRequest('csrf', '');
  fastify.setValidatorCompiler(validatorCompiler);
  fastify.setSerializerCompiler(parts.checkAnswers === true ? serializerCompiler : () => (data) => JSON.stringify(data));
  const routeParts: RouteParts = { ...parts, sessions, events, pool, address: () => address, logger: fastify.log };

  addSecurityHeaders(fastify);
  addAccessLog(fastify);
  requireOwnHost(fastify, { isOwnHost: (host) => isOwnHost(host) });
  await fastify.register(fastifyCookie);
  await fastify.register(fastifySwagger, apiDescription(parts.version));

  await fastify.register(
    async (api) => {
      requireSession(api, {
        sessions,
        isOwnHost: (host) => isOwnHost(host),
        commandSecret: parts.commandSecret,
        cookieName,
        actor: parts.actor,
      });
      api.setNotFoundHandler((_request, reply) =>
        sendProblem(reply, { status: 404, code: 'not-found', detail: 'The API has nothing at this address.' }),
      );
      const typed = api.withTypeProvider<ZodTypeProvider>();
      await typed.register(sessionRoutes(routeParts));
      await typed.register(workspaceRoutes(routeParts));
      for (const routes of [
        postureRoutes,
        changeRoutes,
        operationRoutes,
        inventoryRoutes,
        decisionRoutes,
        findingRoutes,
        controlRoutes,
        evidenceRoutes,
        sourceRoutes,
        importRoutes,
        settingsRoutes,
        doctorRoutes,
        exportRoutes,
        eventRoutes,
        threatRoutes,
        guardRoutes,
        limitRoutes,
        policyRoutes,
      ]) {
        await typed.register(routes(routeParts), { prefix: '/workspaces/:ws' });
      }
      api.get('/openapi.json', { schema: { hide: true } as object }, async () => fastify.swagger());
    },
    { prefix: apiPrefix },
  );
  addOpenRoute(fastify, routeParts, cookieName);
  await serveStatic(fastify, parts.webDir);

  return {
    fastify,
    link() {
      const { token, expiresMs } = sessions.makeLink();
      return { url: linkAddress(address, token), expiresMs };
    },
    listensOn(listenPort, shownAddress) {
      port = listenPort;
      address = shownAddress;
      isOwnHost = ownHosts(listenPort, parts.hostNames);
    },
    openAll: (holder) => pool.openAll(mainWorkspace, holder),
    workspace: (name) => pool.get(name),
    async close() {
      events.close();
      await fastify.close();
      await pool.close();
    },
  };
}

/** Repeated names become lists; at most 200 parameters, so that a long query cannot cost much. */
function parseQuery(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = Object.create(null);
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > 200) break;
    const there = query[name];
    query[name] = there === undefined ? value : Array.isArray(there) ? [...there, value] : [there, value];
  }
  return query;
}

function loggerOf({ log }: ServerParts) {
  if (log === undefined) return false;
  return { level: log.level, base: null, stream: { write: log.write } };
}

/** One line a request: method, route and outcome. Never the query, the body or a header: those may hold secrets. */
function addAccessLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'no route';
    request.log.info({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
  });
}
