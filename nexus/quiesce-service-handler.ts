import { serviceHandler } from 'nexus-rpc';
import { cancelTaskOperation } from './cancel-task-operation.js';
import { quiesceService } from './quiesce-service.js';
import { startCampaignOperation } from './start-campaign-operation.js';

/** What a Worker answers to callers of {@link quiesceService}. */
export const quiesceServiceHandler = serviceHandler(quiesceService, {
  cancelTask: cancelTaskOperation,
  startCampaign: startCampaignOperation,
});
