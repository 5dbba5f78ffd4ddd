import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedTask, TaskSeed } from '../../simulator/simulated-provider.js';
import { Timeline, type Delays, type TaskState } from '../../simulator/timeline.js';
import { dataFlowId, fileSystemId } from './simulate-parameters.js';
import { CpfsSubtask, type CpfsFile } from './simulate-subtask.js';
import type { CpfsSwitches } from './simulate-switches.js';
import { written } from './simulate-time.js';

const WORDS = {
  waiting: 'Pending',
  running: 'Executing',
  canceling: 'Canceling',
  canceled: 'Canceled',
  completed: 'Completed',
  failed: 'Failed',
} as const satisfies Record<TaskState, string>;

export const taskAction = z.enum(['Import', 'Export', 'Evict', 'Inventory', 'StreamImport', 'StreamExport']);
export const dataType = z.enum(['MetaAndData', 'Metadata', 'Data']);

/** What `details` of a seed may say. */
export const cpfsSeedDetails = z.object({
  fileSystemId: fileSystemId.default('bmcpfs-0123456789abcdef'),
  dataFlowId: dataFlowId.default('df-0123456789abcdef'),
  /** Left out: StreamImport for a task with subtasks, Import for one without. */
  action: taskAction.optional(),
  dataType: dataType.default('MetaAndData'),
  originator: z.enum(['User', 'System']).default('User'),
  /** Files the task is about. */
  files: z.int().min(0).default(1_000),
  failureMessage: z.string().default('The simulated task failed.'),
  /** How many subtasks run when the task is made; a cancel is refused while one does. */
  runningSubtasks: z.int().min(0).max(10_000).default(0),
  /** How long each subtask runs, created ones included. */
  subtaskMs: z.number().min(0).default(60_000),
  /** Shown instead of the word for any state of its subtasks. */
  subtaskWord: z.string().min(1).optional(),
});

export type CpfsSeedDetails = z.output<typeof cpfsSeedDetails>;

/** One data flow task, with its subtasks. */
export class CpfsTask implements SimulatedTask {
  readonly id: string;
  readonly timeline: Timeline;
  readonly details: CpfsSeedDetails;
  readonly action: z.output<typeof taskAction>;
  readonly subtasks: CpfsSubtask[] = [];
  readonly #word: string | undefined;
  /** Parameters a create gave that are only handed back. */
  readonly #asCreated: Readonly<Record<string, unknown>>;

  constructor(seed: TaskSeed<CpfsSeedDetails>, asCreated: Readonly<Record<string, unknown>> = {}) {
    this.id = seed.id ?? `task-${randomBytes(8).toString('hex')}`;
    this.timeline = seed.timeline;
    this.details = seed.details;
    this.action = seed.details.action ?? (seed.details.runningSubtasks > 0 ? 'StreamImport' : 'Import');
    this.#word = seed.word;
    this.#asCreated = asCreated;
  }

  get ids(): { fileSystemId: string; dataFlowId: string; taskId: string } {
    const { fileSystemId: on, dataFlowId: flow } = this.details;
    return { fileSystemId: on, dataFlowId: flow, taskId: this.id };
  }

  /** A subtask that was created just now. */
  addSubtask(now: number, delays: Delays, file: CpfsFile): CpfsSubtask {
    const runningMs = this.details.subtaskMs;
    const timeline = new Timeline({ now, delays: { ...delays, runningMs } });
    const subtask = new CpfsSubtask(this, timeline, file);
    this.subtasks.push(subtask);
    return subtask;
  }

  runningSubtasksAt(at: number): readonly CpfsSubtask[] {
    return this.subtasks.filter((subtask) => subtask.runsAt(at));
  }

  /** Makes the subtasks that its seed asks for: they run already. */
  startSubtasks(now: number, given: Delays): void {
    const { runningSubtasks, subtaskMs: runningMs } = this.details;
    const delays = { ...given, runningMs };
    for (let n = 1; n <= runningSubtasks; n++) {
      const file = { source: `/simulated/${n}`, destination: `/simulated/${n}` };
      this.subtasks.push(new CpfsSubtask(this, new Timeline({ now, delays, state: 'running' }), file));
    }
  }

  get streams(): boolean {
    return this.action.startsWith('Stream');
  }

  wordAt(at: number): string {
    return this.#word ?? WORDS[this.timeline.stateAt(at)];
  }

  /**
   * The task as it was at `at`. Counts and sizes are made up of the share that is done; `Progress` counts operations.
   * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflowtasks-cpfs
   */
  describe(at: number, { errorMsgOfNone }: CpfsSwitches): Record<string, unknown> {
    const { id, timeline, details } = this;
    const startedAt = timeline.startedAt(at);
    const endedAt = timeline.endedAt(at);
    const done = Math.floor(details.files * timeline.progressAt(at));
    return {
      FilesystemId: details.fileSystemId, // With a small s, here alone.
      DataFlowId: details.dataFlowId,
      TaskId: id,
      TaskAction: this.action,
      DataType: details.dataType,
      Originator: details.originator,
      SourceStorage: 'oss://simulated-bucket',
      FsPath: '/simulated/',
      Status: this.wordAt(at),
      Progress: done,
      ProgressStats: {
        FilesTotal: details.files,
        FilesDone: done,
        ActualFiles: done,
        BytesTotal: details.files * 1_024,
        BytesDone: done * 1_024,
        ActualBytes: done * 1_024,
        AverageSpeed: 1_024,
        RemainTime: details.files - done,
      },
      CreateTime: written(timeline.createdAt),
      ...(startedAt !== undefined && { StartTime: written(startedAt) }),
      ...(endedAt !== undefined && { EndTime: written(endedAt) }),
      ...(errorMsgOfNone === 'empty' && { ErrorMsg: '' }),
      ...(timeline.stateAt(at) === 'failed' && { ErrorMsg: details.failureMessage }),
      ...this.#asCreated,
    };
  }
}
