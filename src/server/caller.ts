/**
 * Who may call, checked before anything is read: the right host name (DNS rebinding), no other site (cross-site request
 * forgery), and a session. Loopback alone protects nothing: every page in the user's browser can reach it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { StanceError } from '../errors.ts';
import { type SessionKeeper, sameSecret } from './session.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who acts, for the audit; empty before the session is known. */
    actor: string;
    /** What a change must send as `x-stance-csrf`; empty for the command line, which a browser cannot imitate. */
    csrf: string;
  }
}

export interface CallerRules {
  readonly sessions: SessionKeeper;
  /** Lower-case names the server answers to, with port where one was given. */
  readonly isOwnHost: (host: string) => boolean;
  /** From the 0600 file in the data folder: whoever can read it owns the data already. */
  readonly commandSecret: string;
  readonly cookieName: () => string;
  readonly actor: string;
}

/** Who acts when the secret of the data folder was shown. */
export const commandLineActor = 'command line';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Refuses a request that names another host than ours, on every address. */
export function requireOwnHost(app: FastifyInstance, rules: Pick<CallerRules, 'isOwnHost'>): void {
  app.addHook('onRequest', async (request) => {
    const host = request.headers.host?.toLowerCase();
    if (host !== undefined && rules.isOwnHost(host)) return;
    throw new StanceError('forbidden', {
      message: 'This server does not answer to that host name.',
      next: 'Open the address that `stance up` printed; a further name is allowed with --host-name.',
    });
  });
}

/** Lets pass only this page with a session, or the command line with the secret of the data folder. */
export function requireSession(app: FastifyInstance, rules: CallerRules): void {
  app.addHook('onRequest', async (request) => {
    refuseOtherSites(request, rules);
    const authorization = request.headers.authorization;
    if (authorization !== undefined) {
      if (!sameSecret(authorization, `Bearer ${rules.commandSecret}`)) throw signInNeeded();
      request.actor = commandLineActor;
      return;
    }
    const session = rules.sessions.find(request.cookies[rules.cookieName()]);
    if (session === null) throw signInNeeded();
    if (!safeMethods.has(request.method) && !sameSecret(headerText(request, 'x-stance-csrf'), session.csrf)) {
      throw new StanceError('forbidden', {
        message: 'The change did not come with the token of this session.',
        next: 'Reload the page and try again.',
      });
    }
    request.actor = rules.actor;
    request.csrf = session.csrf;
  });
}

/**
 * Fetch metadata (W3C) where the browser sends it, else Origin. `same-site` is refused too: another port of localhost
 * is the same site, and may be anybody's program.
 */
function refuseOtherSites(request: FastifyRequest, rules: Pick<CallerRules, 'isOwnHost'>): void {
  const site = headerText(request, 'sec-fetch-site');
  const isTyped = site === 'none' && safeMethods.has(request.method);
  const origin = headerText(request, 'origin');
  const isOtherSite = site !== undefined && site !== 'same-origin' && !isTyped;
  if (!isOtherSite && (origin === undefined || isOwnOrigin(origin, request, rules))) return;
  throw new StanceError('forbidden', { message: 'Another site may not call this server.', next: 'Use the page of this server.' });
}

function isOwnOrigin(origin: string, request: FastifyRequest, rules: Pick<CallerRules, 'isOwnHost'>): boolean {
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
  return host !== undefined && host === request.headers.host?.toLowerCase() && rules.isOwnHost(host);
}

function signInNeeded(): StanceError {
  return new StanceError('sign-in-needed', {
    message: 'There is no session.',
    next: 'Open the link that `stance up` printed, or make a new one with `stance link`.',
  });
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
