import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CancelActivities } from '../activities/cancel-activities.js';
import type { SubtaskActivities } from '../activities/subtask-activities.js';

// TRY_CANCEL is stated because the SDK's documentation and its behaviour differ on the default. There is no
// schedule-to-close on the steps: it cannot be extended while an Activity retries, so the Workflow owns the deadline.
const options = {
  // A look and an ask may each wait twenty seconds for their turn and twenty for their answer, and for a new credential
  // before that: no attempt may overlap the next.
  startToCloseTimeout: '2 minutes',
  // A Worker that was killed is noticed after this; see activities/heartbeating.ts.
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
} as const;

export const { observe } = proxyActivities<CancelActivities>({ ...options, summary: 'look at the task' });

/** Never left alone: two asks at a time could both have their effect, and one that outlives the verdict would belie it. */
export const { requestCancel } = proxyActivities<CancelActivities>({
  ...options,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  summary: 'ask the vendor to cancel',
});

export const { rehearseCancel } = proxyActivities<CancelActivities>({
  ...options,
  summary: 'ask whether the vendor would cancel',
});

export const { awaitSubtasks } = proxyActivities<SubtaskActivities>({
  ...options,
  summary: 'wait for the running subtasks (attempts are polls)',
});

export const { awaitEnd } = proxyActivities<CancelActivities>({
  ...options,
  summary: 'poll until it has ended (attempts are polls)',
});

/** One more `observe` after waiting was given up; it may not take long, whatever the vendor or the Workers do. */
export const lastLook = proxyActivities<CancelActivities>({
  ...options,
  summary: 'last look before giving up',
  scheduleToCloseTimeout: '30 seconds',
  retry: { ...options.retry, maximumAttempts: 3 },
}).observe;
