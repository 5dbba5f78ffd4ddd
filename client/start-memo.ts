import { taskMemo } from '../contract/task-memo.js';
import type { TaskRef } from '../contract/task.js';

/** The memo that says which request has begun a cancellation: whoever finds one under way has not. */
const REQUEST_MEMO = 'request';

/** What a cancellation is started with beside its Search Attributes. */
export function startMemo(task: TaskRef, workflowId: string, requestId: string | undefined) {
  return {
    ...taskMemo(task, workflowId).memo,
    ...(requestId !== undefined && { [REQUEST_MEMO]: requestId }),
  };
}

/** Whether that very request has begun a cancellation. */
export function isBegunBy(
  { memo }: { readonly memo?: Readonly<Record<string, unknown>> },
  requestId: string | undefined,
): boolean {
  return requestId !== undefined && memo?.[REQUEST_MEMO] === requestId;
}
