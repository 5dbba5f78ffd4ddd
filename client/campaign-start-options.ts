import { createHash } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';
import type { CampaignInput } from '../contract/campaign.js';
import { campaignWorkflowId, TASK_QUEUE } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';

/** Of one campaign, in lists. */
const MOST_TOLD_CONNECTIONS = 100;

/** Tells whether a campaign of the same id was asked for in the same way. */
export function requestHash(asked: object): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** How the Workflow `cancelCampaign` is started. @param request of {@link requestHash}, kept in its memo. */
export function campaignStartOptions(
  id: string,
  input: CampaignInput,
  request: string,
  connections: readonly string[] = [],
) {
  const { requestedBy, reason } = input;
  return {
    workflowId: campaignWorkflowId(id),
    taskQueue: TASK_QUEUE,
    args: [input],
    // The same id is the same campaign, also after it has ended.
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    memo: { request, ...(isFew(connections) && { connections }) },
    typedSearchAttributes: searchAttributePairs({ campaign: id, phase: 'gathering', requestedBy }),
    staticSummary: reason.slice(0, 200),
  } satisfies WorkflowStartOptions;
}

/** A list of campaigns carries them along. */
function isFew(connections: readonly string[]): boolean {
  return connections.length > 0 && connections.length <= MOST_TOLD_CONNECTIONS;
}
