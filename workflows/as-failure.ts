import { ActivityFailure, ApplicationFailure, type TemporalFailure } from '@temporalio/workflow';
import type { CancelProgress } from '../contract/cancellation.js';
import type { FailureType } from '../contract/failures.js';
import type { Observation } from '../contract/observation.js';

/** A step's failure as one the caller can read: the vendor's code and message first, not the Activity's name. */
export function asFailure(failure: TemporalFailure, progress: CancelProgress): TemporalFailure {
  if (!(failure instanceof ActivityFailure) || !(failure.cause instanceof ApplicationFailure)) return failure;
  const { message } = failure.cause;
  const type = failure.cause.type ?? undefined;
  const asked =
    progress.attempts === 0 ? 'Nothing was asked of the vendor.' : 'The vendor had been asked to cancel.';
  return ApplicationFailure.create({
    ...(type !== undefined && { type }),
    message: `${message} ${asked}`,
    nonRetryable: true,
    details: [progress],
    cause: failure.cause,
  });
}

/** A state no table lists is never acted on: asking could do harm, and waiting would hide it. */
export function unknownState({ rawState }: Observation): ApplicationFailure {
  const message = `The vendor says the task is ${rawState}, a state this version does not know; nothing was asked of it.`;
  return ApplicationFailure.nonRetryable(message, 'Provider.unrecognized' satisfies FailureType);
}
