import { Readable } from 'node:stream';
import { z } from 'zod';
import type { ReportRow } from '../../client/index.js';
import { REPORT_FORMATS, reportText, type ReportFormat } from '../../client/report-text.js';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { CAMPAIGN_PATH, campaignFor } from '../campaign-access.js';
import { campaignParams, targetStorySchema } from '../schemas/campaign.js';

/** A reader that takes nothing for so long is gone, or as good as gone. A lane may take half of it to answer. */
const STUCK_AFTER_MS = 60_000;

const TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
} as const satisfies Record<ReportFormat, string>;

const reportQuery = z.strictObject({
  format: z
    .enum(REPORT_FORMATS)
    .default('json')
    .describe(
      '`csv`, `ndjson` and `json` have a row for each target; `md` is for people: what is not settled.',
    ),
});

const text: { readonly schema: z.ZodType } = { schema: z.string() };
const stories: { readonly schema: z.ZodType } = { schema: z.array(targetStorySchema) };

/** The report of a campaign, in pieces: of any size, and no faster than it is read. */
export async function campaignReportRoutes(app: Api, { quiesce: { campaigns } }: ApiParts): Promise<void> {
  app.get(
    `${CAMPAIGN_PATH}/report`,
    {
      exposeHeadRoute: false,
      config: {
        scope: 'read',
        problems: ['campaign-not-found', 'campaign-failed', 'no-worker'],
        ownDeadline: true,
      },
      schema: {
        operationId: 'reportCampaign',
        summary: 'What became of every target, also while the campaign runs',
        tags: ['campaigns'],
        params: campaignParams,
        querystring: reportQuery,
        response: {
          200: {
            description:
              'In pieces. Where something goes wrong amid it, the connection breaks off: what has an end is whole.',
            content: {
              'application/json': stories,
              'application/x-ndjson': text,
              'text/csv': text,
              'text/markdown': text,
            },
          },
        },
      },
    },
    async ({ params: { id }, query: { format }, caller }, reply) => {
      const campaign = await campaignFor(caller, campaigns, id);
      const progress = await campaign.progress();
      const rows = await begun(campaign.report());
      reply.raw.setTimeout(STUCK_AFTER_MS);
      return reply
        .type(TYPES[format])
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="campaign-${id}.${format}"`)
        .send(Readable.from(reportText(rows, progress, format), { objectMode: false }));
    },
  );
}

/** The same, once its first row is there: a report that cannot be told at all is a problem, and not a report that breaks off. */
async function begun(all: AsyncGenerator<ReportRow>): Promise<AsyncGenerator<ReportRow>> {
  const first = await all.next();
  return (async function* again() {
    if (first.done === true) return;
    try {
      yield first.value;
      yield* all;
    } finally {
      await all.return(undefined);
    }
  })();
}
