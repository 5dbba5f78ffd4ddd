import { z } from 'zod';
import { contradiction } from '../contradiction.js';

// A member of another type than documented is taken for one that is missing: what misses it says so.
const text = z.string().optional().catch(undefined);
/** An empty one is none. */
const word = z.string().min(1).optional().catch(undefined);
const count = z.number().optional().catch(undefined);
/** Seconds since 1970. */
const time = z
  .number()
  .transform((seconds) => new Date(seconds * 1_000))
  .refine((date) => !Number.isNaN(date.getTime()))
  .optional()
  .catch(undefined);

const task = z.object({
  TaskId: text,
  Lifecycle: word,
  Type: text,
  CreationTime: time,
  EndTime: time,
  Status: z
    .object({ TotalCount: count, SucceededCount: count, FailedCount: count })
    .optional()
    .catch(undefined),
  FailureDetails: z.object({ Message: text }).optional().catch(undefined),
});

/** @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTask.html */
export type DataRepositoryTask = Partial<z.output<typeof task>>;

/**
 * What is read of the answers to the operations that are called.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_Operations.html
 */
export const ANSWERS = {
  CancelDataRepositoryTask: z.object({ Lifecycle: word }),
  DescribeDataRepositoryTasks: z.object({
    DataRepositoryTasks: z
      .array(task.catch({} as z.output<typeof task>))
      .refine((tasks) => contradiction(statesOf(tasks)) === undefined)
      .optional()
      .catch(undefined),
    NextToken: text,
  }),
} as const satisfies Record<string, z.ZodType>;

function statesOf(tasks: readonly DataRepositoryTask[]) {
  return tasks.flatMap(({ TaskId, Lifecycle }) =>
    TaskId === undefined || Lifecycle === undefined ? [] : [[TaskId, Lifecycle] as const],
  );
}

export type FsxOperation = keyof typeof ANSWERS;
export type FsxOutput<Operation extends FsxOperation> = z.output<(typeof ANSWERS)[Operation]>;
