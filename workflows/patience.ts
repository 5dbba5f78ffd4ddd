import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
  ApplicationFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {
  LONGEST_DEADLINE_AFTER_MS,
  type AbandonAnswer,
  type AbandonRequest,
  type CancelStory,
  type ExtendAnswer,
  type ExtendRequest,
} from '../contract/cancellation.js';
import { ABANDON_UPDATE, EXTEND_DEADLINE_UPDATE, POLL_NOW_SIGNAL } from '../contract/names.js';
import { invalid } from './invalid.js';
import { isText } from './json-shapes.js';
import { rethrowUnlessCancelled } from './rethrow-unless-cancelled.js';
import { isoTime } from './story.js';

export const pollNowSignal = defineSignal(POLL_NOW_SIGNAL);
export const extendDeadlineUpdate = defineUpdate<ExtendAnswer, [ExtendRequest]>(EXTEND_DEADLINE_UPDATE);
export const abandonUpdate = defineUpdate<AbandonAnswer, [AbandonRequest]>(ABANDON_UPDATE);

/** Thrown out of a step when waiting has been given up; never leaves the Workflow. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
}

/**
 * What can end or interrupt a cancellation's waiting: the deadline, `abandon`, `pollNow`, and Temporal's own cancel.
 * The Workflow owns the deadline: an Activity's schedule-to-close cannot be extended while it retries.
 */
export class Patience {
  #pokes = 0;

  constructor(private readonly story: CancelStory) {
    setHandler(pollNowSignal, () => void this.#pokes++, {
      description: 'Look at the task now instead of at the next poll.',
    });
    setHandler(extendDeadlineUpdate, (request) => this.#extend(request), {
      description: 'Wait longer: {"byMs": 3600000} sets the deadline an hour later.',
      validator: (request) => {
        const byMs: unknown = request?.byMs;
        const fits = typeof byMs === 'number' && byMs > 0 && byMs <= LONGEST_DEADLINE_AFTER_MS;
        if (!fits) throw invalid('byMs must be a number of milliseconds from 1 to a year.');
        if (this.story.givenUp !== undefined) throw invalid('Waiting has been given up already.');
      },
    });
    setHandler(abandonUpdate, ({ by, reason }) => this.#giveUp({ how: 'abandoned', by, reason }), {
      description: 'Stop waiting; the task is looked at once more. {"by": "who", "reason": "why"}',
      validator: (request) => {
        if (!isText(request?.by) || !isText(request?.reason))
          throw invalid('by and reason must say who gives up and why.');
        if (this.story.givenUp !== undefined) throw invalid('Waiting has been given up already.');
      },
    });
  }

  /** Runs the whole story, with one timer for its deadline. */
  async until<T>(tell: () => Promise<T>): Promise<T> {
    const deadline = new CancellationScope();
    const watching = deadline.run(() => this.#watchDeadline()).catch(rethrowUnlessCancelled);
    try {
      return await tell();
    } catch (thrown) {
      if (!CancellationScope.current().consideredCancelled) throw thrown;
      if (!isCancellation(thrown) && !(thrown instanceof ActivityFailure)) throw thrown;
      this.#giveUp({ how: 'workflow-cancelled' });
      throw new GivenUpError();
    } finally {
      deadline.cancel();
      await watching;
    }
  }

  /**
   * Runs one step to its end; `pollNow` starts it again at once, as does a history that has grown long, after
   * `betweenRuns`. A step is an Activity that may be retrying for days. What it has found is never thrown away: an answer
   * that comes together with what would interrupt it counts, and one that is being given is waited for.
   * @param run gets the number of the run, from 1.
   * @throws GivenUpError when waiting is given up first.
   */
  async step<T>(run: (number: number) => Promise<T>, betweenRuns: () => Promise<void>): Promise<T> {
    for (let number = 1; ; number++) {
      if (this.story.givenUp !== undefined) throw new GivenUpError();
      const pokesBefore = this.#pokes;
      // Messages of any kind make the history grow, not pollNow alone.
      const interrupted = () =>
        this.story.givenUp !== undefined ||
        this.#pokes > pokesBefore ||
        workflowInfo().continueAsNewSuggested;
      const scope = new CancellationScope();
      const running = scope.run(() => run(number));
      const interruption = scope.run(() => condition(interrupted));
      // Whichever of them fails, `running` tells below.
      await Promise.race([running, interruption]).catch(() => {});
      scope.cancel();
      interruption.catch(() => {});
      try {
        return await running;
      } catch (thrown) {
        if (CancellationScope.current().consideredCancelled) throw thrown;
        const isOver = this.story.givenUp !== undefined && thrown instanceof ActivityFailure;
        if (!isOver && !wasInterrupted(thrown)) throw thrown;
      }
      await betweenRuns();
    }
  }

  async #watchDeadline(): Promise<void> {
    while (this.story.givenUp === undefined) {
      const { deadlineAtMs } = this.story;
      const moved = () => this.story.deadlineAtMs !== deadlineAtMs || this.story.givenUp !== undefined;
      const inTime = await condition(moved, Math.max(1, deadlineAtMs - Date.now()), { summary: 'deadline' });
      if (!inTime) this.#giveUp({ how: 'deadline' });
    }
  }

  #extend({ byMs }: ExtendRequest): ExtendAnswer {
    this.story.deadlineAtMs += Math.round(byMs);
    return { deadlineAt: isoTime(this.story.deadlineAtMs) };
  }

  #giveUp(givenUp: { how: 'deadline' | 'abandoned' | 'workflow-cancelled'; by?: string; reason?: string }) {
    this.story.givenUp ??= { ...givenUp, at: isoTime(Date.now()) };
    return { givenUpAt: this.story.givenUp.at };
  }
}

/**
 * Whether a step ended because it was cancelled. An Activity whose attempt failed after that, with what would else have been
 * tried again, is not tried again: that is no failure either.
 */
function wasInterrupted(thrown: unknown): boolean {
  if (isCancellation(thrown)) return true;
  if (!(thrown instanceof ActivityFailure) || thrown.retryState !== 'CANCEL_REQUESTED') return false;
  return !(thrown.cause instanceof ApplicationFailure && thrown.cause.nonRetryable === true);
}
