import type { TaskRef } from '../contract/task.js';
import { SeenTasks } from './seen-tasks.js';
import { toTaskRef } from './to-task-ref.js';

/**
 * For targets that do not come from a file: each task once, checked, in the order of their first mention.
 * @throws InvalidTaskError for what is no task.
 */
export async function* distinctTargets(
  targets: AsyncIterable<TaskRef | string> | Iterable<TaskRef | string>,
): AsyncIterable<TaskRef> {
  const seen = new SeenTasks();
  for await (const target of targets) {
    const task = toTaskRef(target);
    if (seen.add(task)) yield task;
  }
}
