import type { TaskRef } from '../contract/task.js';
import type { TaskIds } from '../providers/provider.js';

/** A task as its adapter takes it: its ids, and what hints there are. */
export function taskIds({ ids, hints }: TaskRef): TaskIds {
  return { ...ids, ...hints };
}
