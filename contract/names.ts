/** The Task Queue of Quiesce's Workflows and Activities. */
export const TASK_QUEUE = 'quiesce';

/** Workflow types: stored in histories, never renamed. */
export const CANCEL_TASK_WORKFLOW = 'cancelTask';

/** Query, Signal and Update names of `cancelTask`. */
export const PROGRESS_QUERY = 'progress';
export const POLL_NOW_SIGNAL = 'pollNow';
export const EXTEND_DEADLINE_UPDATE = 'extendDeadline';
export const ABANDON_UPDATE = 'abandon';

/** Divides a connection's quotas among the Workers, and keeps what its credential is worth; one Workflow a connection. */
export const SHARE_QUOTA_WORKFLOW = 'shareQuota';

/** Update and Signal names of `shareQuota`. */
export const LEASE_UPDATE = 'lease';
export const CREDENTIAL_UPDATE = 'credential';
export const GIVE_BACK_SIGNAL = 'giveBack';

/** The Workflow id of the one that divides a connection's quotas. */
export function quotaWorkflowId(connection: string): string {
  return `quota/${connection}`;
}
