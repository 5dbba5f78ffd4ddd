import { z } from 'zod';
import type { SimulatedWorld, TaskSeed } from '../../simulator/simulated-provider.js';
import { sfsTurboSeedDetails } from '../vendors/huawei/simulate-sfs-turbo.js';
import { SfsTurboTask } from '../vendors/huawei/simulate-sfs-turbo-task.js';
import type { DirUsageSwitches } from './simulate-switches.js';

/** What `details` of a seed may say. */
export const dirUsageDetails = sfsTurboSeedDetails.extend({
  path: z.string().startsWith('/').default('/data'),
  usedBytes: z.int().min(0).default(1_000_000),
  files: z.int().min(0).default(1_000),
});

export type DirUsageDetails = z.output<typeof dirUsageDetails>;

/** One task that measures a directory. It has no word of its own for being deleted. */
export class DirUsageTask extends SfsTurboTask {
  readonly #details: DirUsageDetails;

  constructor(seed: TaskSeed<DirUsageDetails>, world: SimulatedWorld<DirUsageSwitches>) {
    super(seed, world, {
      waiting: 'DOING',
      running: 'DOING',
      canceling: 'DOING',
      completed: 'SUCCESS',
      failed: 'FAIL',
    });
    this.#details = seed.details;
  }

  /** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowFsTask.html */
  describe(at: number, shown: string): Readonly<Record<string, unknown>> {
    const { path, usedBytes, files, failureMessage } = this.#details;
    const { timeline } = this;
    const done = timeline.stateAt(at) === 'completed';
    return {
      task_id: this.id,
      status: shown,
      dir_usage: {
        path,
        used_capacity: done ? usedBytes : 0,
        file_count: { dir: 1, regular: done ? files : 0, pipe: 0, char: 0, block: 0, socket: 0, symlink: 0 },
        message: timeline.stateAt(at) === 'failed' ? failureMessage : '',
      },
      begin_time: utc(timeline.startedAt(at) ?? timeline.createdAt),
      ...this.endTime(at, utc),
    };
  }
}

const utc = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
