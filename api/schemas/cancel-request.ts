import { z } from 'zod';
import { LONGEST_DEADLINE_AFTER_MS } from '../../contract/cancellation.js';
import {
  cancellationIdSchema,
  onRunningSubtasksSchema,
  taskUriSchema,
  workflowIdSchema,
} from './cancellation.js';
import { EXAMPLE_TASK, EXAMPLE_URI } from './example-task.js';

/** As the Workflow has it: a reason is carried through every page that shows it. */
const LONGEST_REASON = 2_000;
/** A task has a few ids of a hundred characters; no more than this is looked at. */
const LONGEST_TEXT = 1_000;

const text = z.string().min(1).max(LONGEST_TEXT);
const texts = z.record(text, text);

export const reasonSchema = z.string().min(1).max(LONGEST_REASON);
export const durationMsSchema = z.int().min(1).max(LONGEST_DEADLINE_AFTER_MS);

const taskRefSchema = z
  .strictObject({ provider: text, connection: text, ids: texts, hints: texts.exactOptional() })
  .meta({
    id: 'TaskRef',
    description: "A task by its provider's own names for its ids. Hints help to find it and do not name it.",
    examples: [EXAMPLE_TASK],
  });

/** No word of who asks: that is whom the credential belongs to. */
export const cancelRequestSchema = z
  .strictObject({
    task: z.union([taskUriSchema.max(LONGEST_TEXT), taskRefSchema]).describe('As a URI, or in parts.'),
    dryRun: z
      .boolean()
      .exactOptional()
      .describe('Look, and say what would happen; nothing is asked of the vendor.'),
    onRunningSubtasks: onRunningSubtasksSchema
      .exactOptional()
      .describe('When the vendor refuses because subtasks run; default `wait`.'),
    deleteEnded: z
      .boolean()
      .exactOptional()
      .describe(
        "Erase the record of a task that has ended, too; only where the vendor's cancel leaves nothing of a task.",
      ),
    deadlineAfterMs: durationMsSchema
      .exactOptional()
      .describe('When to stop waiting for proof and end `unproven`; default a day.'),
    reason: reasonSchema.exactOptional().describe('Why; kept with the verdict.'),
  })
  .meta({
    id: 'CancelRequest',
    description: 'Which task to cancel, and how.',
    examples: [{ task: EXAMPLE_URI, reason: 'INC-42: wrong path' }],
  });

export const startedCancellationSchema = z
  .object({
    id: cancellationIdSchema,
    workflowId: workflowIdSchema,
    runId: z.string().describe('Of its first run: the task cancelled again later has another.'),
    task: taskUriSchema,
    provider: z.string(),
    connection: z.string(),
    attached: z
      .boolean()
      .describe(
        'It was under way already: its options, reason and requester are those of whoever started it.',
      ),
    requestedBy: z.string().exactOptional(),
    reason: z.string().exactOptional(),
  })
  .meta({ id: 'StartedCancellation', description: 'A cancellation that is under way.' });

export const abandonRequestSchema = z
  .strictObject({ reason: reasonSchema.describe('Why; kept with the verdict.') })
  .meta({ id: 'AbandonRequest', examples: [{ reason: 'the file system is gone' }] });

export const extendRequestSchema = z
  .strictObject({ byMs: durationMsSchema.describe('How much later the deadline is to be than it is now.') })
  .meta({ id: 'ExtendRequest', examples: [{ byMs: 7_200_000 }] });
