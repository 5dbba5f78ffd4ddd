import { WorkflowFailedError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { CancelPhase, CancelProgress, CancelResult } from '../contract/cancellation.js';
import { PROGRESS_QUERY } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import { taskOf } from '../contract/task-memo.js';
import { EncryptionError } from '../encryption/encryption-error.js';
import { queryWorkflow } from '../setup/query-workflow.js';
import { failureMessage } from './failure-message.js';
import { firstRunIdOf } from './first-run-id.js';
import { toFailedError } from './to-failed-error.js';
import type { CancellationStatus, PendingStep } from './types.js';

/** A Query that no Worker answers would wait for ten seconds and more. */
const QUERY_TIMEOUT_MS = 3_000;

/** Started, a Workflow Task scheduled, and nobody has taken it. */
const EVENTS_BEFORE_ANY_WORKER = 2;

/** Of the server's PendingActivityState. */
const CANCEL_REQUESTED = 3;

/** Puts together what Temporal knows of a cancellation (always there) and what its Workflow tells (with a Worker). */
export async function readStatus(
  client: Client,
  { id, runId }: { readonly id: string; readonly runId: string | undefined },
): Promise<CancellationStatus> {
  const description = await describeRun(client, id, runId);
  // A run that is paused has not ended either.
  const running = description.closeTime === undefined;
  const untouched = running && description.historyLength <= EVENTS_BEFORE_ANY_WORKER;
  const ended: End = running ? {} : await readEnd(client, description);
  const progress = running && !untouched ? await readProgress(client, description) : undefined;
  const pending = running ? await readPending(client, description) : undefined;
  // One that was started with Temporal alone has none until its first Workflow Task is done.
  const phase = description.typedSearchAttributes.get(searchAttributeKey('phase')) as CancelPhase | undefined;
  return {
    id,
    runId: description.runId,
    firstRunId: firstRunIdOf(description),
    task: progress?.task ?? ended.result?.task ?? taskOf(description) ?? id,
    phase: untouched ? 'waiting-for-worker' : running ? (progress?.phase ?? phase ?? 'observing') : 'ended',
    workflowStatus: description.status.name,
    startedAt: description.startTime.toISOString(),
    ...(description.closeTime !== undefined && { closedAt: description.closeTime.toISOString() }),
    ...(progress !== undefined && { progress }),
    ...(pending !== undefined && { pending }),
    ...ended,
  };
}

/** The latest run of a cancellation; of one that another of the same task has followed, its first. */
export async function describeRun(
  client: Client,
  id: string,
  runId: string | undefined,
): Promise<WorkflowExecutionDescription> {
  const latest = await client.workflow.getHandle(id).describe();
  const isOurs = runId === undefined || firstRunIdOf(latest) === runId;
  return isOurs ? latest : client.workflow.getHandle(id, runId).describe();
}

async function readProgress(client: Client, { workflowId, runId }: WorkflowExecutionDescription) {
  const workflow = client.workflow.getHandle(workflowId, runId);
  const asking = () => queryWorkflow<CancelProgress>(workflow, PROGRESS_QUERY);
  return client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, asking).catch((thrown: unknown) => {
    if (thrown instanceof EncryptionError) throw thrown;
    // Without a Worker there is no answer, and that is told by its absence.
    return undefined;
  });
}

type End = Pick<CancellationStatus, 'result' | 'failure'>;

async function readEnd(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<End> {
  try {
    return { result: (await client.workflow.getHandle(workflowId, runId).result()) as CancelResult };
  } catch (thrown) {
    if (!(thrown instanceof WorkflowFailedError)) throw thrown;
    const { failureType: type, message } = toFailedError(workflowId, thrown);
    return { failure: { type, message } };
  }
}

async function readPending(
  client: Client,
  { raw }: WorkflowExecutionDescription,
): Promise<PendingStep | undefined> {
  // One that is being given up is not what is waited for.
  const step = raw.pendingActivities?.find(({ state }) => state !== CANCEL_REQUESTED);
  if (step === undefined) return undefined;
  const { lastFailure, nextAttemptScheduleTime: next } = step;
  return {
    activity: step.activityType?.name ?? '',
    attempt: step.attempt ?? 1,
    ...(lastFailure && {
      lastFailure: {
        type: lastFailure.applicationFailureInfo?.type || 'Timeout',
        message: await failureMessage(client, lastFailure),
      },
    }),
    ...(next && {
      nextAttemptAt: new Date(Number(next.seconds ?? 0) * 1_000 + (next.nanos ?? 0) / 1e6).toISOString(),
    }),
  };
}
