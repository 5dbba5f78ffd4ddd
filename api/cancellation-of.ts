import { CancellationHandle, type Quiesce } from '../client/index.js';
import type { Caller } from './caller.js';
import { fromCancellationId, toCancellationId } from './cancellation-id.js';
import { refuseOthersConnection } from './check-cancel-request.js';
import type { CancellationBody } from './schemas/cancellation.js';

/** Both the description and the Worker's answer to a Query come within this, or not at all. */
const STATUS_WITHIN_MS = 10_000;

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
  const { id: workflowId, ...status } = await client.withDeadline(Date.now() + STATUS_WITHIN_MS, () =>
    handle.status(),
  );
  return { ...status, id: toCancellationId(workflowId), workflowId };
}
