import type { WorkflowExecutionDescription } from '@temporalio/client';

/** What names a cancellation through Continue-As-New and reset; another cancellation of the same task has another. */
export function firstRunIdOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}
