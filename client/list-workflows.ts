import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { workflowPage } from './workflow-page.js';

/** As many as Temporal gives at once. */
const LARGEST_PAGE = 1_000;

/** The Workflows that a visibility query finds, newest first. @throws TemporalUnreachableError */
export async function* listWorkflows(client: Client, query: string): AsyncGenerator<WorkflowExecutionInfo> {
  for (let token: Uint8Array | undefined; ;) {
    const request = { size: LARGEST_PAGE, ...(token !== undefined && { token }) };
    const { items, nextPageToken } = await workflowPage(client, query, request, (info) => info);
    yield* items;
    if (nextPageToken === undefined) return;
    token = nextPageToken;
  }
}
