import { createHash } from 'node:crypto';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RunningSubtasks } from '../contract/observation.js';
import type { TaskRef } from '../contract/task.js';
import { atLeastMs, pollDelayMs } from '../providers/pacing.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { withRetryDelay } from './retry-delay.js';
import { stillWaiting } from './still-waiting.js';
import { taskIds } from './task-ids.js';

export interface AwaitSubtasksInput {
  readonly task: TaskRef;
  /** Epoch milliseconds by Temporal's clock; pacing counts from here. */
  readonly waitingSinceMs: number;
  /** Given: the subtasks are canceled, each under a token made from this one. */
  readonly cancelUnder?: string;
}

/** The Activity that waits for the subtasks a vendor will not cancel a task over. */
export function createSubtaskActivities(connections: LiveConnections) {
  return {
    /** Looks at a task's subtasks until none runs; as in `awaitEnd`, attempts are polls. */
    async awaitSubtasks({ task, waitingSinceMs, cancelUnder }: AwaitSubtasksInput): Promise<void> {
      const connection = connections.find(task, { retryable: true });
      const { attempt, currentAttemptScheduledTimestampMs } = activityInfo();
      const delayMs = pollDelayMs(connection.pacing, currentAttemptScheduledTimestampMs - waitingSinceMs);
      const running = await withRetryDelay(
        connection,
        (retryAfterMs) => atLeastMs(delayMs, retryAfterMs),
        () => look(connection, task, cancelUnder),
      );
      if (running !== undefined && running.count > 0) throw stillWaiting(inWords(running), delayMs);
      // The vendor may refuse over something that is not a subtask: it is not asked again at once.
      if (attempt === 1) throw stillWaiting('no subtask runs; asking again after a pause', delayMs);
    },
  };
}

export type SubtaskActivities = ReturnType<typeof createSubtaskActivities>;

/** One look; with a token, subtasks that can be are canceled, a handful with each poll. */
async function look(
  connection: LiveConnection,
  task: TaskRef,
  cancelUnder: string | undefined,
): Promise<RunningSubtasks | undefined> {
  const { subtasks } = await connection.provider();
  const options = { signal: cancellationSignal() };
  const running = await connection.runningSubtasks(taskIds(task), options.signal);
  if (subtasks === undefined || running === undefined || cancelUnder === undefined) return running;
  for (const id of running.ids.slice(0, running.cancelable)) {
    const clientToken = createHash('sha256').update(`${cancelUnder}\n${id}`).digest('hex');
    // Whatever the answer, the next poll tells what became of it.
    await subtasks.cancel(taskIds(task), id, { ...options, clientToken });
  }
  return running;
}

/** How many, and which: what the Temporal UI and `quiesce status` show. */
function inWords({ count, ids }: RunningSubtasks): string {
  const more = count > ids.length ? ', …' : '';
  return `${count} ${count === 1 ? 'subtask runs' : 'subtasks run'}: ${ids.join(', ')}${more}`;
}
