import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { asUnreachable } from './as-unreachable.js';
import { within } from './within.js';

/** It comes in milliseconds, where a server is there. */
const PAGE_WITHIN_MS = 10_000;

export interface Page<T> {
  readonly items: readonly T[];
  /** What the next page is asked for with; left out after the last. */
  readonly nextPageToken?: Uint8Array;
}

/** Which page of a list. */
export interface PageRequest {
  readonly size: number;
  readonly token?: Uint8Array;
}

/**
 * One page of what a visibility query finds, for callers who come back for the next. It may be shorter than asked for, and not
 * the last. A Workflow whose memo cannot be read is listed without: one must not keep the rest from being told.
 * @throws TemporalUnreachableError
 */
export async function workflowPage<T>(
  client: Client,
  query: string,
  { size, token }: PageRequest,
  toItem: (info: WorkflowExecutionInfo) => T,
): Promise<Page<T>> {
  const { namespace } = client.options;
  const request = { namespace, query, pageSize: size, ...(token !== undefined && { nextPageToken: token }) };
  const asking = () => client.workflowService.listWorkflowExecutions(request);
  const { executions, nextPageToken } = await within(client, PAGE_WITHIN_MS, asking).catch(
    (thrown: unknown) => {
      throw asUnreachable(client, thrown);
    },
  );
  const infos = (executions ?? []).map((raw) => infoOf(client, raw));
  return { items: (await Promise.all(infos)).map(toItem), ...(nextPageToken?.length && { nextPageToken }) };
}

type RawInfo = Parameters<typeof executionInfoFromRaw>[0];

function infoOf({ options }: Client, raw: RawInfo): Promise<WorkflowExecutionInfo> {
  const read = () => executionInfoFromRaw(raw, options.loadedDataConverter, raw, options.namespace);
  return read().catch(() => {
    raw.memo = null;
    return read();
  });
}
