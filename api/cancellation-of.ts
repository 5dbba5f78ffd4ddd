import { CancellationHandle, type Quiesce } from '../client/index.js';
import type { Caller } from './caller.js';
import { fromCancellationId, toCancellationId } from './cancellation-id.js';
import { refuseOthersConnection } from './check-cancel-request.js';
import { inTime } from './in-time.js';
import type { CancellationBody } from './schemas/cancellation.js';

/** @throws ProblemError when there can be none of that id, or it is not for this caller. */
export function handleOf(
  { client }: Quiesce,
  caller: Caller,
  id: string,
  runId: string | undefined,
): CancellationHandle {
  const { workflowId, connection } = fromCancellationId(id);
  refuseOthersConnection(caller, connection);
  return new CancellationHandle(client, workflowId, runId === undefined ? {} : { runId });
}

/** A cancellation as it stands now. */
export async function cancellationBody(
  { client }: Quiesce,
  handle: CancellationHandle,
): Promise<CancellationBody> {
  const { id: workflowId, ...status } = await inTime(client, () => handle.status());
  return { ...status, id: toCancellationId(workflowId), workflowId };
}
