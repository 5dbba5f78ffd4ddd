import { randomBytes } from 'node:crypto';
import type { TaskState, Timeline } from '../../simulator/timeline.js';
import type { CpfsTask } from './simulate-task.js';
import { written } from './simulate-time.js';

const WORDS = {
  waiting: 'CREATED',
  running: 'RUNNING',
  canceling: 'CANCELING',
  canceled: 'CANCELED',
  completed: 'COMPLETE',
  failed: 'FAILED',
} as const satisfies Record<TaskState, string>;

/** The stretches of a progress that is done. */
const WHOLE = 10_000;
const SIZE_BYTES = 1_024;

/** Where one file of a streaming task comes from and goes to. */
export interface CpfsFile {
  readonly source: string;
  readonly destination: string;
}

/** One streaming subtask: the transfer of one file. */
export class CpfsSubtask {
  readonly id = `subTaskId-${randomBytes(8).toString('hex')}`;
  readonly task: CpfsTask;
  readonly timeline: Timeline;
  readonly #file: CpfsFile;

  constructor(task: CpfsTask, timeline: Timeline, file: CpfsFile) {
    this.task = task;
    this.timeline = timeline;
    this.#file = file;
  }

  wordAt(at: number): string {
    return this.task.details.subtaskWord ?? WORDS[this.timeline.stateAt(at)];
  }

  runsAt(at: number): boolean {
    return this.timeline.endedAt(at) === undefined;
  }

  get source(): string {
    return this.#file.source;
  }

  get destination(): string {
    return this.#file.destination;
  }

  /** @see https://help.aliyun.com/zh/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-describedataflowsubtasks-bmcpfs */
  describe(at: number): Record<string, unknown> {
    const { timeline, task } = this;
    const share = timeline.progressAt(at);
    const startedAt = timeline.startedAt(at);
    const endedAt = timeline.endedAt(at);
    return {
      FileSystemId: task.details.fileSystemId,
      DataFlowId: task.details.dataFlowId,
      DataFlowTaskId: task.id,
      DataFlowSubTaskId: this.id,
      SrcFilePath: this.source,
      DstFilePath: this.destination,
      Status: this.wordAt(at),
      Progress: Math.floor(WHOLE * share),
      ProgressStats: {
        BytesTotal: SIZE_BYTES,
        BytesDone: Math.floor(SIZE_BYTES * share),
        ActualBytes: Math.floor(SIZE_BYTES * share),
        AverageSpeed: SIZE_BYTES,
      },
      FileDetail: { ModifyTime: timeline.createdAt * 1_000_000, Size: SIZE_BYTES, Checksum: 'crc64:0' },
      CreateTime: written(timeline.createdAt),
      ...(startedAt !== undefined && { StartTime: written(startedAt) }),
      ...(endedAt !== undefined && { EndTime: written(endedAt) }),
    };
  }
}
