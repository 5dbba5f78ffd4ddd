import { ApplicationFailure } from '@temporalio/workflow';
import { ON_RUNNING_SUBTASKS, type CancelInput } from '../contract/cancellation.js';
import type { FailureType } from '../contract/failures.js';

/**
 * Refuses an input that is not a CancelInput. The typed client cannot send one, but anybody's Temporal client can.
 * @throws ApplicationFailure `InvalidInput`, so that the Workflow fails instead of its Workflow Task retrying for ever.
 */
export function checkInput(input: CancelInput | undefined): asserts input is CancelInput {
  const { task, deadlineAfterMs, onRunningSubtasks, dryRun, deleteEnded } = input ?? {};
  must(
    isText(task?.provider) && isText(task?.connection),
    'task.provider and task.connection must be texts.',
  );
  const ids: unknown = task?.ids;
  const named = typeof ids === 'object' && ids !== null && Object.values(ids).every(isText);
  must(named && Object.keys(ids).length > 0, 'task.ids must name the task: {"<id name>": "<id>"}.');
  const fits = deadlineAfterMs === undefined || (Number.isFinite(deadlineAfterMs) && deadlineAfterMs > 0);
  must(fits, 'deadlineAfterMs must be a positive number of milliseconds.');
  const hints: unknown = task?.hints ?? {};
  must(
    typeof hints === 'object' && Object.values(hints as object).every(isText),
    'task.hints must be texts by name.',
  );
  const way = onRunningSubtasks ?? 'wait';
  must(
    ON_RUNNING_SUBTASKS.includes(way),
    `onRunningSubtasks must be one of ${ON_RUNNING_SUBTASKS.join(', ')}.`,
  );
  must(isFlag(dryRun) && isFlag(deleteEnded), 'dryRun and deleteEnded must be true or false.');
}

function must(holds: boolean, message: string): void {
  if (!holds) throw ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
