import type { FastifyReply } from 'fastify';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { beginOfJson, beginOfList, type HowToBegin } from '../begin-campaign.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { checkCallback } from '../check-callback.js';
import { ProblemError } from '../problem.js';
import { formatOf, TARGET_TYPES } from '../receive-targets.js';
import { begunSchema, campaignParams, type BegunBody } from '../schemas/campaign.js';
import {
  newCampaignQuerySchema,
  newCampaignSchema,
  retrySchema,
  type NewCampaignBody,
} from '../schemas/new-campaign.js';

const PROBLEMS = [
  'callback-not-allowed',
  'request-refused',
  'campaign-exists',
  'no-worker',
  'not-set-up',
] as const;
const PROBLEMS_OF_LISTS = ['invalid-targets', 'body-too-large', 'unsupported-media-type'] as const;

const BEGINNINGS = [
  {
    how: 'start',
    path: '/v1/campaigns',
    operationId: 'startCampaign',
    summary: 'Take in the targets, and begin to ask at once',
  },
  {
    how: 'plan',
    path: '/v1/campaigns::plan',
    operationId: 'planCampaign',
    summary: 'Take in the targets, and look at each; nothing is asked before the plan is started',
  },
] as const satisfies readonly { readonly how: HowToBegin; readonly [words: string]: string }[];

/** New campaigns: of what a JSON body names, of a list of targets as NDJSON or CSV, and of what another left undone. */
export async function newCampaignRoutes(app: Api, parts: ApiParts): Promise<void> {
  // Taken in by the handler, once all else of the request is known to be right.
  app.addContentTypeParser(Object.keys(TARGET_TYPES), (_, body, done) => done(null, body));
  for (const { how, path, ...words } of BEGINNINGS)
    app.post(
      path,
      {
        config: { scope: 'campaign', problems: [...PROBLEMS, ...PROBLEMS_OF_LISTS], ownDeadline: true },
        schema: {
          ...words,
          tags: ['campaigns'],
          querystring: newCampaignQuerySchema,
          body: { content: { 'application/json': { schema: newCampaignSchema } } },
          response: { 202: begunSchema },
        },
      },
      async (request, reply) => {
        const beginning = { ...parts, how, request };
        const format = formatOf(request.mediaType);
        if (format !== undefined) return begun(reply, await beginOfList(beginning, request.query, format));
        if (request.body === undefined) throw invalid('There is no body: it says of which targets, and why.');
        if (Object.keys(request.query).length > 0)
          throw invalid('A JSON body says all there is to say: leave the query out.');
        // It is of the only other type there is, and has been checked.
        return begun(reply, await beginOfJson(beginning, request.body as NewCampaignBody));
      },
    );
  retryRoute(app, parts);
}

function retryRoute(app: Api, { quiesce: { campaigns }, config }: ApiParts): void {
  app.post(
    `${CAMPAIGN_PATH}::retry`,
    {
      config: {
        scope: 'campaign',
        problems: [...PROBLEMS, 'campaign-not-found', 'campaign-failed'],
        ownDeadline: true,
      },
      schema: {
        operationId: 'retryCampaign',
        summary: 'Begin a new campaign of what one that has ended left undone',
        tags: ['campaigns'],
        params: campaignParams,
        body: retrySchema,
        response: { 202: begunSchema },
      },
    },
    async ({ params, body, caller }, reply) => {
      checkCallback(body.callbackUrl, config);
      const old = await campaignFor(caller, campaigns, params.id);
      const { end } = await old.progress();
      if (end === undefined) throw notEnded(params.id);
      const { id } = await campaigns.retry(params.id, { ...body, requestedBy: caller.name });
      return begun(reply, { id });
    },
  );
}

function begun(reply: FastifyReply, body: BegunBody): BegunBody {
  reply.code(202).header('location', `/v1/campaigns/${body.id}`);
  return body;
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-request', detail);
}

function notEnded(id: string): ProblemError {
  const message = `${id} has not ended: retry it once it has, or abort it first. Nothing was started.`;
  return new ProblemError('request-refused', message);
}
