import { TerminatedFailure, TimeoutFailure, type WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationFailedError } from './errors.js';

/** How a Workflow ended that has no result, as a type and a message for callers. */
export function toFailedError(id: string, { cause, message }: WorkflowFailedError): CancellationFailedError {
  const text = cause?.message ?? message;
  if (cause instanceof ApplicationFailure)
    return new CancellationFailedError(id, cause.type ?? 'Workflow.failed', text);
  if (cause instanceof TerminatedFailure) return new CancellationFailedError(id, 'Workflow.terminated', text);
  if (cause instanceof TimeoutFailure) return new CancellationFailedError(id, 'Workflow.timedOut', text);
  if (cause instanceof CancelledFailure) return new CancellationFailedError(id, 'Workflow.canceled', text);
  return new CancellationFailedError(id, 'Workflow.failed', text);
}
