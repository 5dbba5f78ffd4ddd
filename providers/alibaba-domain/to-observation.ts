import type { Observation } from '../../contract/observation.js';
import { LONGEST_WORD } from '../longest-message.js';
import type { TaskRow } from './list-tasks.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { stateOf } from './states.js';

/** Both words, of the task and of its cancel, as one state. */
export function toObservation(
  { taskStatus, cancelStatus }: TaskRow,
  requestId: string | undefined,
): Observation {
  const shown = (word = '?') => word.slice(0, LONGEST_WORD);
  const seen = { rawState: `${shown(taskStatus)}/${shown(cancelStatus)}`, ...seenNow(requestId) };
  const known = stateOf(taskStatus, cancelStatus);
  return known === undefined ? { ...seen, state: 'unknown' } : { ...seen, ...known };
}

export function seenNow(requestId: string | undefined) {
  return { observedAt: new Date().toISOString(), ...requestIdIfAny(requestId) };
}
