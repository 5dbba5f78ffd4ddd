import { toTaskRef } from '../client/to-task-ref.js';
import type { TaskRef } from '../contract/task.js';
import { checkTask } from '../workflows/checked-input.js';

/** A task as anybody may have written it. @throws InvalidTaskError; ApplicationFailure `InvalidInput`. */
export function checkedTask(task: unknown): TaskRef {
  if (typeof task !== 'string') checkTask(task);
  return toTaskRef(task);
}
