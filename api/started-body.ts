import type { z } from 'zod';
import type { CancellationHandle } from '../client/index.js';
import { taskUri, type TaskRef } from '../contract/task.js';
import { toCancellationId } from './cancellation-id.js';
import type { startedCancellationSchema } from './schemas/cancel-request.js';

/** A cancellation that a request has begun, or found under way: then it is another's who asked, and why. */
export function startedBody(
  { id: workflowId, runId = '', attached }: CancellationHandle,
  task: TaskRef,
  { requestedBy, reason }: { readonly requestedBy: string; readonly reason: string | undefined },
): z.input<typeof startedCancellationSchema> {
  const { provider, connection } = task;
  return {
    id: toCancellationId(workflowId),
    workflowId,
    runId,
    task: taskUri(task),
    provider,
    connection,
    attached,
    ...(!attached && { requestedBy, ...(reason !== undefined && { reason }) }),
  };
}
