import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureType } from '../contract/failures.js';
import { mayBeAsked, type CancelAnswer, type Observation } from '../contract/observation.js';
import type { TaskRef } from '../contract/task.js';
import { atLeastMs, pollDelayMs, reaskAfterMs } from '../providers/pacing.js';
import { ProviderError } from '../providers/provider.js';
import { stopUntilMade } from '../providers/stop-until-made.js';
import { Heart } from './heart.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { retryDelay, withRetryDelay } from './retry-delay.js';
import { isOfOneTask } from './shared-looks.js';
import { lastSighting, remember, type Sighting } from './sighting.js';
import { stillWaiting } from './still-waiting.js';
import { taskIds } from './task-ids.js';

/** What every look and ask is told. */
interface Subject {
  readonly task: TaskRef;
  /**
   * Whether the record of a task that has ended, or is in a state we do not know, is to be erased too.
   * Only where the vendor's cancel leaves nothing; elsewhere the input is refused.
   */
  readonly eraseEnded?: boolean;
  /** Whether the vendor has been asked: then a Worker with a broken config is waited out, and ends nothing. */
  readonly underWay?: boolean;
}

export type ObserveInput = Subject;

export interface RequestCancelInput extends Subject {
  readonly clientToken: string;
  readonly lookFirst: boolean;
  /** Whether an earlier call of this Activity may have been made: then, too, it looks first. */
  readonly mayHaveBeenSent: boolean;
  /** The run that scheduled it: after a reset, the server gives a call that may have been made to another run. */
  readonly runId: string;
}

/**
 * What came of asking: the vendor's answer, or the look that showed there was nothing left to ask for, and whether it is
 * certain that the vendor was not asked.
 */
export type RequestCancelOutput =
  | { readonly answer: CancelAnswer }
  | { readonly observation: Observation; readonly unsent: boolean };

export interface AwaitEndInput extends Subject {
  /** Epoch milliseconds by Temporal's clock; pacing counts from here. */
  readonly waitingSinceMs: number;
  /** How often the cancel call was answered so far: a task still active long after it is asked again, ever more rarely. */
  readonly asks: number;
  /** ISO 8601: when a look showed that the task is gone. It proves something when it lasts. */
  readonly goneSince?: string;
}

export interface AwaitEndOutput {
  /** The end, or absence; a task that may be asked when it is time to ask again; any state of one that had been gone. */
  readonly observation: Observation;
  /** Looks made by this Activity, failed ones included. */
  readonly looks: number;
  /** Of a task that is gone: what was last seen of it by this Activity. */
  readonly lastSeen?: Sighting;
}

/** With a heartbeat timeout of ten seconds, and beats sent every few. */
const ASK_STOPS_AFTER_MS = 5_000;
/** Where a vendor keeps records, one that is not there is more likely not shown than gone. */
const POLLS_OF_STRANGE_ABSENCE = 3;
/** Where a cancel leaves nothing, a task that has ended is more likely on its way out. */
const POLLS_OF_NEW_END = 3;

/** The Activities of `cancelTask`: vendor calls, with their errors turned into retry decisions. */
export function createCancelActivities(connections: LiveConnections) {
  const find = (task: TaskRef, retryable: boolean) =>
    connections.find(task, { retryable, workflowId: activityInfo().workflowExecution?.workflowId });

  return {
    /** Looks at a task once; trouble that may pass is retried, ever more slowly. */
    async observe({ task, eraseEnded = false, underWay = false }: ObserveInput): Promise<Observation> {
      const connection = find(task, underWay);
      if (eraseEnded && connection.cancelLeaves === 'record') throw nothingToErase(task);
      const observation = await withRetryDelay(
        connection,
        retryDelay(connection),
        () => look(connection, task),
        { patiently: underWay },
      );
      return underWay ? inDoubt(connection, eraseEnded, observation) : observation;
    },

    /**
     * Asks the vendor once to cancel. When this process was held up for so long that another may have the Activity, no call is made
     * any more. Any attempt but the first looks before it asks: the reply of the one before may have
     * been lost after its effect.
     */
    async requestCancel(input: RequestCancelInput): Promise<RequestCancelOutput> {
      const { attempt, workflowExecution } = activityInfo();
      const mayHaveBeenSent =
        input.mayHaveBeenSent || attempt > 1 || workflowExecution?.runId !== input.runId;
      const connection = find(input.task, input.underWay === true || mayHaveBeenSent);
      const output = await withRetryDelay(connection, retryDelay(connection), () =>
        askWhileAlive(connection, { ...input, mayHaveBeenSent }),
      );
      logAsked(output);
      return output;
    },

    /**
     * Looks at a task until it has ended; every attempt of this Activity is one look, so that polling adds nothing
     * to the Workflow's history and shows in the Temporal UI as attempts with the vendor's last word.
     */
    async awaitEnd(input: AwaitEndInput): Promise<AwaitEndOutput> {
      const { task, waitingSinceMs, asks, goneSince, eraseEnded = false } = input;
      const connection = find(task, true);
      const { attempt, currentAttemptScheduledTimestampMs } = activityInfo();
      const waitedMs = currentAttemptScheduledTimestampMs - waitingSinceMs;
      const delayMs = pollDelayMs(connection.pacing, waitedMs);

      const confirmInMs = goneSince === undefined ? 0 : confirmAbsenceInMs(connection, delayMs, goneSince);
      if (confirmInMs > 0) throw stillWaiting('gone; looking once more', confirmInMs);

      const observation = await withRetryDelay(
        connection,
        (retryAfterMs) => atLeastMs(delayMs, retryAfterMs),
        () => look(connection, task),
        { patiently: true },
      );
      const { state } = observation;
      const reask =
        mayBeAskedAgain(connection, input, observation) && waitedMs >= reaskAfterMs(connection.pacing, asks);
      const isBack = goneSince !== undefined && state !== 'absent';
      const isEnd = state === 'ended' && !eraseEnded && isSettled(connection, input, observation, delayMs);
      if (state === 'absent' || isEnd || reask || isBack)
        return { observation, looks: attempt, ...(state === 'absent' && lastSighting()) };
      remember(observation);
      throw stillWaiting(inWords(observation), delayMs);
    },

    /** Asks the vendor whether it would cancel, where it can say; there is no answer where it cannot. */
    async rehearseCancel(task: TaskRef): Promise<{ readonly answer?: CancelAnswer }> {
      const connection = find(task, false);
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

async function askWhileAlive(
  connection: LiveConnection,
  input: RequestCancelInput,
): Promise<RequestCancelOutput> {
  const heart = new Heart(() => undefined, ASK_STOPS_AFTER_MS);
  try {
    return await askOnce(connection, input, () => !heart.hasStopped);
  } finally {
    heart.close();
  }
}

async function askOnce(
  connection: LiveConnection,
  input: RequestCancelInput,
  mayBeMade: () => boolean,
): Promise<RequestCancelOutput> {
  const { task, clientToken, lookFirst, mayHaveBeenSent, eraseEnded = false } = input;
  const isUnderWay = lookFirst || mayHaveBeenSent;
  // Where the call erases the record of a task that has ended, the Workflow's look may be too old: a Worker may have been away.
  const couldErase = connection.cancelLeaves === 'nothing' && !eraseEnded;
  if (isUnderWay || couldErase) {
    // One strange answer must not end what may be under way: it is looked at again.
    const seen = await withRetryDelay(connection, retryDelay(connection), () => look(connection, task), {
      patiently: isUnderWay,
    });
    const observation = isUnderWay ? inDoubt(connection, eraseEnded, seen) : seen;
    if (!mayBeAsked(observation, eraseEnded)) return { observation, unsent: !mayHaveBeenSent };
  }
  const provider = await connection.provider();
  const signal = stopUntilMade(cancellationSignal(), mayBeMade);
  if (signal.aborted)
    throw new ProviderError('unavailable', 'AbortError', 'given up before the vendor was asked');
  try {
    return { answer: await provider.cancel(taskIds(task), { clientToken, signal }) };
  } catch (thrown) {
    // What vendors answer for a task that has just ended is often not documented: a look says whether that is it.
    if (!isOfOneTask(thrown)) throw thrown;
    const observation = await look(connection, task);
    if (mayBeAsked(observation, eraseEnded)) throw thrown;
    return { observation: inDoubt(connection, eraseEnded, observation), unsent: false };
  }
}

/** What is seen after an ask, or what may have been one: an end has yet to last where the ask makes a task vanish. */
function inDoubt(
  { cancelLeaves }: LiveConnection,
  eraseEnded: boolean,
  observation: Observation,
): Observation {
  const mayVanish = cancelLeaves === 'nothing' && !eraseEnded;
  return mayVanish && observation.state === 'ended' ? { ...observation, unsettled: true } : observation;
}

/** Where reads may be old, one that shows the task active says nothing about now; the call could erase what has ended since. */
function mayBeAskedAgain(
  { readsMayBeOld }: LiveConnection,
  { asks, eraseEnded = false }: AwaitEndInput,
  observation: Observation,
): boolean {
  return mayBeAsked(observation, eraseEnded) && (asks === 0 || !readsMayBeOld);
}

/**
 * Where an ask makes a task vanish, a vendor that cancels it first may show it as ended until it does: after one, an end counts
 * when it lasts.
 */
function isSettled(
  { cancelLeaves }: LiveConnection,
  { underWay = false }: AwaitEndInput,
  { rawState, observedAt }: Observation,
  delayMs: number,
): boolean {
  if (cancelLeaves === 'record' || !underWay) return true;
  const { lastSeen } = lastSighting();
  if (lastSeen?.rawState !== rawState) return false;
  return Date.parse(observedAt) - Date.parse(lastSeen.observedAt) >= POLLS_OF_NEW_END * delayMs;
}

/** How long until a second look at a task that is gone proves that it is: a poll later, where that is what a cancel leaves. */
function confirmAbsenceInMs({ cancelLeaves }: LiveConnection, delayMs: number, goneSince: string): number {
  const lastsMs = cancelLeaves === 'nothing' ? delayMs : POLLS_OF_STRANGE_ABSENCE * delayMs;
  // The look may have been made by a Worker whose clock is ahead.
  return Math.min(lastsMs, Date.parse(goneSince) + lastsMs - Date.now());
}

function logAsked(output: RequestCancelOutput): void {
  if (!('answer' in output)) return;
  const { kind, requestId } = output.answer;
  log.info('The vendor was asked', { answer: kind, vendorRequestId: requestId });
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
