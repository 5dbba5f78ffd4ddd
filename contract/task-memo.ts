import { searchAttributeKey } from './search-attributes.js';
import { maskIn, taskUri, type TaskRef } from './task.js';

/** The memo that says, encrypted, which task it is, where Workflow id and Search Attribute do not. */
export const TASK_MEMO = 'task';

/** What a cancellation is started with beside its Search Attributes: nothing where its Workflow id says it all. */
export function taskMemo(
  task: TaskRef,
  workflowId: string,
): { readonly memo?: { readonly [TASK_MEMO]: string } } {
  return maskIn(workflowId) === undefined ? {} : { memo: { [TASK_MEMO]: taskUri(task) } };
}

/** What Workflow and client know of a cancellation; structurally the SDKs' `WorkflowInfo` and `WorkflowExecutionInfo`. */
interface CancellationInfo {
  readonly workflowId: string;
  readonly memo?: Readonly<Record<string, unknown>>;
  readonly typedSearchAttributes: {
    get(key: ReturnType<typeof searchAttributeKey>): string | undefined;
  };
}

/** The URI of a cancellation's task, as far as it can be read: without the key, what a Search Attribute shows in place of its ids. */
export function taskOf({ workflowId, memo, typedSearchAttributes }: CancellationInfo): string | undefined {
  // Nobody holds the memo to anything where the Workflow id says it all.
  const kept: unknown = maskIn(workflowId) === undefined ? undefined : memo?.[TASK_MEMO];
  return typeof kept === 'string' ? kept : typedSearchAttributes.get(searchAttributeKey('task'));
}
