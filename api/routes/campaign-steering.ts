import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { CampaignHandle, Campaigns } from '../../client/index.js';
import type { CampaignRequest } from '../../contract/campaign.js';
import { LEAST_CALLS_PER_SECOND } from '../../contract/campaign.js';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { toCampaignBody } from '../campaign-body.js';
import { campaignParams, campaignSchema } from '../schemas/campaign.js';

/** Every target is looked at again first; a caller, and what is between, has other things to do than to wait for a hundred thousand. */
const START_ANSWERED_WITHIN_MS = 20_000;

const PROBLEMS = [
  'campaign-not-found',
  'campaign-ended',
  'campaign-failed',
  'request-refused',
  'no-worker',
] as const;

const reason = z.string().max(2_000).exactOptional().describe('Why; kept with the campaign.');
const steeringSchema = z
  .strictObject({ reason })
  .nullish()
  .meta({ description: 'May be left out.', examples: [{ reason: 'the file system is under repair' }] });
const rateSchema = z
  .strictObject({
    callsPerSecond: z
      .number()
      .min(LEAST_CALLS_PER_SECOND)
      .nullable()
      .describe('Cancel calls on each connection, below what its quota allows; null takes the limit away.'),
    reason,
  })
  .meta({ id: 'CampaignRate' });

interface Steering {
  readonly operationId: string;
  readonly summary: string;
  readonly steer: (campaign: CampaignHandle, request: CampaignRequest) => Promise<void>;
}

const STEERING = {
  pause: {
    operationId: 'pauseCampaign',
    summary: 'Ask no more for now; what was asked is proven all the same',
    steer: (campaign, request) => campaign.pause(request),
  },
  resume: {
    operationId: 'resumeCampaign',
    summary: 'Go on asking where a pause left off',
    steer: (campaign, request) => campaign.resume(request),
  },
  abort: {
    operationId: 'abortCampaign',
    summary: 'Never ask again; what was asked is proven all the same',
    steer: (campaign, request) => campaign.abort(request),
  },
  approve: {
    operationId: 'approveWave',
    summary: 'Let the next wave begin',
    steer: (campaign, request) => campaign.approveWave(request),
  },
} as const satisfies Record<string, Steering>;

/** What a campaign can be told while it is under way. */
export async function campaignSteeringRoutes(app: Api, { quiesce: { campaigns } }: ApiParts): Promise<void> {
  for (const [verb, { steer, ...words }] of Object.entries<Steering>(STEERING))
    app.post(
      `${CAMPAIGN_PATH}::${verb}`,
      {
        config: { scope: 'campaign', problems: PROBLEMS },
        schema: {
          ...words,
          tags: ['campaigns'],
          params: campaignParams,
          body: steeringSchema,
          response: { 200: campaignSchema },
        },
      },
      async ({ params: { id }, body, caller }) => {
        const campaign = await campaignFor(caller, campaigns, id);
        await steer(campaign, { ...body, by: caller.name });
        return toCampaignBody(await campaign.live());
      },
    );
  rateRoute(app, campaigns);
  startRoute(app, campaigns);
}

function rateRoute(app: Api, campaigns: Campaigns): void {
  app.post(
    `${CAMPAIGN_PATH}::rate`,
    {
      config: { scope: 'campaign', problems: PROBLEMS },
      schema: {
        operationId: 'setCampaignRate',
        summary: 'Change how fast it asks',
        tags: ['campaigns'],
        params: campaignParams,
        body: rateSchema,
        response: { 200: campaignSchema },
      },
    },
    async ({ params: { id }, body, caller }) => {
      const campaign = await campaignFor(caller, campaigns, id);
      await campaign.setRate({ ...body, by: caller.name });
      return toCampaignBody(await campaign.live());
    },
  );
}

function startRoute(app: Api, campaigns: Campaigns): void {
  app.post(
    `${CAMPAIGN_PATH}::start`,
    {
      config: { scope: 'campaign', problems: PROBLEMS, ownDeadline: true },
      schema: {
        operationId: 'startPlan',
        summary: 'Begin what was planned; every target is looked at again first',
        tags: ['campaigns'],
        params: campaignParams,
        body: steeringSchema,
        response: {
          200: described('It has begun to ask.'),
          202: described('It is still looking; its progress and its events tell what becomes of it.'),
        },
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const campaign = await campaignFor(caller, campaigns, id);
      const hasBegun = await isStarted(campaign, { ...body, by: caller.name });
      return reply.code(hasBegun ? 200 : 202).send(toCampaignBody(await campaign.live()));
    },
  );
}

function described(description: string) {
  return { description, content: { 'application/json': { schema: campaignSchema } } };
}

/** False while it goes on looking. @throws what `start` throws until then. */
async function isStarted(campaign: CampaignHandle, request: CampaignRequest): Promise<boolean> {
  const waiting = new AbortController();
  const starting = campaign.start(request).then(() => true);
  starting.catch(() => {}); // Whoever has been answered hears of it from the campaign.
  const tooLong = sleep(START_ANSWERED_WITHIN_MS, false, { signal: waiting.signal });
  tooLong.catch(() => {});
  try {
    return await Promise.race([starting, tooLong]);
  } finally {
    waiting.abort();
  }
}
