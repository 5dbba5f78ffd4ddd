import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { ApiSettings } from '../config/api-settings.js';
import { parseDurationMs } from '../contract/duration.js';
import type { Api } from './api.js';
import { tokenOf, type Authenticate } from './authenticate.js';
import { NOBODY, type Scope } from './caller.js';
import { KnownTokens } from './known-tokens.js';
import { ProblemError } from './problem.js';

/** Of addresses that have been told to wait. */
const MOST_REMEMBERED = 5_000;

/**
 * What stands before every route, in this order: who is calling, whether they call too often, whether they may do this. Strangers
 * count by their address, and are refused after they were counted. Of an address whose strangers have to wait, no more signatures
 * are checked until then, for they would cost more than all else, but of tokens that were good lately: strangers behind the same
 * proxy lock nobody out who has come before them.
 */
export async function guard(
  app: Api,
  authenticate: Authenticate,
  limit: ApiSettings['rateLimit'],
): Promise<void> {
  app.decorateRequest('caller');
  app.decorateRequest('refusal');
  const untilMs = new Map<string, number>();
  const known = new KnownTokens();
  app.addHook('onRequest', async (request) => {
    request.caller = NOBODY;
    if (neededScope(request) === undefined) return;
    const restMs = (untilMs.get(request.ip) ?? 0) - Date.now();
    const token = tokenOf(request);
    if (restMs > 0 && token !== undefined && !known.has(token)) {
      request.refusal = tooMany('Too many requests of nobody known came from this address', restMs);
      return;
    }
    try {
      request.caller = await authenticate(request);
      if (token !== undefined) known.add(token);
    } catch (thrown) {
      // It has expired, and costs no more than once; while its issuer is away it may be good.
      if (token !== undefined && isRefused(thrown)) known.forget(token);
      request.refusal = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  });
  const toldToWait = (ip: string, ms: number) => {
    if (untilMs.size >= MOST_REMEMBERED) untilMs.clear();
    untilMs.set(ip, Date.now() + ms);
  };
  if (limit !== null) await addRateLimit(app, limit, toldToWait);
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

async function addRateLimit(
  app: Api,
  { calls, per }: NonNullable<ApiSettings['rateLimit']>,
  toldToWait: (ip: string, ms: number) => void,
): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: calls,
    timeWindow: parseDurationMs(per) ?? 0,
    enableDraftSpec: true,
    keyGenerator: ({ caller, ip }) => (caller === NOBODY ? `address ${ip}` : caller.name),
    errorResponseBuilder: ({ caller, ip }, { ttl }) => {
      if (caller === NOBODY) toldToWait(ip, ttl);
      return tooMany(`No more than ${calls} requests in ${per}`, ttl);
    },
  });
  const count = app.rateLimit();
  app.addHook('onRequest', async function limited(request, reply) {
    // Whoever runs the service asks how it is, and as often as they like.
    if (request.routeOptions.config.rateLimit !== false) await count.call(app, request, reply);
  });
}

function isRefused(thrown: unknown): boolean {
  return thrown instanceof ProblemError && thrown.slug === 'unauthenticated';
}

function tooMany(why: string, restMs: number): ProblemError {
  const seconds = Math.ceil(restMs / 1_000);
  return new ProblemError('rate-limited', `${why}: wait ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** What is at no address asks for nothing: it is answered as not found. */
function neededScope(request: FastifyRequest): Scope | undefined {
  const { scope } = request.routeOptions.config;
  return scope === 'open' ? undefined : scope;
}
