import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contract/failures.js';
import { mayBeAsked, type CancelAnswer, type Observation } from '../contract/observation.js';
import type { TaskRef } from '../contract/task.js';
import { atLeastMs, pollDelayMs, reaskAfterMs } from '../providers/pacing.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { retryDelay, withRetryDelay } from './retry-delay.js';
import { stillWaiting } from './still-waiting.js';
import { taskIds } from './task-ids.js';

export interface ObserveInput extends EraseEnded {
  readonly task: TaskRef;
}

interface EraseEnded {
  /**
   * Whether the record of a task that has ended, or is in a state we do not know, is to be erased too.
   * Only where the vendor's cancel leaves nothing; elsewhere the input is refused.
   */
  readonly eraseEnded?: boolean;
}

export interface RequestCancelInput extends EraseEnded {
  readonly task: TaskRef;
  readonly clientToken: string;
  /** Whether this token may have reached the vendor already: then look before asking. */
  readonly mayHaveBeenSent: boolean;
}

/** What came of asking: the vendor's answer, or the look that showed there was nothing left to ask for. */
export type RequestCancelOutput = { readonly answer: CancelAnswer } | { readonly observation: Observation };

export interface AwaitEndInput extends EraseEnded {
  readonly task: TaskRef;
  /** Epoch milliseconds by Temporal's clock; pacing counts from here. */
  readonly waitingSinceMs: number;
  /** How often the cancel call was answered so far: a task still active long after it is asked again, ever more rarely. */
  readonly asks: number;
  /** Wait a poll's time before the first look: the one before it has just shown what this one is to confirm. */
  readonly pauseFirst: boolean;
}

export interface AwaitEndOutput {
  /** `ended`, `absent`, or `active` when it is time to ask again. */
  readonly observation: Observation;
  /** Looks made by this Activity, failed ones included. */
  readonly looks: number;
}

/** The Activities of `cancelTask`: vendor calls, with their errors turned into retry decisions. */
export function createCancelActivities(connections: LiveConnections) {
  return {
    /** Looks at a task once; trouble that may pass is retried, ever more slowly. */
    async observe({ task, eraseEnded = false }: ObserveInput): Promise<Observation> {
      const connection = connections.find(task);
      if (eraseEnded && connection.cancelLeaves === 'record') throw nothingToErase(task);
      return withRetryDelay(connection, retryDelay(connection), () => look(connection, task));
    },

    /**
     * Asks the vendor once to cancel. Any attempt but a token's first looks before it asks: the reply of the one
     * before may have been lost after its effect.
     */
    async requestCancel({
      task,
      clientToken,
      mayHaveBeenSent,
      eraseEnded = false,
    }: RequestCancelInput): Promise<RequestCancelOutput> {
      const connection = connections.find(task);
      return withRetryDelay(connection, retryDelay(connection), async () => {
        if (mayHaveBeenSent || activityInfo().attempt > 1) {
          const observation = await look(connection, task);
          if (!mayBeAsked(observation, eraseEnded)) return { observation };
        }
        const provider = await connection.provider();
        return {
          answer: await provider.cancel(taskIds(task), { clientToken, signal: cancellationSignal() }),
        };
      });
    },

    /**
     * Looks at a task until it has ended; every attempt of this Activity is one look, so that polling adds nothing
     * to the Workflow's history and shows in the Temporal UI as attempts with the vendor's last word.
     */
    async awaitEnd({
      task,
      waitingSinceMs,
      asks,
      pauseFirst,
      eraseEnded = false,
    }: AwaitEndInput): Promise<AwaitEndOutput> {
      const connection = connections.find(task, { retryable: true });
      const { attempt, currentAttemptScheduledTimestampMs } = activityInfo();
      const waitedMs = currentAttemptScheduledTimestampMs - waitingSinceMs;
      const delayMs = pollDelayMs(connection.pacing, waitedMs);

      if (pauseFirst && attempt === 1) throw stillWaiting('gone; looking once more', delayMs);

      const observation = await withRetryDelay(
        connection,
        (retryAfterMs) => atLeastMs(delayMs, retryAfterMs),
        () => look(connection, task),
      );
      const { state } = observation;
      const reask = mayBeAsked(observation, eraseEnded) && waitedMs >= reaskAfterMs(connection.pacing, asks);
      if (state === 'absent' || (state === 'ended' && !eraseEnded) || reask)
        return { observation, looks: attempt };
      throw stillWaiting(inWords(observation), delayMs);
    },

    /** Asks the vendor whether it would cancel, where it can say; there is no answer where it cannot. */
    async rehearseCancel(task: TaskRef): Promise<{ readonly answer?: CancelAnswer }> {
      const connection = connections.find(task);
      return withRetryDelay(connection, retryDelay(connection), async () => {
        const provider = await connection.provider();
        const answer = await provider.rehearse?.(taskIds(task), { signal: cancellationSignal() });
        return answer === undefined ? {} : { answer };
      });
    },
  };
}

export type CancelActivities = ReturnType<typeof createCancelActivities>;

function look(connection: LiveConnection, task: TaskRef): Promise<Observation> {
  return connection.look(taskIds(task), cancellationSignal());
}

function nothingToErase({ provider }: TaskRef): ApplicationFailure {
  const message = `deleteEnded is not for ${provider}: its cancel leaves the task's record, and there is no call to erase one.`;
  return ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}

/** What the Temporal UI shows of a poll. */
function inWords({ rawState, state, progress }: Observation): string {
  const counts =
    progress?.total === undefined ? '' : `, ${progress.succeeded ?? 0} of ${progress.total} done`;
  const doubt = state === 'unknown' ? ', a state this version does not know' : '';
  return `${rawState}${counts}${doubt}`;
}
