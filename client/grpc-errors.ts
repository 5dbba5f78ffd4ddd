import { isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { isEarlyQuery } from '../setup/query-workflow.js';
import { NoAnswerInTimeError } from './within.js';

/** gRPC's status codes. */
const NOT_FOUND = 5;
const DEADLINE_EXCEEDED = 4;
/** What the client's own deadline becomes for a call that it repeats. */
const CANCELLED = 1;
const FAILED_PRECONDITION = 9;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Whether the server knows no such Workflow. */
export function isNotFound(thrown: unknown): boolean {
  return grpcErrorOf(thrown)?.code === NOT_FOUND;
}

/** Whether nobody answered in time. */
export function isTimeout(thrown: unknown): boolean {
  if (thrown instanceof NoAnswerInTimeError) return true;
  if (thrown instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  // Through all repeats: the Workflow Task that it came ahead of waits for a Worker.
  if (isEarlyQuery(thrown)) return true;
  const { code, message = '' } = grpcErrorOf(thrown) ?? {};
  // A server that has seen no Worker lately says so instead of waiting for one: "no poller seen for task queue recently".
  if (code === FAILED_PRECONDITION) return message.includes('no poller');
  return code === DEADLINE_EXCEEDED || code === CANCELLED;
}

/** Whether the Workflow is in no state for it, such as a Query of one that ended before its first Workflow Task. */
export function isRefusedState(thrown: unknown): boolean {
  return grpcErrorOf(thrown)?.code === FAILED_PRECONDITION;
}

/** Whether no server answered, through all the client's own retries. */
export function isUnavailable(thrown: unknown): boolean {
  return grpcErrorOf(thrown)?.code === UNAVAILABLE;
}

/** Whether the server answered that it does not let this caller in. */
export function isNotLetIn(thrown: unknown): boolean {
  const code = grpcErrorOf(thrown)?.code;
  return code === UNAUTHENTICATED || code === PERMISSION_DENIED;
}

/** At whatever depth the client has wrapped the server's answer. */
function grpcErrorOf(thrown: unknown): { readonly code: number; readonly message: string } | undefined {
  if (isGrpcServiceError(thrown)) return thrown;
  return thrown instanceof Error ? grpcErrorOf(thrown.cause) : undefined;
}
