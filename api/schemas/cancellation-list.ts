import { z } from 'zod';
import {
  cancellationIdSchema,
  phaseSchema,
  taskUriSchema,
  timeSchema,
  verdictSchema,
  workflowIdSchema,
} from './cancellation.js';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;
/** Search Attributes are no longer than that, and a name is one. */
const LONGEST_FILTER = 255;

const filter = z.string().min(1).max(LONGEST_FILTER).exactOptional();

/** Strict: a misspelt filter would else show everything. */
export const listQuerySchema = z.strictObject({
  connection: filter,
  provider: filter,
  task: z.string().min(1).max(1_000).exactOptional().describe("A task's URI."),
  phase: phaseSchema.exactOptional(),
  verdict: verdictSchema.exactOptional(),
  requestedBy: filter,
  campaign: filter,
  running: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional()
    .describe('`true`: those that have not ended.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LARGEST_PAGE)
    .default(DEFAULT_PAGE)
    .describe('So many a page, at most.'),
  cursor: z
    .string()
    .min(1)
    .max(4_000)
    .exactOptional()
    .describe('The `nextCursor` of the page before, with the same filters.'),
});

export const cancellationPageSchema = z
  .object({
    items: z.array(
      z
        .object({
          id: cancellationIdSchema,
          workflowId: workflowIdSchema,
          runId: z.string(),
          task: taskUriSchema.exactOptional(),
          provider: z.string().exactOptional(),
          connection: z.string().exactOptional(),
          phase: z.string().exactOptional(),
          verdict: z.string().exactOptional(),
          requestedBy: z.string().exactOptional(),
          campaign: z.string().exactOptional(),
          workflowStatus: z.string(),
          startedAt: timeSchema,
          closedAt: timeSchema.exactOptional(),
        })
        .meta({ id: 'CancellationSummary' }),
    ),
    nextCursor: z.string().exactOptional().describe('Left out after the last page.'),
  })
  .meta({
    id: 'CancellationPage',
    description: 'Cancellations, the newest first; seconds behind on a busy server.',
  });
