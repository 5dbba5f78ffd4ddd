import { ApplicationFailure } from '@temporalio/workflow';
import type { FailureType } from '../contract/failures.js';

/** What a caller has to mend. */
export function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}

/** @throws ApplicationFailure `InvalidInput`. */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw invalid(message);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Callers in other languages send null for what is left out. */
export function withoutNulls(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}
