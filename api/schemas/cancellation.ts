import { z } from 'zod';
import {
  CANCEL_PHASES,
  ON_RUNNING_SUBTASKS,
  VERDICTS,
  type CancelProgress,
  type CancelResult,
} from '../../contract/cancellation.js';
import type { PendingStep } from '../../client/index.js';
import { EXAMPLE_ID, EXAMPLE_URI, EXAMPLE_WORKFLOW_ID } from './example-task.js';

export const phaseSchema = z.enum(CANCEL_PHASES);
export const verdictSchema = z.enum(VERDICTS);
export const onRunningSubtasksSchema = z.enum(ON_RUNNING_SUBTASKS);

export const cancellationIdSchema = z.string().meta({
  description: 'Names the cancellation in addresses of this service; the Workflow id as base64url.',
  examples: [EXAMPLE_ID],
});
export const workflowIdSchema = z.string().meta({ examples: [EXAMPLE_WORKFLOW_ID] });
export const taskUriSchema = z.string().meta({
  description: 'The task: provider, connection and ids as one URI.',
  examples: [EXAMPLE_URI],
});
/** Not checked on its way out: a Workflow of another version has said it. */
export const timeSchema = z.string().meta({ format: 'date-time' });

/** What a Workflow tells is passed on whole: one of a newer or older version may know more or less than we describe. */
function passedOn<T>(described: z.core.$ZodLooseShape = {}): z.ZodType<T> {
  return z.looseObject(described) as unknown as z.ZodType<T>;
}

export const cancelResultSchema = passedOn<CancelResult>({
  verdict: z.string().describe('How it ended, such as `canceled`; see the list of verdicts.'),
  evidence: z
    .looseObject({})
    .describe('What the verdict stands on: the last state seen, request ids, times.'),
  attempts: z.int(),
  startedAt: timeSchema,
  endedAt: timeSchema,
}).meta({ id: 'CancelResult', description: 'How a cancellation ended, with the evidence for it.' });

export const cancellationSchema = z
  .object({
    id: cancellationIdSchema,
    workflowId: workflowIdSchema,
    runId: z.string(),
    firstRunId: z
      .string()
      .describe(
        'Names it: as `runId` of a request it means this one, and no later cancellation of the same task.',
      ),
    task: taskUriSchema,
    phase: z.string().describe('Where it is: `waiting-for-worker`, or one of the phases.'),
    workflowStatus: z.string().describe("Temporal's own word."),
    startedAt: timeSchema,
    closedAt: timeSchema.optional(),
    progress: passedOn<CancelProgress>()
      .optional()
      .describe('The story so far; left out when no Worker answered in time.'),
    pending: passedOn<PendingStep>().optional().describe('What it waits for right now.'),
    result: cancelResultSchema.optional().describe('Once it has ended.'),
    failure: z
      .object({ type: z.string(), message: z.string() })
      .optional()
      .describe('Why it ended without a verdict.'),
  })
  .meta({ id: 'Cancellation', description: 'A cancellation as it stands.' });

export type CancellationBody = z.output<typeof cancellationSchema>;

export const cancellationParams = z.object({ id: cancellationIdSchema });

/** Strict: a misspelt word must not be taken for none. */
export const ofRunSchema = z.strictObject({
  runId: z
    .uuid()
    .optional()
    .describe('The first run of the cancellation that is meant; left out, the latest of its task.'),
});
