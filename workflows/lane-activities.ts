import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CampaignActivities } from '../activities/campaign-activities.js';

const options = {
  // A round of looks at fifty lanes takes an hour at CPFS's two calls a second; whose Worker is gone, the heartbeat tells.
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '15 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
} as const;

export const { surveyTargets } = proxyActivities<CampaignActivities>({
  ...options,
  summary: 'look at all targets for the plan',
});

/** Never left alone: what it has asked has to be known before anything else is done. */
export const { askTargets } = proxyActivities<CampaignActivities>({
  ...options,
  summary: 'ask, each after a look',
  startToCloseTimeout: '1 hour',
  // A Worker that was killed is noticed after this; see activities/heart.ts.
  heartbeatTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { ...options.retry, initialInterval: '100 milliseconds' },
});

export const { proveTargets } = proxyActivities<CampaignActivities>({
  ...options,
  summary: 'poll until they have ended (attempts are polls)',
});

/** One more look after waiting was given up; it may not take long, whatever the vendor or the Workers do. */
export const lastProof = proxyActivities<CampaignActivities>({
  ...options,
  summary: 'last look before giving up',
  scheduleToCloseTimeout: '2 minutes',
  retry: { ...options.retry, maximumAttempts: 3 },
}).proveTargets;
