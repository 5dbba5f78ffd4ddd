export { cancelCampaign } from './cancel-campaign.js';
export { campaignLane } from './campaign-lane.js';
export { deliverCallback } from './deliver-callback.js';
export { cancelTask } from './cancel-task.js';
export { idempotencyRecord } from './idempotency-record.js';
export { shareQuota } from './share-quota.js';
