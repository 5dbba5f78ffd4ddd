import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { ApiSettings } from '../config/api-settings.js';
import { parseDurationMs } from '../contract/duration.js';
import type { Api } from './api.js';
import type { Authenticate } from './authenticate.js';
import { NOBODY, type Scope } from './caller.js';
import { ProblemError } from './problem.js';

/**
 * What stands before every route, in this order: who is calling, whether they call too often, whether they may do this. Strangers
 * count by their address, and are refused after they were counted.
 */
export async function guard(
  app: Api,
  authenticate: Authenticate,
  limit: ApiSettings['rateLimit'],
): Promise<void> {
  app.decorateRequest('caller');
  app.decorateRequest('refusal');
  app.addHook('onRequest', async (request) => {
    request.caller = NOBODY;
    if (neededScope(request) === undefined) return;
    try {
      request.caller = await authenticate(request);
    } catch (thrown) {
      request.refusal = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  });
  if (limit !== null) await addRateLimit(app, limit);
  app.addHook('onRequest', async (request) => {
    const scope = neededScope(request);
    if (scope === undefined) return;
    if (request.refusal !== undefined) throw request.refusal;
    const { name, scopes } = request.caller;
    if (scopes.includes(scope)) return;
    const has = scopes.join(', ') || 'none';
    throw new ProblemError('forbidden', `This needs the scope "${scope}"; ${name} has ${has}.`);
  });
}

async function addRateLimit(app: Api, { calls, per }: NonNullable<ApiSettings['rateLimit']>): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: calls,
    timeWindow: parseDurationMs(per) ?? 0,
    enableDraftSpec: true,
    keyGenerator: ({ caller, ip }) => (caller === NOBODY ? `address ${ip}` : caller.name),
    errorResponseBuilder: (_request, { ttl }) => {
      const seconds = Math.ceil(ttl / 1_000);
      const detail = `No more than ${calls} requests in ${per}: wait ${seconds} s.`;
      return new ProblemError('rate-limited', detail, { headers: { 'retry-after': String(seconds) } });
    },
  });
  const count = app.rateLimit();
  app.addHook('onRequest', async function limited(request, reply) {
    // Whoever runs the service asks how it is, and as often as they like.
    if (request.routeOptions.config.rateLimit !== false) await count.call(app, request, reply);
  });
}

/** What is at no address asks for nothing: it is answered as not found. */
function neededScope(request: FastifyRequest): Scope | undefined {
  const { scope } = request.routeOptions.config;
  return scope === 'open' ? undefined : scope;
}
