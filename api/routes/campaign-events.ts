import { Readable } from 'node:stream';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { toCampaignEvent } from '../campaign-body.js';
import { CampaignFeeds, type SeenCampaign } from '../campaign-feeds.js';
import { eventStream, type StreamEvent } from '../event-stream.js';
import { ProblemError, problemBody, toProblem } from '../problem.js';
import { campaignParams, streamEventSchema } from '../schemas/campaign.js';

/** A reader that takes nothing for so long, four heartbeats, is gone, or as good as gone. */
const STUCK_AFTER_MS = 60_000;

/** In the description alone: what is sent is text. */
const events: { readonly schema: z.ZodType } = { schema: streamEventSchema };

const lastEventId = z
  .string()
  .max(200)
  .optional()
  .describe('The id of the last event that was read: the state it told is not told again.');

const eventHeaders = z.object({ 'last-event-id': lastEventId });

/** How event-source-polyfill says it. */
const eventQuery = z.strictObject({
  lastEventId: lastEventId.describe('The same, where there is no header `Last-Event-ID`.'),
});

const DESCRIPTION = [
  'Server-Sent Events. Each is named `progress`, the last one `end`; its data is the whole campaign as it stands, as a `CampaignEvent`',
  'in JSON, so that none has to be read but the newest. Of a campaign that has ended without a result, such as by being terminated, the last is',
  'named `failed`, and its data is the problem that is the answer from then on. Its id stands for that state: whoever comes back with it as `Last-Event-ID`, to any',
  'instance of the service, is told what has changed since. A reader that is slow gets fewer events. Comments are heartbeats.',
].join(' ');

const config = {
  scope: 'read',
  problems: ['campaign-not-found', 'campaign-failed', 'no-worker', 'not-ready'],
  ownDeadline: true,
} as const;

const schema = {
  operationId: 'watchCampaign',
  summary: 'How a campaign goes on, to its end',
  tags: ['campaigns'],
  params: campaignParams,
  headers: eventHeaders,
  querystring: eventQuery,
  response: {
    200: { description: DESCRIPTION, content: { 'text/event-stream': events } },
    204: z
      .null()
      .describe('It has ended, and the last event has been read: there is nothing to come back for.'),
  },
};

/** How campaigns go on, as Server-Sent Events. */
export async function campaignEventRoutes(
  app: Api,
  { quiesce: { campaigns }, held }: ApiParts,
): Promise<void> {
  const feeds = new CampaignFeeds((id) => campaigns.get(id));
  app.get(`${CAMPAIGN_PATH}/events`, { exposeHeadRoute: false, config, schema }, async (request, reply) => {
    const {
      params: { id },
      headers,
      query,
      caller,
    } = request;
    await campaignFor(caller, campaigns, id);
    const lastId = headers['last-event-id'] ?? query.lastEventId;
    const signal = held.hold(request, reply);
    const states = feeds.follow(id, signal);
    // Before the head is written: what cannot be told at all is a problem, and not a stream.
    const first = await states.next();
    if (first.done === true)
      throw signal.reason instanceof ProblemError
        ? signal.reason
        : new ProblemError('not-ready', 'The service is about to stop; come back soon.');
    if (hasEnded(first.value) && first.value.version === lastId) {
      await states.return(undefined);
      return reply.code(204).send(null);
    }
    reply.raw.setTimeout(STUCK_AFTER_MS);
    const stream = eventStream(news(first.value, states, lastId), { signal });
    return (
      reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        // Nothing else comes on it: a service that stops need not wait for it to be idle long enough.
        .header('connection', 'close')
        // A proxy that collects what it passes on would keep it from being read.
        .header('x-accel-buffering', 'no')
        .send(Readable.from(stream, { objectMode: false }))
    );
  });
}

function hasEnded({ progress }: SeenCampaign): boolean {
  return progress.end !== undefined;
}

async function* news(
  first: SeenCampaign,
  rest: AsyncGenerator<SeenCampaign>,
  lastId: string | undefined,
): AsyncGenerator<StreamEvent> {
  let told = lastId;
  try {
    for (
      let seen: SeenCampaign | undefined = first;
      seen !== undefined;
      seen = (await rest.next()).value ?? undefined
    ) {
      if (seen.version === told) continue;
      told = seen.version;
      yield { id: told, event: hasEnded(seen) ? 'end' : 'progress', data: toCampaignEvent(seen) };
    }
  } catch (thrown) {
    const problem = toProblem(thrown);
    // What nobody expected is in the log, and breaks the stream off: who comes back may find it mended.
    if (problem.status >= 500) throw thrown;
    yield { id: 'failed', event: 'failed', data: problemBody(problem) };
  } finally {
    await rest.return(undefined);
  }
}
