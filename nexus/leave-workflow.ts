import { WorkflowNotFoundError } from '@temporalio/client';
import { getClient, log, type CancelWorkflowRunOptions } from '@temporalio/nexus';
import type { CancelOperationContext } from 'nexus-rpc';
import { refusal } from './refusal.js';

/** The memo of a Workflow that an operation started; one that it found has another's. */
export const STARTED_BY_NEXUS = { startedBy: 'nexus' };

/**
 * A caller cancels its operation: the Workflow is cancelled when nobody else waits for it.
 *
 * Which of several callers it is, the server does not say. So a Workflow that several wait for goes on for all of them, and
 * one that was started otherwise is not theirs to end.
 */
export async function leaveWorkflow(
  _context: CancelOperationContext,
  { workflowId }: CancelWorkflowRunOptions,
): Promise<void> {
  const workflow = getClient().workflow.getHandle(workflowId);
  const { memo, raw, closeTime } = await workflow.describe().catch(orGone);
  if (closeTime !== undefined) return;
  const callers = raw.callbacks?.length ?? 0;
  if (memo?.['startedBy'] === STARTED_BY_NEXUS.startedBy && callers <= 1) await workflow.cancel();
  else log.info('An operation was cancelled; its Workflow goes on for others.', { workflowId, callers });
}

/** Somebody deleted it: asking again will not bring it back. */
function orGone(thrown: unknown): never {
  throw thrown instanceof WorkflowNotFoundError ? refusal('NOT_FOUND', 'Its Workflow is gone.') : thrown;
}
