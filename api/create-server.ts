import fastifyHelmet from '@fastify/helmet';
import type { IncomingMessage } from 'node:http';
import { fastify, LogController, type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Client } from '@temporalio/client';
import type { Quiesce } from '../client/index.js';
import type { Config } from '../config/load-config.js';
import type { Api } from './api.js';
import type { ApiParts } from './api-parts.js';
import { guard, type Authenticate } from './authenticate.js';
import { PROBLEM_TYPE, ProblemError, problemBody, toProblem } from './problem.js';
import { requestIdOf } from './request-id.js';
import { cancellationRoutes } from './routes/cancellations.js';
import { cancellationVerbRoutes } from './routes/cancellation-verbs.js';
import { healthRoutes } from './routes/health.js';
import { problemResponses } from './schemas/problem.js';

export interface ServerOptions {
  readonly quiesce: Quiesce;
  readonly config: Config;
  readonly authenticate: Authenticate;
  /** Where its lines of JSON go; nowhere without it. */
  readonly log?: { write(line: string): void };
}

/** Every route, in the order of the API's description. */
const ROUTES = [cancellationRoutes, cancellationVerbRoutes, healthRoutes];

/** The longest Workflow id Temporal takes, as base64url. */
const LONGEST_PARAM = 1_400;
const BODY_LIMIT_BYTES = 1_048_576;
/** What any route that asks for a credential may answer. */
const PROBLEMS_OF_ALL = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'rate-limited',
  'internal',
  'temporal-unavailable',
  'authentication-unavailable',
] as const;
/** What a route asks of Temporal is answered in milliseconds, or Temporal is in trouble. */
const TEMPORAL_DEADLINE_MS = 10_000;

/** The HTTP service, not listening yet. */
export async function createServer(options: ServerOptions): Promise<Api> {
  const { quiesce, config, authenticate } = options;
  const closing = new AbortController();
  const parts: ApiParts = { quiesce, config, closing: closing.signal };
  const app = newApp(options);
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onRequest', async ({ id }, reply) => void reply.header('x-request-id', id));
  app.addHook('onRoute', (route) => settle(route, quiesce.client));
  app.setErrorHandler((error, request, reply) => answerProblem(toProblem(error), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.url.slice(0, 200)}; /docs shows what there is.`;
    answerProblem(new ProblemError('not-found', detail), request, reply);
  });
  await app.register(fastifyHelmet);
  guard(app, authenticate);
  for (const routes of ROUTES) await app.register(async (scope) => routes(scope, parts));
  return app;
}

function newApp({ log }: ServerOptions): Api {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    logController: new LogController({ requestIdLogLabel: 'requestId' }),
    ...(log !== undefined && { logger: { level: 'info', stream: log } }),
    // What is under way when the service stops is answered as ever, and so is what comes on a connection it has.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerProblem(toProblem(error), request, reply),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // A web page may send text to any address without asking first; it may not send JSON.
  app.removeContentTypeParser('text/plain');
  return app;
}

/** What all routes have in common. */
function settle(route: RouteOptions, client: Client): void {
  const { scope, problems = [], ownDeadline = false } = route.config ?? {};
  if (scope === undefined) throw new Error(`The route ${route.url} does not say its scope.`);
  if (route.schema !== undefined) {
    const all = scope === 'open' ? problems : [...PROBLEMS_OF_ALL, ...problems];
    const response = { ...(route.schema.response as object), ...problemResponses(...all) };
    route.schema = { ...route.schema, response };
  }
  if (ownDeadline) return;
  const { handler } = route;
  route.handler = function limited(request, reply) {
    return client.withDeadline(Date.now() + TEMPORAL_DEADLINE_MS, async () =>
      handler.call(this, request, reply),
    );
  };
}

function answerProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
  const { cause, headers = {} } = problem.more;
  if (problem.status >= 500) request.log.error({ err: cause ?? problem }, problem.message);
  void reply
    .code(problem.status)
    .headers({ ...headers, 'cache-control': 'no-store' })
    .type(PROBLEM_TYPE)
    // As text: the schemas of a route's answers are not asked again.
    .send(JSON.stringify(problemBody(problem, request.id)));
}
