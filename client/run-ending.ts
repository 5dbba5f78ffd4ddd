import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { CampaignResult } from '../contract/campaign.js';
import type { CancelResult } from '../contract/cancellation.js';
import type { AuditEntry } from './audit-entry.js';
import { isNotFound } from './grpc-errors.js';
import { PAGE_WITHIN_MS, runEvents, type HistoryEvent, type Run } from './run-events.js';
import { said, type Said } from './said.js';
import { within } from './within.js';

const { HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT: CLOSE_EVENT } =
  proto.temporal.api.enums.v1.HistoryEventFilterType;

/** How a run has ended, as the audit tells it. */
export type Ending = Pick<
  AuditEntry,
  'outcome' | 'endedAt' | 'lastState' | 'requestIds' | 'clientTokens' | 'verdicts'
>;

/** What the run ended with, where it is that event. */
export async function endingBy(client: Client, event: HistoryEvent, info: Run): Promise<Ending | undefined> {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return endingOf(await said<CancelResult & CampaignResult>(client, completed.result), info);
  const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  if (!next) return undefined;
  return endingOfRun(client, info.workflowId, next).catch((thrown: unknown) => {
    // Somebody deleted it: nothing is known of how it ended.
    if (thrown instanceof WorkflowNotFoundError || isNotFound(thrown)) return undefined;
    throw thrown;
  });
}

async function endingOfRun(client: Client, workflowId: string, runId: string): Promise<Ending> {
  const run = client.workflow.getHandle(workflowId, runId);
  const info: Run = await within(client, PAGE_WITHIN_MS, () => run.describe());
  let ending = endingOf({}, info);
  // Asked for the last event of one that runs, the server waits (9 s were measured on a dev server).
  if (info.closeTime === undefined) return ending;
  for await (const event of runEvents(client, info, CLOSE_EVENT))
    ending = (await endingBy(client, event, info)) ?? ending;
  return ending;
}

export function endingOf(
  { end, verdicts, verdict, evidence, clientTokens }: Said<CancelResult & CampaignResult>,
  { status, closeTime }: Run,
): Ending {
  const { lastState, requestIds } = evidence ?? {};
  return {
    outcome: verdict ?? end ?? status.name,
    ...(closeTime !== undefined && { endedAt: closeTime.toISOString() }),
    ...(lastState !== undefined && { lastState }),
    ...(requestIds !== undefined && { requestIds }),
    ...(clientTokens !== undefined && { clientTokens }),
    ...(verdicts !== undefined && { verdicts }),
  };
}
