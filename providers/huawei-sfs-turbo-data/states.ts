import type { SfsTurboStates } from '../vendors/huawei/sfs-turbo-observe.js';

/**
 * The words of `status`. None says "canceled": a deleted task is gone.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowHpcCacheTask.html
 */
export const DATA_TASK_STATES = {
  DOING: { state: 'active' },
  DELETING: { state: 'canceling' },
  SUCCESS: { state: 'ended', end: 'completed' },
  FAIL: { state: 'ended', end: 'failed' },
} as const satisfies SfsTurboStates;
