import { createHash } from 'node:crypto';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RunningSubtasks } from '../contract/observation.js';
import type { TaskRef } from '../contract/task.js';
import { atLeastMs, pollDelayMs } from '../providers/pacing.js';
import { stopUntilMade } from '../providers/stop-until-made.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { withRetryDelay } from './retry-delay.js';
import { stillWaiting } from './still-waiting.js';
import { taskIds } from './task-ids.js';

/** Asks of one poll: at the vendor's quota they take a moment. */
const SUBTASKS_A_POLL = 20;
const CANCELING_MS = 20_000;
/** From the attempt's beginning: one that is asked by then waits twenty seconds for its turn at the most, and twenty for its answer. */
const LAST_CANCEL_MS = 75_000;
const MOST_NAMED = 10;

export interface AwaitSubtasksInput {
  readonly task: TaskRef;
  /** Epoch milliseconds by Temporal's clock; pacing counts from here. */
  readonly waitingSinceMs: number;
  /** Given: the subtasks are canceled, each under a token made from this one. */
  readonly cancelUnder?: string;
  /** Whether to wait a poll's time when none runs. The vendor may have refused over something that is not a subtask. */
  readonly pauseFirst: boolean;
}

/** The Activity that waits for the subtasks a vendor will not cancel a task over. */
export function createSubtaskActivities(connections: LiveConnections) {
  return {
    /** Looks at a task's subtasks until none runs; as in `awaitEnd`, attempts are polls. */
    async awaitSubtasks({
      task,
      waitingSinceMs,
      cancelUnder,
      pauseFirst,
    }: AwaitSubtasksInput): Promise<void> {
      const connection = connections.find(task, { retryable: true });
      const { attempt, currentAttemptScheduledTimestampMs } = activityInfo();
      const delayMs = pollDelayMs(connection.pacing, currentAttemptScheduledTimestampMs - waitingSinceMs);
      const running = await withRetryDelay(
        connection,
        (retryAfterMs) => atLeastMs(delayMs, retryAfterMs),
        () => look(connection, task, { cancelUnder, attempt }),
        { patiently: true },
      );
      if (running !== undefined && running.count > 0) throw stillWaiting(inWords(running), delayMs);
      if (pauseFirst && attempt === 1)
        throw stillWaiting('no subtask runs; asking again after a pause', delayMs);
    },
  };
}

export type SubtaskActivities = ReturnType<typeof createSubtaskActivities>;

/** One look; with a token, some of the subtasks that can be are canceled. */
async function look(
  connection: LiveConnection,
  task: TaskRef,
  { cancelUnder, attempt }: { readonly cancelUnder: string | undefined; readonly attempt: number },
): Promise<RunningSubtasks | undefined> {
  const startedAtMs = Date.now();
  const running = await connection.runningSubtasks(taskIds(task), cancellationSignal());
  const { subtasks } = await connection.provider();
  if (subtasks === undefined || running === undefined || cancelUnder === undefined) return running;
  const stopAtMs = Math.min(Date.now() + CANCELING_MS, startedAtMs + LAST_CANCEL_MS);
  const failures: unknown[] = [];
  for (const id of turnOf(attempt, running)) {
    if (Date.now() > stopAtMs) break;
    const clientToken = createHash('sha256').update(`${cancelUnder}\n${id}`).digest('hex');
    // With a time of its own to wait for its turn: that of the look may be over.
    const signal = stopUntilMade(cancellationSignal());
    // Whatever the answer, the next poll tells what became of it; one that fails must not keep the others from being asked.
    await subtasks
      .cancel(taskIds(task), id, { signal, clientToken })
      .catch((thrown: unknown) => void failures.push(thrown));
  }
  if (failures.length > 0) throw failures[0];
  return running;
}

/** Another one first with every poll: those that cannot be canceled must not keep the rest from being asked. */
function turnOf(attempt: number, { ids, cancelable }: RunningSubtasks): readonly string[] {
  const asked = ids.slice(0, cancelable);
  const start = asked.length === 0 ? 0 : (attempt - 1) % asked.length;
  return [...asked.slice(start), ...asked.slice(0, start)].slice(0, SUBTASKS_A_POLL);
}

/** How many, and which: what the Temporal UI and `quiesce status` show. */
function inWords({ count, ids }: RunningSubtasks): string {
  const named = ids.slice(0, MOST_NAMED).join(', ');
  const more = count > MOST_NAMED ? ', …' : '';
  return `${count} ${count === 1 ? 'subtask runs' : 'subtasks run'}: ${named}${more}`;
}
