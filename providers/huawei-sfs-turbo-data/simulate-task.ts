import { z } from 'zod';
import type { SimulatedWorld, TaskSeed } from '../../simulator/simulated-provider.js';
import { sfsTurboSeedDetails } from '../vendors/huawei/simulate-sfs-turbo.js';
import { SfsTurboTask } from '../vendors/huawei/simulate-sfs-turbo-task.js';
import type { DataTaskSwitches } from './simulate-switches.js';

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
  readonly #world: SimulatedWorld<DataTaskSwitches>;

  constructor(seed: TaskSeed<DataTaskDetails>, world: SimulatedWorld<DataTaskSwitches>) {
    super(seed, world, {
      waiting: 'DOING',
      running: 'DOING',
      canceling: 'DELETING',
      completed: 'SUCCESS',
      failed: 'FAIL',
    });
    this.type = seed.details.type;
    this.#details = seed.details;
    this.#world = world;
  }

  /** @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowHpcCacheTask.html */
  describe(at: number, shown: string): Readonly<Record<string, unknown>> {
    const { srcTarget, srcPrefix, failureMessage } = this.#details;
    const withoutZone = WITHOUT_ZONE[this.#world.settings.switches.timeZone];
    return {
      task_id: this.id,
      type: this.type,
      status: shown,
      src_target: srcTarget,
      src_prefix: srcPrefix,
      dest_target: srcTarget,
      dest_prefix: srcPrefix,
      start_time: withoutZone(this.timeline.startedAt(at) ?? this.timeline.createdAt),
      ...this.endTime(at, withoutZone),
      message: this.timeline.stateAt(at) === 'failed' ? failureMessage : '',
    };
  }
}

const utc = (at: number) => new Date(at).toISOString().slice(0, 19);

/** These times do not say in which zone they are. */
const WITHOUT_ZONE = {
  utc,
  '+08:00': (at) => utc(at + 8 * 60 * 60_000),
} as const satisfies Record<DataTaskSwitches['timeZone'], (at: number) => string>;
