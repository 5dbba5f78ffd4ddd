import type { DataRepositoryTaskLifecycle as Lifecycle } from '@aws-sdk/client-fsx';
import type { ObservedState, TaskEnd } from '../../contract/observation.js';

/**
 * FSx's `Lifecycle` words. One that is not listed is `unknown`: it proves nothing. Of the SDK only a type is imported: the
 * definition names these words too, and is loaded without the SDK.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTask.html
 */
export const LIFECYCLE_STATES = {
  PENDING: { state: 'active' },
  EXECUTING: { state: 'active' },
  CANCELING: { state: 'canceling' },
  CANCELED: { state: 'ended', end: 'canceled' },
  SUCCEEDED: { state: 'ended', end: 'completed' },
  FAILED: { state: 'ended', end: 'failed' },
} as const satisfies Record<
  Lifecycle,
  { state: Exclude<ObservedState, 'ended' | 'absent'> } | { state: 'ended'; end: TaskEnd }
>;
