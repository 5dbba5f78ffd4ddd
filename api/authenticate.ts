import type { FastifyRequest } from 'fastify';
import { NOBODY, SCOPES, type Caller, type Scope } from './caller.js';
import type { Api } from './api.js';
import { ProblemError } from './problem.js';

/**
 * Finds out who is calling.
 * @throws ProblemError `unauthenticated`, or `authentication-unavailable`.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** `--no-auth`: whoever can reach the address may do all. It is only for loopback. */
export const withoutAuthentication: Authenticate = () =>
  Promise.resolve({ name: 'anonymous', scopes: SCOPES });

/** One place asks for every route's credential and scope. */
export function guard(app: Api, authenticate: Authenticate): void {
  app.decorateRequest('caller');
  app.decorateRequest('refusal');
  app.addHook('onRequest', async (request) => {
    request.caller = NOBODY;
    if (neededScope(request) === undefined) return;
    try {
      request.caller = await authenticate(request);
    } catch (thrown) {
      // Thrown later: the rate limit counts the requests of strangers, too.
      request.refusal = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  });
  app.addHook('preParsing', async (request) => {
    const scope = neededScope(request);
    if (scope === undefined) return;
    if (request.refusal !== undefined) throw request.refusal;
    const { name, scopes } = request.caller;
    if (scopes.includes(scope)) return;
    throw new ProblemError(
      'forbidden',
      `This needs the scope "${scope}"; ${name} has ${scopes.join(', ') || 'none'}.`,
    );
  });
}

/** What is at no address asks for nothing: it is answered as not found. */
function neededScope(request: FastifyRequest): Scope | undefined {
  const { scope } = request.routeOptions.config;
  return scope === 'open' ? undefined : scope;
}
