import type { WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributeKey, TASK_MEMO } from '../contract/search-attributes.js';
import { maskIn } from '../contract/task.js';

/** The URI of a cancellation's task, as far as it can be read: without the key, what a Search Attribute shows in place of its ids. */
export function taskOf({
  workflowId,
  memo,
  typedSearchAttributes,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'memo' | 'typedSearchAttributes'>): string | undefined {
  // Nobody holds the memo to anything where the Workflow id says it all.
  const kept: unknown = maskIn(workflowId) === undefined ? undefined : memo?.[TASK_MEMO];
  return typeof kept === 'string' ? kept : typedSearchAttributes.get(searchAttributeKey('task'));
}
