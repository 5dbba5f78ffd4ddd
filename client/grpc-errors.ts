import { isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';

/** gRPC's status codes. */
const NOT_FOUND = 5;
const DEADLINE_EXCEEDED = 4;
/** What the client's own deadline becomes for a call that it repeats. */
const CANCELLED = 1;

/** Whether the server knows no such Workflow. */
export function isNotFound(thrown: unknown): boolean {
  return grpcCodeOf(thrown) === NOT_FOUND;
}

/** Whether nobody answered in time. */
export function isTimeout(thrown: unknown): boolean {
  if (thrown instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const code = grpcCodeOf(thrown);
  return code === DEADLINE_EXCEEDED || code === CANCELLED;
}

/** At whatever depth the client has wrapped the server's answer. */
function grpcCodeOf(thrown: unknown): number | undefined {
  if (isGrpcServiceError(thrown)) return thrown.code;
  return thrown instanceof Error ? grpcCodeOf(thrown.cause) : undefined;
}
