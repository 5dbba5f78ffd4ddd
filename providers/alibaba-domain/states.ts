import type { ObservedState, TaskEnd } from '../../contract/observation.js';

type KnownState =
  | { readonly state: Exclude<ObservedState, 'ended' | 'absent' | 'unknown'> }
  | { readonly state: 'ended'; readonly end: TaskEnd };

/**
 * `TaskStatus` of a task that nobody cancels. COMPLETE is said of a task whose every domain was tried, whatever came of it.
 * @see https://www.alibabacloud.com/help/doc-detail/67709.htm
 */
const TASK_STATES = {
  WAITING_EXECUTE: { state: 'active' },
  EXECUTING: { state: 'active' },
  COMPLETE: { state: 'ended', end: 'completed' },
} as const satisfies Record<string, KnownState>;

/** `TaskCancelStatus` of one that was cancelled. Here COMPLETE means that the cancel is. What TaskStatus says then is not documented. */
const CANCEL_STATES = {
  CANCELLING: { state: 'canceling' },
  COMPLETE: { state: 'ended', end: 'canceled' },
} as const satisfies Record<string, KnownState>;

const NOT_CANCELLED = 'INIT';
const FINISHED = 'COMPLETE';

/** Every word of either. */
export const STATE_WORDS = [
  ...new Set([...Object.keys(TASK_STATES), NOT_CANCELLED, ...Object.keys(CANCEL_STATES)]),
];

/**
 * The two words as one state; undefined when they prove nothing. The codes beside them are not looked at: the vendor's own
 * sample has TaskStatus COMPLETE with the code of WAITING_EXECUTE.
 */
export function stateOf(
  taskStatus: string | undefined,
  cancelStatus: string | undefined,
): KnownState | undefined {
  const canceled = lookUp(CANCEL_STATES, cancelStatus);
  if (canceled !== undefined) return canceled;
  const known = lookUp(TASK_STATES, taskStatus);
  if (cancelStatus === NOT_CANCELLED) return known;
  // Older samples have no word on the cancel. Without it an ended task may have been cancelled.
  return cancelStatus === undefined && known?.state === 'active' ? known : undefined;
}

/** Whether the work may have been done all the same, though a cancel was asked for: its details tell. */
export function mayHaveFinished({
  taskStatus,
  cancelStatus,
}: {
  readonly taskStatus?: string;
  readonly cancelStatus?: string;
}): boolean {
  const canceled = lookUp(CANCEL_STATES, cancelStatus);
  return canceled?.state === 'ended' || (canceled !== undefined && taskStatus === FINISHED);
}

function lookUp(
  table: Readonly<Record<string, KnownState>>,
  word: string | undefined,
): KnownState | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}
