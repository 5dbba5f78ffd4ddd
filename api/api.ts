import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Caller, Scope } from './caller.js';
import type { ProblemSlug } from './problem.js';

/** The HTTP service as its routes see it: their schemas are zod's, and what they are given has been checked against them. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler runs; of a route open to all, nobody. */
    caller: Caller;
    /** Why there is no caller; thrown once the request has counted against the rate limit. */
    refusal: Error | undefined;
  }

  interface FastifyContextConfig {
    /** Which scope a caller needs; `open` is for all. A route without one is not registered. */
    scope?: Scope | 'open';
    /** What it may answer beside what all routes may: in the API's description, and nowhere else. */
    problems?: readonly ProblemSlug[];
    /** The handler limits its calls to Temporal by itself: it streams, or waits for long. */
    ownDeadline?: boolean;
  }
}
