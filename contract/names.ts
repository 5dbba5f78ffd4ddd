/** The Task Queue of Quiesce's Workflows and Activities. */
export const TASK_QUEUE = 'quiesce';

/** Workflow types: stored in histories, never renamed. */
export const CANCEL_TASK_WORKFLOW = 'cancelTask';

/** Query, Signal and Update names of `cancelTask`. */
export const PROGRESS_QUERY = 'progress';
export const POLL_NOW_SIGNAL = 'pollNow';
export const EXTEND_DEADLINE_UPDATE = 'extendDeadline';
export const ABANDON_UPDATE = 'abandon';

/** Tells one address the end of a cancellation or a campaign, by trying again for days. */
export const DELIVER_CALLBACK_WORKFLOW = 'deliverCallback';

/** An Update of `cancelTask` and of `cancelCampaign`. */
export const ADD_CALLBACK_UPDATE = 'addCallback';

/** Divides a connection's quotas among the Workers, and keeps what its credential is worth; one Workflow a connection. */
export const SHARE_QUOTA_WORKFLOW = 'shareQuota';

/** Update, Signal and Query names of `shareQuota`. */
export const LEASE_UPDATE = 'lease';
export const CREDENTIAL_UPDATE = 'credential';
export const GIVE_BACK_SIGNAL = 'giveBack';
export const HEALTH_QUERY = 'health';

/** Keeps a caller's Idempotency-Key for as long as it counts. */
export const IDEMPOTENCY_RECORD_WORKFLOW = 'idempotencyRecord';

/** A campaign and its lanes. */
export const CANCEL_CAMPAIGN_WORKFLOW = 'cancelCampaign';
export const CAMPAIGN_LANE_WORKFLOW = 'campaignLane';

/** Update, Signal and Query names of `cancelCampaign`; it answers the Query `progress`, too. */
export const OPEN_LANE_UPDATE = 'openLane';
export const DISCARD_LANES_UPDATE = 'discardLanes';
export const SEAL_UPDATE = 'seal';
export const START_UPDATE = 'start';
export const PAUSE_UPDATE = 'pause';
export const RESUME_UPDATE = 'resume';
export const ABORT_UPDATE = 'abort';
export const APPROVE_WAVE_UPDATE = 'approveWave';
export const SET_RATE_UPDATE = 'setRate';
export const LANE_REPORT_SIGNAL = 'laneReport';

/** Update, Signal and Query names of `campaignLane`. */
export const LOAD_UPDATE = 'load';
export const ORDERS_SIGNAL = 'orders';
export const ROWS_QUERY = 'rows';

/** The Workflow id of a campaign. */
export function campaignWorkflowId(campaign: string): string {
  return `campaign/${campaign}`;
}

/** The Workflow id of one of its lanes. */
export function laneWorkflowId(campaign: string, lane: number): string {
  return `campaign/${campaign}/lane/${lane}`;
}

/** The Workflow id of a lane's campaign, by the lane's. */
export function campaignOfLane(laneId: string): string {
  return laneId.replace(/\/lane\/\d+$/, '');
}

/** The Workflow id of a callback's delivery. */
export function callbackWorkflowId(webhookId: string): string {
  return `callback/${webhookId}`;
}

/** The Workflow id of the one that divides a connection's quotas. */
export function quotaWorkflowId(connection: string): string {
  return `quota/${connection}`;
}

/** The Workflow id of the one that keeps an Idempotency-Key. */
export function idempotencyWorkflowId(hash: string): string {
  return `idempotency/${hash}`;
}
