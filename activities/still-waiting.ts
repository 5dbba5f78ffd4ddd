import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contract/failures.js';

/** A poll that found what is waited for not there yet: the next attempt, `nextRetryDelay` milliseconds later, is the next poll. */
export function stillWaiting(message: string, nextRetryDelay: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'StillWaiting' satisfies FailureType,
    message,
    // Not a fault: neither logged as a warning nor counted as a failed Activity.
    category: 'BENIGN',
    nextRetryDelay,
  });
}
