import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';
import { within } from './within.js';

export type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;
/** One of the runs of a Workflow. */
export type Run = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'status' | 'closeTime'>;

/** A page comes in milliseconds, where a server is there. */
export const PAGE_WITHIN_MS = 10_000;
const { HISTORY_EVENT_FILTER_TYPE_ALL_EVENT: ALL_EVENT } = proto.temporal.api.enums.v1.HistoryEventFilterType;

/** The events of a run that the filter lets through; left out, all. */
export async function* runEvents(
  client: Client,
  { workflowId, runId }: Run,
  historyEventFilterType = ALL_EVENT,
): AsyncGenerator<HistoryEvent> {
  const { namespace } = client.options;
  const request = { namespace, execution: { workflowId, runId }, historyEventFilterType };
  for (let token: Uint8Array | undefined; ;) {
    const next = token === undefined ? {} : { nextPageToken: token };
    const { history, nextPageToken } = await within(client, PAGE_WITHIN_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({ ...request, ...next }),
    );
    yield* history?.events ?? [];
    if (!nextPageToken?.length) return;
    token = nextPageToken;
  }
}
