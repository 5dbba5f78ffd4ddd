import { ApplicationFailure } from '@temporalio/workflow';
import type { FailureType } from '../contract/failures.js';

/** What a caller got wrong, in a sentence; it fails the Workflow or the Update at once. */
export function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}
