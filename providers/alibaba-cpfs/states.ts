import type { ObservedState, TaskEnd } from '../../contract/observation.js';

type Known =
  | { readonly state: Exclude<ObservedState, 'ended' | 'absent'> }
  | { readonly state: 'ended'; readonly end: TaskEnd };

/**
 * CPFS's `Status` words of a data flow task. One that is not listed is `unknown`: it proves nothing.
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflowtasks-cpfs
 */
export const TASK_STATES = {
  Pending: { state: 'active' },
  Executing: { state: 'active' },
  Canceling: { state: 'canceling' },
  Canceled: { state: 'ended', end: 'canceled' },
  Completed: { state: 'ended', end: 'completed' },
  Failed: { state: 'ended', end: 'failed' },
} as const satisfies Record<string, Known>;

/** The words of a task that has not ended, as the filter `Status` takes them. */
export const LIVE_TASK_WORDS = Object.entries(TASK_STATES).flatMap(([word, { state }]) =>
  state === 'ended' ? [] : [word],
);

/** The words of a task that has ended, likewise. */
export const ENDED_TASK_WORDS = Object.keys(TASK_STATES).filter((word) => !LIVE_TASK_WORDS.includes(word));

/**
 * CPFS's `Status` words of a data flow subtask, other than those of a task. One that is not listed is `ending`: it may still
 * run, for an end is never guessed, but is not known to be one that can be canceled.
 * @see https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowsubtask-bmcpfs
 */
export const SUBTASK_STATES = {
  CREATED: 'cancelable',
  RUNNING: 'cancelable',
  CANCELING: 'ending',
  COMPLETE: 'ended',
  FAILED: 'ended',
  CANCELED: 'ended',
  EXPIRED: 'ended',
} as const satisfies Record<string, SubtaskState>;

export type SubtaskState = 'cancelable' | 'ending' | 'ended';

/** The words of a subtask that runs, as the filter `Status` takes them. */
export const RUNNING_SUBTASK_WORDS = Object.entries(SUBTASK_STATES).flatMap(([word, state]) =>
  state === 'ended' ? [] : [word],
);
