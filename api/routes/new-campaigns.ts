import type { FastifyReply } from 'fastify';
import type { ApiParts } from '../api-parts.js';
import { sumOf, TO_RETRY } from '../../client/outcomes.js';
import type { Api } from '../api.js';
import { beginOfJson, beginOfList, type Beginning, type BegunCampaign } from '../begin-campaign.js';
import { campaignIdOf } from '../campaign-id-of.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { checkCallback } from '../check-callback.js';
import { Places } from '../places.js';
import { ProblemError } from '../problem.js';
import { fingerprintOf } from '../idempotency.js';
import { formatOf, TARGET_TYPES } from '../receive-targets.js';
import { idempotencyHeaders } from '../schemas/idempotency-key.js';
import { begunSchema, campaignParams, type BegunBody } from '../schemas/campaign.js';
import {
  newCampaignQuerySchema,
  newCampaignSchema,
  retrySchema,
  targetListSchemas,
  type NewCampaignBody,
} from '../schemas/new-campaign.js';
import { Turns } from '../turns.js';
import { untilGone } from '../until-gone.js';

/** Of a hundred thousand targets, each takes some 100 MB while it is checked and loaded; side by side they are no sooner done. */
const LISTS_AT_ONCE = 2;
/** Those that arrive and those that wait included: each is of up to 64 MiB, on disk. */
const MOST_LISTS = { all: 16, ofOne: 8 };

const PROBLEMS = [
  'callback-not-allowed',
  'request-refused',
  'campaign-exists',
  'campaign-given-up',
  'idempotency-key-reused',
  'body-too-large',
  'unsupported-media-type',
  'no-worker',
  'not-set-up',
] as const;

const BODIES = {
  'application/json': { schema: newCampaignSchema },
  'application/x-ndjson': { schema: targetListSchemas['application/x-ndjson'] },
  'text/csv': { schema: targetListSchemas['text/csv'] },
};

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
] as const satisfies readonly { readonly how: Beginning['how']; readonly [words: string]: string }[];

/** New campaigns: of what a JSON body names, of a list of targets as NDJSON or CSV, and of what another left undone. */
export async function newCampaignRoutes(app: Api, parts: ApiParts): Promise<void> {
  // Taken in by the handler, once all else of the request is known to be right.
  app.addContentTypeParser(Object.keys(TARGET_TYPES), (_, body, done) => done(null, body));
  const lists = new Turns(LISTS_AT_ONCE);
  const places = new Places(MOST_LISTS, 'lists of targets');
  for (const { how, path, ...words } of BEGINNINGS)
    app.post(
      path,
      {
        config: { scope: 'campaign', problems: ['invalid-targets', ...PROBLEMS], ownDeadline: true },
        schema: {
          ...words,
          tags: ['campaigns'],
          headers: idempotencyHeaders,
          querystring: newCampaignQuerySchema,
          body: { content: BODIES },
          response: { 202: begunSchema },
        },
      },
      async ({ caller, headers, mediaType, query, body, raw }, reply) => {
        const beginning = { ...parts, lists, places, how, caller, key: headers['idempotency-key'] };
        const format = formatOf(mediaType);
        if (format !== undefined) {
          const gone = untilGone(reply.raw, []);
          const beginningOfList = beginOfList(beginning, query, { body: raw, format, gone });
          return begun(
            reply,
            await beginningOfList.catch((thrown: unknown) => {
              // What is left of a list stands in the way of the connection's next request.
              if (!raw.readableEnded) reply.header('connection', 'close');
              throw thrown;
            }),
          );
        }
        if (body === undefined) throw invalid('There is no body: it says of which targets, and why.');
        if (Object.keys(query).length > 0)
          throw invalid('A JSON body says all there is to say: leave the query out.');
        // It is of the only other type there is, and has been checked.
        return begun(reply, await beginOfJson(beginning, body as NewCampaignBody));
      },
    );
  retryRoute(app, parts);
}

function retryRoute(app: Api, { quiesce: { client, campaigns }, config }: ApiParts): void {
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
        headers: idempotencyHeaders,
        body: retrySchema,
        response: { 202: begunSchema },
      },
    },
    async ({ params, body, caller, headers }, reply) => {
      checkCallback(body.callbackUrl, config);
      const old = await campaignFor(caller, campaigns, params.id);
      const { end, states } = await old.progress();
      if (end === undefined)
        throw refused(`${params.id} has not ended: retry it once it has, or abort it first.`);
      const { outcomes = TO_RETRY, ...campaign } = body;
      if (sumOf(states, outcomes) === 0)
        throw refused(`${params.id} has no target that is ${outcomes.join(' or ')}.`);
      const fingerprint = fingerprintOf('POST', `${params.id}:retry`, body);
      const id = await campaignIdOf(client, { caller, key: headers['idempotency-key'], fingerprint });
      const retry = { ...campaign, ...id, outcomes, requestedBy: caller.name };
      return begun(reply, { handle: await campaigns.retry(params.id, retry) });
    },
  );
}

function begun(reply: FastifyReply, { handle: { id, attached }, counts }: BegunCampaign): BegunBody {
  reply.code(202).header('location', `/v1/campaigns/${id}`);
  if (attached) reply.header('idempotency-replayed', 'true');
  return { id, ...(counts !== undefined && { targets: counts.targets, duplicates: counts.duplicates }) };
}

function refused(why: string): ProblemError {
  return new ProblemError('request-refused', `${why} Nothing was started.`);
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-request', detail);
}
