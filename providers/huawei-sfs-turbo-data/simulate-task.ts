import { z } from 'zod';
import type { TaskSeed } from '../../simulator/simulated-provider.js';
import { sfsTurboSeedDetails } from '../vendors/huawei/simulate-sfs-turbo.js';
import { SfsTurboTask } from '../vendors/huawei/simulate-sfs-turbo-task.js';

export const dataTaskType = z.enum(['import', 'import_metadata', 'preload', 'export']);

/** What `details` of a seed may say. */
export const dataTaskDetails = sfsTurboSeedDetails.extend({
  type: dataTaskType.default('export'),
  /** The directory of the file system that is linked with a bucket; `destTarget` must equal it. */
  srcTarget: z.string().default('sfs-link'),
  srcPrefix: z.string().default(''),
});

export type DataTaskDetails = z.output<typeof dataTaskDetails>;

/** One import or export task. */
export class DataTask extends SfsTurboTask {
  readonly type: DataTaskDetails['type'];
  readonly #details: DataTaskDetails;

  constructor(seed: TaskSeed<DataTaskDetails>) {
    super(seed, {
      waiting: 'DOING',
      running: 'DOING',
      canceling: 'DELETING',
      completed: 'SUCCESS',
      failed: 'FAIL',
    });
    this.type = seed.details.type;
    this.#details = seed.details;
  }

  /** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowHpcCacheTask.html */
  describe(at: number, shown: string): Readonly<Record<string, unknown>> {
    const { srcTarget, srcPrefix, failureMessage } = this.#details;
    const endedAt = this.timeline.endedAt(at);
    return {
      task_id: this.id,
      type: this.type,
      status: shown,
      src_target: srcTarget,
      src_prefix: srcPrefix,
      dest_target: srcTarget,
      dest_prefix: srcPrefix,
      start_time: withoutZone(this.timeline.startedAt(at) ?? this.timeline.createdAt),
      end_time: endedAt === undefined ? '' : withoutZone(endedAt),
      message: this.timeline.stateAt(at) === 'failed' ? failureMessage : '',
    };
  }
}

/** These times have no zone; that they are UTC is not documented. */
const withoutZone = (at: number) => new Date(at).toISOString().slice(0, 19);
