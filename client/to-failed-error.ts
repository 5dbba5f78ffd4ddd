import { TerminatedFailure, TimeoutFailure, type WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationFailedError } from './errors.js';

/** How a cancellation's Workflow ended that has no result. */
export function toFailedError(id: string, thrown: WorkflowFailedError): CancellationFailedError {
  const { type, message } = failureOf(thrown);
  return new CancellationFailedError(id, type, message);
}

/** How a Workflow ended that has no result, as a type and a message for callers. */
export function failureOf({ cause, message: ownMessage }: WorkflowFailedError): {
  readonly type: string;
  readonly message: string;
} {
  const message = cause?.message ?? ownMessage;
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'Workflow.failed', message };
  if (cause instanceof TerminatedFailure) return { type: 'Workflow.terminated', message };
  if (cause instanceof TimeoutFailure) return { type: 'Workflow.timedOut', message };
  if (cause instanceof CancelledFailure) return { type: 'Workflow.canceled', message };
  return { type: 'Workflow.failed', message };
}
