import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { CampaignPhase } from '../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { CampaignSummary } from './campaign-types.js';
import { isOpen, quoted } from './list-cancellations.js';
import { workflowPage, type Page, type PageRequest } from './workflow-page.js';

/** Which campaigns to list. */
export interface CampaignFilter {
  readonly running?: boolean;
  readonly requestedBy?: string;
}

export function campaignQuery({ running, requestedBy }: CampaignFilter): string {
  return [
    `WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}'`,
    ...(running === undefined ? [] : [isOpen(running)]),
    ...(requestedBy === undefined
      ? []
      : [`${searchAttributeKey('requestedBy').name} = ${quoted(requestedBy)}`]),
  ].join(' AND ');
}

/** One page of the list; needs no Worker. */
export function campaignPage(
  client: Client,
  filter: CampaignFilter,
  page: PageRequest,
): Promise<Page<CampaignSummary>> {
  return workflowPage(client, campaignQuery(filter), page, toCampaignSummary);
}

/** What Temporal itself knows of a campaign, without asking its Workflow. */
export function toCampaignSummary(info: Omit<WorkflowExecutionInfo, 'raw'>): CampaignSummary {
  const read = (name: 'phase' | 'requestedBy') => info.typedSearchAttributes.get(searchAttributeKey(name));
  const phase = read('phase') as CampaignPhase | undefined;
  const requestedBy = read('requestedBy');
  const connections: unknown = info.memo?.['connections'];
  return {
    id: info.workflowId.replace(/^campaign\//, ''),
    runId: info.runId,
    ...(phase !== undefined && { phase }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(Array.isArray(connections) && { connections: connections.map(String) }),
    workflowStatus: info.status.name,
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime !== undefined && { closedAt: info.closeTime.toISOString() }),
  };
}
