import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { CampaignHandle } from '../../client/index.js';
import type { RequestOptions } from '../../client/update-once.js';
import type { CampaignRequest } from '../../contract/campaign.js';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import type { Caller } from '../caller.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { toCampaignBody } from '../campaign-body.js';
import { claimKey, fingerprintOf } from '../idempotency.js';
import { campaignParams, campaignSchema, type CampaignBody } from '../schemas/campaign.js';
import { rateSchema, steeringSchema } from '../schemas/campaign-steering.js';
import { idempotencyHeaders } from '../schemas/idempotency-key.js';

/** Every target is looked at again first: whoever calls has other things to do than to wait for a hundred thousand. */
const START_ANSWERED_WITHIN_MS = 20_000;

const config = {
  scope: 'campaign',
  problems: [
    'campaign-not-found',
    'campaign-ended',
    'campaign-failed',
    'request-refused',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
    'no-worker',
  ],
  ownDeadline: true,
} as const;
const common = { tags: ['campaigns'], params: campaignParams, headers: idempotencyHeaders };

/** A request as all verbs take it. */
interface VerbRequest {
  readonly params: z.output<typeof campaignParams>;
  readonly headers: z.output<typeof idempotencyHeaders>;
  readonly body: unknown;
  readonly caller: Caller;
}

interface Steering {
  readonly operationId: string;
  readonly summary: string;
  readonly steer: (
    campaign: CampaignHandle,
    request: CampaignRequest,
    options: RequestOptions,
  ) => Promise<void>;
}

const STEERING = {
  pause: {
    operationId: 'pauseCampaign',
    summary: 'Ask no more for now; what was asked is proven all the same',
    steer: (campaign, ...request) => campaign.pause(...request),
  },
  resume: {
    operationId: 'resumeCampaign',
    summary: 'Go on asking where a pause left off',
    steer: (campaign, ...request) => campaign.resume(...request),
  },
  abort: {
    operationId: 'abortCampaign',
    summary: 'Never ask again; what was asked is proven all the same',
    steer: (campaign, ...request) => campaign.abort(...request),
  },
  approve: {
    operationId: 'approveWave',
    summary: 'Let the next wave begin',
    steer: (campaign, ...request) => campaign.approveWave(...request),
  },
} as const satisfies Record<string, Steering>;

/** What a campaign can be told; each answers with how it stands then. */
export async function campaignSteeringRoutes(app: Api, parts: ApiParts): Promise<void> {
  for (const [verb, { steer, ...words }] of Object.entries<Steering>(STEERING)) {
    const schema = { ...common, ...words, body: steeringSchema, response: { 200: campaignSchema } };
    app.post(`${CAMPAIGN_PATH}::${verb}`, { config, schema }, async (request) => {
      const told = { ...request.body, by: request.caller.name };
      return (await tell(parts, verb, request, (campaign, options) => steer(campaign, told, options))).body;
    });
  }
  rateRoute(app, parts);
  startRoute(app, parts);
}

function rateRoute(app: Api, parts: ApiParts): void {
  const schema = {
    ...common,
    operationId: 'setCampaignRate',
    summary: 'Change how fast it asks',
    body: rateSchema,
    response: { 200: campaignSchema },
  };
  app.post(`${CAMPAIGN_PATH}::rate`, { config, schema }, async (request) => {
    const told = { ...request.body, by: request.caller.name };
    return (await tell(parts, 'rate', request, (campaign, options) => campaign.setRate(told, options))).body;
  });
}

function startRoute(app: Api, parts: ApiParts): void {
  const schema = {
    ...common,
    operationId: 'startPlan',
    summary: 'Begin what was planned; every target is looked at again first',
    description:
      'When more of them have changed than the plan allows (`maxDrift`), it is refused, and the plan is the new one.',
    body: steeringSchema,
    response: {
      200: described('It has begun to ask.'),
      202: described('It is still looking; its progress and its events tell what becomes of it.'),
    },
  };
  app.post(`${CAMPAIGN_PATH}::start`, { config, schema }, async (request, reply) => {
    const told = { ...request.body, by: request.caller.name };
    const { answer: hasBegun, body } = await tell(parts, 'start', request, (campaign, options) =>
      hasStarted(campaign.start(told, options)),
    );
    return reply.code(hasBegun ? 200 : 202).send(body);
  });
}

function described(description: string) {
  return { description, content: { 'application/json': { schema: campaignSchema } } };
}

/** Tells a campaign something, once where the caller has named the request, and how it stands then. */
async function tell<Answer>(
  { quiesce: { client, campaigns } }: ApiParts,
  verb: string,
  { params: { id }, headers, body, caller }: VerbRequest,
  what: (campaign: CampaignHandle, options: RequestOptions) => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly body: CampaignBody }> {
  const campaign = await campaignFor(caller, campaigns, id);
  const key = headers['idempotency-key'];
  // Of what is not there, no key is kept.
  if (key !== undefined) await campaign.summary();
  const fingerprint = fingerprintOf('POST', `${id}:${verb}`, body ?? null);
  const claim = key === undefined ? {} : await claimKey(client, { caller, key, fingerprint });
  const answer = await what(campaign, claim);
  const progress = await campaign.live();
  return { answer, body: toCampaignBody(progress) };
}

/** False while it goes on looking. @throws what `start` throws until then. */
async function hasStarted(starting: Promise<void>): Promise<boolean> {
  const waiting = new AbortController();
  const started = starting.then(() => true);
  started.catch(() => {}); // Whoever has been answered hears of it from the campaign.
  const tooLong = sleep(START_ANSWERED_WITHIN_MS, false, { signal: waiting.signal });
  tooLong.catch(() => {});
  try {
    return await Promise.race([started, tooLong]);
  } finally {
    waiting.abort();
  }
}
