import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { CampaignPhase } from '../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { CampaignSummary } from './campaign-types.js';
import { quoted } from './list-cancellations.js';

/** Which campaigns to list. */
export interface CampaignFilter {
  readonly running?: boolean;
  readonly requestedBy?: string;
}

export interface CampaignPage {
  readonly items: readonly CampaignSummary[];
  /** What the next page is asked for with; left out after the last. */
  readonly nextPageToken?: Uint8Array;
}

export function campaignQuery({ running, requestedBy }: CampaignFilter): string {
  return [
    `WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}'`,
    ...(running === undefined ? [] : [`ExecutionStatus ${running ? '=' : '!='} 'Running'`]),
    ...(requestedBy === undefined
      ? []
      : [`${searchAttributeKey('requestedBy').name} = ${quoted(requestedBy)}`]),
  ].join(' AND ');
}

/** One page of a list, for callers who come back for the next. It may be shorter than asked for, and not the last. */
export async function campaignPage(
  client: Client,
  filter: CampaignFilter,
  page: { readonly size: number; readonly token?: Uint8Array },
): Promise<CampaignPage> {
  const { namespace, loadedDataConverter } = client.options;
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace,
    query: campaignQuery(filter),
    pageSize: page.size,
    ...(page.token !== undefined && { nextPageToken: page.token }),
  });
  const infos = (executions ?? []).map((raw) =>
    executionInfoFromRaw(raw, loadedDataConverter, raw, namespace),
  );
  const items = (await Promise.all(infos)).map(toCampaignSummary);
  return { items, ...(nextPageToken?.length && { nextPageToken }) };
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
