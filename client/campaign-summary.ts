import { createHash } from 'node:crypto';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { CampaignPhase } from '../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { CampaignSummary } from './campaign-types.js';
import { RequestRefusedError } from './errors.js';
import { quoted } from './list-cancellations.js';

/** Which campaigns to list. */
export interface CampaignFilter {
  readonly running?: boolean;
  readonly requestedBy?: string;
}

/** Some campaigns of a list, and where it goes on. */
export interface CampaignPage {
  readonly items: readonly CampaignSummary[];
  /** For the next page; left out on the last. */
  readonly cursor?: string;
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

/** @throws RequestRefusedError for a cursor that is not of this list. */
export async function campaignPage(
  client: Client,
  filter: CampaignFilter & { readonly limit: number; readonly cursor?: string },
): Promise<CampaignPage> {
  const { namespace, loadedDataConverter } = client.options;
  const query = campaignQuery(filter);
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace,
    query,
    pageSize: filter.limit,
    nextPageToken: filter.cursor === undefined ? Buffer.alloc(0) : fromCursor(query, filter.cursor),
  });
  const infos = (executions ?? []).map((raw) =>
    executionInfoFromRaw(raw, loadedDataConverter, raw, namespace),
  );
  const items = (await Promise.all(infos)).map(toCampaignSummary);
  const isLast = nextPageToken.length === 0;
  return { items, ...(!isLast && { cursor: toCursor(query, nextPageToken) }) };
}

const CHECK_BYTES = 6;

/** Temporal's own token, behind a check: to one that is not its own, the server says no more than that something went wrong. */
function toCursor(query: string, token: Uint8Array): string {
  return Buffer.concat([checkOf(query, token), token]).toString('base64url');
}

function fromCursor(query: string, cursor: string): Buffer {
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(CHECK_BYTES);
  if (token.length > 0 && checkOf(query, token).equals(bytes.subarray(0, CHECK_BYTES))) return token;
  throw new RequestRefusedError(
    'This is no cursor of this list; take that of the page before, and leave its filter as it is.',
  );
}

function checkOf(query: string, token: Uint8Array): Buffer {
  return createHash('sha256').update(query).update('\n').update(token).digest().subarray(0, CHECK_BYTES);
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
