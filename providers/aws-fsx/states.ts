import { DataRepositoryTaskLifecycle as Lifecycle } from '@aws-sdk/client-fsx';
import type { ObservedState, TaskEnd } from '../../contract/observation.js';

/**
 * FSx's `Lifecycle` words. One that is not listed is `unknown`: it proves nothing.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTask.html
 */
export const LIFECYCLE_STATES = {
  [Lifecycle.PENDING]: { state: 'active' },
  [Lifecycle.EXECUTING]: { state: 'active' },
  [Lifecycle.CANCELING]: { state: 'canceling' },
  [Lifecycle.CANCELED]: { state: 'ended', end: 'canceled' },
  [Lifecycle.SUCCEEDED]: { state: 'ended', end: 'completed' },
  [Lifecycle.FAILED]: { state: 'ended', end: 'failed' },
} as const satisfies Record<
  Lifecycle,
  { state: Exclude<ObservedState, 'ended' | 'absent'> } | { state: 'ended'; end: TaskEnd }
>;
