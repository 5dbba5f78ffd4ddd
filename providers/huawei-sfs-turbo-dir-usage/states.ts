import type { SfsTurboStates } from '../vendors/huawei/sfs-turbo-observe.js';

/**
 * The words of `status`. None says that a task is being canceled, or was: a deleted task is gone.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ShowFsTask.html
 */
export const DIR_USAGE_STATES = {
  DOING: { state: 'active' },
  SUCCESS: { state: 'ended', end: 'completed' },
  FAIL: { state: 'ended', end: 'failed' },
} as const satisfies SfsTurboStates;
