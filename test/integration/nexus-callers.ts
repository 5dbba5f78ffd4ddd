import { createNexusServiceClient, type NexusOperationCancellationType } from '@temporalio/workflow';
import {
  quiesceService,
  type CampaignResult,
  type CancelResult,
  type CancelTaskInput,
  type StartCampaignInput,
} from 'quiesce/nexus';

export { stopExport } from './nexus-example.js';

/** Workflows of other services, in other namespaces; the published definition is all that they have of Quiesce. */

const quiesce = createNexusServiceClient({ endpoint: 'quiesce', service: quiesceService });

export interface Calling {
  readonly cancellationType?: NexusOperationCancellationType;
}

export function callCancelTask(input: CancelTaskInput, options: Calling = {}): Promise<CancelResult> {
  return quiesce.executeOperation('cancelTask', input, options);
}

export function callStartCampaign(input: StartCampaignInput, options: Calling = {}): Promise<CampaignResult> {
  return quiesce.executeOperation('startCampaign', input, options);
}
