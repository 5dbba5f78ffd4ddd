import { z } from 'zod';

/** What FSx's documents leave open, one switch each. The default is the reading that is named first. */
export const fsxSwitches = z.object({
  /**
   * Cancel of a task that is CANCELING. "The task is in PENDING or EXECUTING" is the stated condition, while the
   * model calls the operation idempotent.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html
   */
  cancelOfCanceling: z.enum(['accept', 'BadRequest']).default('accept'),
  /**
   * Cancel of a task that is CANCELED. The error says "because the task has already ended"; that one counts as ended is
   * not spelled out, and the model calls the operation idempotent.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html
   */
  cancelOfCanceled: z
    .enum(['DataRepositoryTaskEnded', 'accept', 'BadRequest'])
    .default('DataRepositoryTaskEnded'),
  /** How long a task that has ended is described; null, for ever. After that, FSx does not find it. */
  endedKeptMs: z
    .int()
    .min(0)
    .meta({ examples: [0, 100] })
    .nullable()
    .default(null),
  /**
   * The order in which tasks are described; `oldestFirst`: those named by id in the order of their naming.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html
   */
  listOrder: z.enum(['oldestFirst', 'newestFirst']).default('oldestFirst'),
  /**
   * A describe of several ids of which one is unknown. "The data repository task or tasks you specified could not be
   * found" does not say whether the others are still answered.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_DescribeDataRepositoryTasks.html
   */
  unknownIdInBatch: z.enum(['fail', 'omit']).default('fail'),
  /**
   * CANCELING as a value of the filter `task-lifecycle`: the documented list of values is without it.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTaskFilter.html
   */
  cancelingFilter: z.enum(['BadRequest', 'match']).default('BadRequest'),
  /**
   * Input outside the model's constraints: FSx's own generic error, or the one common to AWS services.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
   */
  invalidInput: z.enum(['BadRequest', 'ValidationException']).default('BadRequest'),
  /**
   * How many tasks of a file system may be active at once; null, no limit. No number is published, but
   * DataRepositoryTaskExecuting is "currently executing on the file system. Wait until the existing task has completed".
   * https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateDataRepositoryTask.html
   */
  activeTasksPerFileSystem: z.int().min(1).nullable().default(null),
  /** What create answers at that limit. */
  atTaskLimit: z
    .enum(['DataRepositoryTaskExecuting', 'ServiceLimitExceeded'])
    .default('DataRepositoryTaskExecuting'),
  /**
   * What too many calls are answered. The common errors have ThrottlingException with 400; services have others of these.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
   */
  throttledAs: z
    .enum([
      'ThrottlingException 400',
      'Throttling 400',
      'RequestLimitExceeded 503',
      'TooManyRequestsException 429',
      'SimulatedUnlisted 429',
    ])
    .default('ThrottlingException 400'),
  /**
   * How the errors of authentication are named, and their status: as by AWS's JSON services, or as in the list of common errors,
   * which has other statuses than JSON services answer with.
   * https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
   */
  authenticationAs: z.enum(['json 400', 'common 400', 'common 403']).default('json 400'),
});

export type FsxSwitches = z.output<typeof fsxSwitches>;
