import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { campaignPage } from '../../client/campaign-summary.js';
import type { CampaignSummary, Quiesce, ReportRow } from '../../client/index.js';
import { soughtBy } from '../../client/find-target.js';
import type { PageRequest } from '../../client/workflow-page.js';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { mayUse, type Caller } from '../caller.js';
import { CAMPAIGN_PATH, campaignFor, maySee } from '../campaign-access.js';
import { toCampaignBody } from '../campaign-body.js';
import { fromCursor, toCursor } from '../cursor.js';
import { ownPage } from '../own-page.js';
import { PLAIN_TEXT, PLAIN_TEXT_FORM } from '../plain-text.js';
import { ProblemError } from '../problem.js';
import { LIST_QUERY } from '../schemas/list-query.js';
import { campaignParams, campaignPageSchema, campaignSchema, foundSchema } from '../schemas/campaign.js';

const MOST_ITEMS = 200;
/** Of a task that no campaign has had, every lane of its connection is asked. */
const FINDS_WITHIN_MS = 20_000;

const limit = z.coerce.number().int().min(1).max(MOST_ITEMS);

const listQuery = z.strictObject({
  limit: limit.default(50),
  ...LIST_QUERY,
  requestedBy: z.string().min(1).max(200).regex(PLAIN_TEXT, PLAIN_TEXT_FORM).exactOptional(),
});

const findQuery = z.strictObject({
  task: z
    .string()
    .min(1)
    .max(2_000)
    .meta({
      description:
        "The task's URI; or its id alone, which is looked for in the campaigns of every connection of the caller.",
      examples: ['provider://prod/task-01'],
    }),
  limit: limit.default(10),
});

/** What campaigns there are, and what they know. */
export async function campaignRoutes(app: Api, { quiesce }: ApiParts): Promise<void> {
  app.get(
    '/v1/campaigns',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listCampaigns',
        summary: 'Campaigns, the newest first; to a caller of some connections, a page may be short or empty',
        tags: ['campaigns'],
        querystring: listQuery,
        response: { 200: campaignPageSchema },
      },
    },
    async ({ query, caller }) => {
      const { limit: size, cursor, ...filter } = query;
      const page = { size, ...(cursor !== undefined && { token: fromCursor(cursor, filter) }) };
      const pageOf = (request: PageRequest) => campaignPage(quiesce.client, filter, request);
      const isOwn = (summary: CampaignSummary) => maySee(caller, summary);
      const seen = caller.connections === undefined ? pageOf(page) : ownPage(pageOf, isOwn, page);
      const { items, nextPageToken } = await seen;
      return {
        items: items.map(toItem),
        ...(nextPageToken !== undefined && { nextCursor: toCursor(nextPageToken, filter) }),
      };
    },
  );
  app.get(
    CAMPAIGN_PATH,
    {
      config: {
        scope: 'read',
        problems: ['campaign-not-found', 'campaign-failed', 'no-worker'],
        ownDeadline: true,
      },
      schema: {
        operationId: 'getCampaign',
        summary: 'One campaign as it stands: its plan, its progress, or how it ended',
        tags: ['campaigns'],
        params: campaignParams,
        response: { 200: campaignSchema },
      },
    },
    async ({ params: { id }, caller }) =>
      toCampaignBody(await (await campaignFor(caller, quiesce.campaigns, id)).live()),
  );
  app.get(
    '/v1/campaigns::find',
    {
      config: { scope: 'read', problems: ['invalid-task', 'no-worker'], ownDeadline: true },
      schema: {
        operationId: 'findTarget',
        summary: "One task's story in the campaigns that had it, the newest first",
        tags: ['campaigns'],
        querystring: findQuery,
        response: { 200: foundSchema },
      },
    },
    async ({ query, caller }) => find(quiesce, query, caller),
  );
}

function toItem({ connections, ...summary }: CampaignSummary) {
  return { ...summary, ...(connections !== undefined && { connections: [...connections] }) };
}

async function find(
  { client, campaigns }: Quiesce,
  { task, limit: most }: z.output<typeof findQuery>,
  caller: Caller,
) {
  const others = soughtBy(task).connections?.find((connection) => !mayUse(caller, connection));
  if (others !== undefined)
    throw new ProblemError('forbidden', `${caller.name} may not see connection ${others}.`);
  const { connections } = caller;
  const items: ReportRow[] = [];
  const over = AbortSignal.timeout(FINDS_WITHIN_MS);
  // Temporal's client adds a listener for each call, which Node would warn of; they go with the signal.
  setMaxListeners(0, over);
  try {
    await client.withAbortSignal(over, async () => {
      for await (const row of campaigns.find(task, { limit: most, connections })) items.push(row);
    });
  } catch (thrown) {
    if (!over.aborted) throw thrown;
  }
  return { items: items.map((row) => ({ ...row })), complete: !over.aborted && items.length < most };
}
