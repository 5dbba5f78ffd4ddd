export {
  MOST_TARGETS_OF_A_CALL,
  quiesceService,
  type CancelTaskInput,
  type StartCampaignInput,
} from './quiesce-service.js';
export type { CampaignResult, Selector } from '../contract/campaign.js';
export type { CancelResult } from '../contract/cancellation.js';
export type { TaskRef } from '../contract/task.js';
