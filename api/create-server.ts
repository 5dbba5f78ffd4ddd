import { setMaxListeners } from 'node:events';
import fastifyHelmet from '@fastify/helmet';
import type { RouteOptions } from 'fastify';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Quiesce } from '../client/index.js';
import type { Config } from '../config/load-config.js';
import { answerProblem } from './answer-problem.js';
import type { Api } from './api.js';
import type { ApiParts } from './api-parts.js';
import type { Authenticate } from './authenticate.js';
import { describeApi, DOCS_PATH } from './describe-api.js';
import { guard } from './guard.js';
import { HeldRequests } from './held-requests.js';
import { inTime } from './in-time.js';
import { measure } from './metrics.js';
import { newApp, type AppOptions } from './new-app.js';
import { OtherMethods } from './other-methods.js';
import { ProblemError } from './problem.js';
import { callerRoutes } from './routes/caller.js';
import { campaignEventRoutes } from './routes/campaign-events.js';
import { campaignReportRoutes } from './routes/campaign-report.js';
import { campaignSteeringRoutes } from './routes/campaign-steering.js';
import { campaignRoutes } from './routes/campaigns.js';
import { cancellationRoutes } from './routes/cancellations.js';
import { cancellationVerbRoutes } from './routes/cancellation-verbs.js';
import { connectionRoutes } from './routes/connections.js';
import { healthRoutes } from './routes/health.js';
import { metricsRoutes } from './routes/metrics.js';
import { newCampaignRoutes } from './routes/new-campaigns.js';
import { pageRoutes } from './routes/page.js';
import { describedResponses } from './schemas/described-responses.js';
import { problemResponses } from './schemas/problem.js';
import { traceRequests } from './trace-requests.js';
import { VERSION } from './version.js';
import { WorkGauges } from './work-gauges.js';

export interface ServerOptions extends Omit<AppOptions, 'settings'> {
  readonly quiesce: Quiesce;
  readonly config: Config;
  readonly authenticate: Authenticate;
  /** Aborted when it has been told to stop; before it is closed, or never. */
  readonly draining?: AbortSignal;
}

/** In the order of the API's description. */
const ROUTES: readonly ((app: Api, parts: ApiParts) => Promise<void>)[] = [
  cancellationRoutes,
  cancellationVerbRoutes,
  connectionRoutes,
  newCampaignRoutes,
  campaignRoutes,
  campaignSteeringRoutes,
  campaignReportRoutes,
  campaignEventRoutes,
  callerRoutes,
  healthRoutes,
  pageRoutes,
];

/** What is answered to a request that cannot be read, whatever it is for. */
const PROBLEMS_OF_READING = ['request-timeout', 'headers-too-large'] as const;

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

/** Of a route that says nothing of its query: whoever misspells a member of the body as a parameter is to hear of it. */
const NO_QUERY = z.strictObject({});

/** No scripts, styles or frames but our own. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    baseUri: ["'none'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:'],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
  },
};

/** The HTTP service, not listening yet. */
export async function createServer({
  quiesce,
  config,
  authenticate,
  draining = new AbortController().signal,
  ...options
}: ServerOptions): Promise<Api> {
  const app = newApp({ ...options, settings: config.api });
  const closing = new AbortController();
  // Who waits or streams listens to it, and they may be many.
  setMaxListeners(0, closing.signal);
  const held = new HeldRequests({
    authenticate,
    closing: closing.signal,
    mostPerCaller: config.api.heldPerCaller,
  });
  const parts: ApiParts = { quiesce, config, draining, held, closing: closing.signal };
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onRequest', async ({ id }, reply) => void reply.header('x-request-id', id));
  app.addHook('onSend', async (_request, reply) => {
    // The next request is to come on another connection, which leads to another instance.
    if (draining.aborted || closing.signal.aborted) reply.header('connection', 'close');
  });
  app.addHook('onRoute', (route) => settle(route, quiesce.client));
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.url.slice(0, 200)}; ${DOCS_PATH} shows what there is.`;
    answerProblem(new ProblemError('not-found', detail), request, reply);
  });
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    strictTransportSecurity: options.tls !== undefined,
  });
  traceRequests(app);
  await guard(app, authenticate, config.api.rateLimit);
  const registry = measure(app);
  const work = new WorkGauges(registry, parts);
  await describeApi(app, VERSION);
  const otherMethods = new OtherMethods(app);
  for (const routes of ROUTES) await app.register(async (scope) => routes(scope, parts));
  await app.register(async (scope) => metricsRoutes(scope, registry, () => work.refresh()));
  otherMethods.refuse(app);
  return app;
}

/** What all routes have in common. */
function settle(route: RouteOptions, client: Client): void {
  const isDocs = route.url.startsWith(DOCS_PATH);
  const { scope = isDocs ? 'open' : undefined, problems = [], ownDeadline = false } = route.config ?? {};
  if (scope === undefined) throw new Error(`The route ${route.url} does not say its scope.`);
  route.config = { ...route.config, scope };
  if (route.schema !== undefined) {
    const all = [...(scope === 'open' ? [] : PROBLEMS_OF_ALL), ...problems, ...PROBLEMS_OF_READING];
    const response = { ...describedResponses(route.schema.response), ...problemResponses(...all) };
    const ofScope = scope === 'open' ? { security: [] } : { querystring: NO_QUERY };
    route.schema = { ...ofScope, ...route.schema, response };
  }
  // What is open to all asks Temporal nothing, or has a limit of its own; handlers of others' files answer by callbacks.
  if (ownDeadline || scope === 'open') return;
  const { handler } = route;
  route.handler = function limited(request, reply) {
    return inTime(client, async () => handler.call(this, request, reply));
  };
}
