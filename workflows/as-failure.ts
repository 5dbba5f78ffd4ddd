import {
  ActivityFailure,
  ApplicationFailure,
  workflowInfo,
  type TemporalFailure,
} from '@temporalio/workflow';
import type { CancelProgress } from '../contract/cancellation.js';
import type { FailureType } from '../contract/failures.js';
import type { Observation } from '../contract/observation.js';

/** A step's failure as one the caller can read: the vendor's code and message first, not the Activity's name. */
export function asFailure(failure: TemporalFailure, progress: CancelProgress): TemporalFailure {
  if (!(failure instanceof ActivityFailure) || !(failure.cause instanceof ApplicationFailure)) return failure;
  const { message } = failure.cause;
  const type = failure.cause.type ?? undefined;
  return ApplicationFailure.create({
    ...(type !== undefined && { type }),
    message: `${message} ${whatWasAsked(progress)}`,
    nonRetryable: true,
    details: [progress],
    cause: failure.cause,
  });
}

/** An earlier run of a Workflow that was reset may have asked without this one's knowing. */
function whatWasAsked({ attempts, askIsOpen }: CancelProgress): string {
  const { runId, firstExecutionRunId } = workflowInfo();
  if (askIsOpen === true)
    return 'The vendor was asked, or may have been; whether it cancels the task is not known.';
  if (attempts > 0) return 'The vendor had been asked to cancel.';
  return runId === firstExecutionRunId
    ? 'Nothing was asked of the vendor.'
    : 'This run asked nothing of the vendor.';
}

/** A state no table lists is never acted on: asking could do harm, and waiting would hide it. */
export function unknownState({ rawState }: Observation): ApplicationFailure {
  const message = `The vendor says the task is ${rawState}, a state this version does not know; it is not asked to cancel it.`;
  return ApplicationFailure.nonRetryable(message, 'Provider.unrecognized' satisfies FailureType);
}
