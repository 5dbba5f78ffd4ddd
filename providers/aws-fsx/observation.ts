import type { Observation } from '../../contract/observation.js';
import { ProviderError } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import type { DataRepositoryTask } from './answers.js';
import { LIFECYCLE_STATES } from './states.js';
import { LONGEST_MESSAGE, LONGEST_WORD } from '../longest-message.js';

/**
 * What FSx says of a task, by its Lifecycle alone.
 * @throws ProviderError `unrecognized` when FSx answered without it.
 */
export function toObservation(
  task: DataRepositoryTask | undefined,
  id: string,
  callId: string | undefined,
): Observation {
  if (task?.Lifecycle === undefined) {
    // Not in the answer, yet not called absent either: no proof of anything.
    throw new ProviderError(
      'unrecognized',
      'MissingFromAnswer',
      `FSx answered without the state of ${id}.`,
      requestIdIfAny(callId),
    );
  }
  const { TotalCount: total, SucceededCount: succeeded, FailedCount: failed } = task.Status ?? {};
  const counts = {
    ...(total !== undefined && { total }),
    ...(succeeded !== undefined && { succeeded }),
    ...(failed !== undefined && { failed }),
  };
  const seen = {
    rawState: task.Lifecycle.slice(0, LONGEST_WORD),
    ...seenNow(callId),
    ...(task.FailureDetails?.Message !== undefined && {
      message: task.FailureDetails.Message.slice(0, LONGEST_MESSAGE),
    }),
    ...(Object.keys(counts).length > 0 && { progress: counts }),
  };
  const known = Object.hasOwn(LIFECYCLE_STATES, task.Lifecycle)
    ? LIFECYCLE_STATES[task.Lifecycle as keyof typeof LIFECYCLE_STATES]
    : undefined;
  if (known === undefined) return { ...seen, state: 'unknown' };
  if (known.state !== 'ended') return { ...seen, state: known.state };
  return { ...seen, ...known, ...(task.EndTime !== undefined && { endedAt: task.EndTime.toISOString() }) };
}

/** FSx's own "no such task", as a look. */
export function absence({ code, message, context }: ProviderError): Observation {
  return { state: 'absent', rawState: code, ...seenNow(context.requestId), message };
}

const seenNow = (callId: string | undefined) => ({
  observedAt: new Date().toISOString(),
  ...requestIdIfAny(callId),
});
