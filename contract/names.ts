/** The Task Queue of Quiesce's Workflows and Activities. */
export const TASK_QUEUE = 'quiesce';

/** Workflow types: stored in histories, never renamed. */
export const CANCEL_TASK_WORKFLOW = 'cancelTask';

/** Query, Signal and Update names of `cancelTask`. */
export const PROGRESS_QUERY = 'progress';
export const POLL_NOW_SIGNAL = 'pollNow';
export const EXTEND_DEADLINE_UPDATE = 'extendDeadline';
export const ABANDON_UPDATE = 'abandon';
