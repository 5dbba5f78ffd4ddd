import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedTask, TaskSeed } from '../../simulator/simulated-provider.js';
import type { TaskState, Timeline } from '../../simulator/timeline.js';

/** The account in AWS's own examples. */
const ACCOUNT = '111122223333';

const WORDS = {
  waiting: 'PENDING',
  running: 'EXECUTING',
  canceling: 'CANCELING',
  canceled: 'CANCELED',
  completed: 'SUCCEEDED',
  failed: 'FAILED',
} as const satisfies Record<TaskState, string>;

export const fileSystemId = z
  .string()
  .max(21)
  .regex(/^fs-[0-9a-f]{8,}$/);

export const taskType = z.enum([
  'EXPORT_TO_REPOSITORY',
  'IMPORT_METADATA_FROM_REPOSITORY',
  'RELEASE_DATA_FROM_FILESYSTEM',
  'AUTO_RELEASE_DATA',
]);

/** What `details` of a seed may say. */
export const fsxSeedDetails = z.object({
  fileSystemId: fileSystemId.default('fs-0123456789abcdef0'),
  type: taskType.default('EXPORT_TO_REPOSITORY'),
  paths: z.array(z.string()).max(100).default([]),
  /** Files the task is about: what its counts add up to. */
  files: z.int().min(0).default(1_000),
  failureMessage: z.string().default('The simulated task failed.'),
});

export type FsxSeedDetails = z.output<typeof fsxSeedDetails>;

/** One data repository task. */
export class FsxTask implements SimulatedTask {
  readonly id: string;
  readonly timeline: Timeline;
  readonly details: FsxSeedDetails;
  readonly #word: string | undefined;
  /** Members a create gave that are only handed back. */
  readonly #asCreated: Readonly<Record<string, unknown>>;

  constructor(
    seed: TaskSeed<FsxSeedDetails>,
    asCreated: Readonly<Record<string, unknown>> = { Report: { Enabled: false } },
  ) {
    this.id = seed.id ?? `task-0${randomBytes(8).toString('hex')}`;
    this.timeline = seed.timeline;
    this.details = seed.details;
    this.#word = seed.word;
    this.#asCreated = asCreated;
  }

  get ids(): { taskId: string } {
    return { taskId: this.id };
  }

  wordAt(at: number): string {
    return this.#word ?? WORDS[this.timeline.stateAt(at)];
  }

  /**
   * The task as it was at `at`; times are epoch seconds.
   * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTask.html
   */
  describe(at: number, region: string): Record<string, unknown> {
    const { id, timeline, details } = this;
    const startedAt = timeline.startedAt(at);
    const endedAt = timeline.endedAt(at);
    const failed = timeline.stateAt(at) === 'failed';
    const done = Math.floor(details.files * timeline.progressAt(at));
    return {
      TaskId: id,
      Lifecycle: this.wordAt(at),
      Type: details.type,
      CreationTime: timeline.createdAt / 1_000,
      ...(startedAt !== undefined && { StartTime: startedAt / 1_000 }),
      ...(endedAt !== undefined && { EndTime: endedAt / 1_000 }),
      ResourceARN: `arn:aws:fsx:${region}:${ACCOUNT}:task/${id}`,
      FileSystemId: details.fileSystemId,
      Paths: details.paths,
      ...(failed && { FailureDetails: { Message: details.failureMessage } }),
      Status: {
        TotalCount: details.files,
        SucceededCount: done,
        FailedCount: failed ? details.files - done : 0,
        LastUpdatedTime: at / 1_000,
      },
      ...this.#asCreated,
    };
  }
}
