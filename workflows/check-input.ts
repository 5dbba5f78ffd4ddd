import { ApplicationFailure } from '@temporalio/workflow';
import type { CancelInput } from '../contract/cancellation.js';
import type { FailureType } from '../contract/failures.js';

/**
 * Refuses an input that is not a CancelInput. The typed client cannot send one, but anybody's Temporal client can.
 * @throws ApplicationFailure `InvalidInput`, so that the Workflow fails instead of its Workflow Task retrying for ever.
 */
export function checkInput(input: CancelInput | undefined): asserts input is CancelInput {
  const { task, deadlineAfterMs } = input ?? {};
  must(
    isText(task?.provider) && isText(task?.connection),
    'task.provider and task.connection must be texts.',
  );
  const ids: unknown = task?.ids;
  const named = typeof ids === 'object' && ids !== null && Object.values(ids).every(isText);
  must(named && Object.keys(ids).length > 0, 'task.ids must name the task: {"<id name>": "<id>"}.');
  const fits = deadlineAfterMs === undefined || (Number.isFinite(deadlineAfterMs) && deadlineAfterMs > 0);
  must(fits, 'deadlineAfterMs must be a positive number of milliseconds.');
}

function must(holds: boolean, message: string): void {
  if (!holds) throw ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
