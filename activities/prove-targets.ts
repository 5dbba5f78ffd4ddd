import { activityInfo, cancellationSignal } from '@temporalio/activity';
import {
  isOutcome,
  type CallCounts,
  type TargetChange,
  type TargetRow,
  type TargetState,
} from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import type { Observation } from '../contract/observation.js';
import type { TaskRef } from '../contract/task.js';
import { atLeastMs, pollDelayMs, reaskAfterMs } from '../providers/pacing.js';
import { ProviderError } from '../providers/provider.js';
import { lookCalls } from './look-calls.js';
import { Heart } from './heart.js';
import { isThrottled } from './held-back-error.js';
import type { LiveConnection } from './live-connection.js';
import { withRetryDelay } from './retry-delay.js';
import { stillWaiting } from './still-waiting.js';
import { isOfOneTask } from './shared-looks.js';
import { endOf, seenIn } from './target-row.js';
import { targetTask, type Targets } from './target-tasks.js';
import { taskIds } from './task-ids.js';

export interface ProveTargetsInput extends Targets {
  /** One for each target. */
  readonly states: readonly TargetState[];
  /** Places of those whose ask was refused: a look that shows one active confirms it. */
  readonly refused: readonly number[];
  /** Places of those that no look has shown so far: absence tells nothing of how they ended. */
  readonly unseen?: readonly number[];
  /** Epoch milliseconds by Temporal's clock; pacing counts from here. */
  readonly waitingSinceMs: number;
  /** How often they were asked: one still active long after it is asked again, ever more rarely. */
  readonly asks: number;
  /** After so long it tells the lane what has ended, if anything has. */
  readonly sliceMs: number;
  /** Look once, whatever it shows. */
  readonly once?: boolean;
  /** The campaign asks for nothing more. */
  readonly asksNoMore?: boolean;
}

export interface ProveTargetsOutput {
  readonly changes: readonly TargetChange[];
  readonly calls: CallCounts;
}

/** What attempts keep for each other. */
interface Kept extends LaneHeartbeat {
  /** Since when those that are gone have been. */
  readonly gone: readonly (readonly [place: number, sinceMs: number])[];
  /** Since when those that were asked have been shown as ended. */
  readonly ended?: readonly (readonly [place: number, sinceMs: number])[];
}

const NEVER_SEEN = {
  code: 'NeverSeen',
  message: 'It is not there, and whether it was asked before a Worker broke off is not known.',
};
/** Where a vendor keeps records, one that is not there is more likely not shown than gone. */
const POLLS_OF_STRANGE_ABSENCE = 3;
/** Where a cancel leaves nothing, a task that has ended is more likely on its way out. */
const POLLS_OF_NEW_END = 3;
/** Of the delay between two looks. */
const SHORTEST_REST = 0.8;

/** Looks at many targets until they have ended; every attempt of the Activity is one look at those that have not. */
export class ProveTargets {
  readonly #rows: Map<number, TargetRow>;
  readonly #goneSinceMs: Map<number, number>;
  readonly #ended: Map<number, number>;
  readonly #refused: ReadonlySet<number>;
  readonly #unseen: Set<number>;
  readonly #waitedMs: number;
  readonly #delayMs: number;
  /** What Temporal took to begin this attempt once it was due. */
  readonly #lateMs: number;
  readonly #beganAtMs = performance.now();
  #looks: number;
  #throttled: number;

  constructor(
    private readonly connection: LiveConnection,
    private readonly input: ProveTargetsInput,
  ) {
    const { heartbeatDetails, currentAttemptScheduledTimestampMs } = activityInfo();
    const kept = heartbeatDetails as Kept | undefined;
    this.#rows = new Map(kept?.changes);
    this.#goneSinceMs = new Map(kept?.gone);
    this.#ended = new Map(kept?.ended);
    this.#looks = kept?.calls.looks ?? 0;
    this.#throttled = kept?.calls.throttled ?? 0;
    this.#refused = new Set(input.refused);
    this.#unseen = new Set(input.unseen);
    for (const place of kept?.seen ?? []) this.#unseen.delete(place);
    this.#lateMs = Math.max(0, Date.now() - currentAttemptScheduledTimestampMs);
    this.#waitedMs = currentAttemptScheduledTimestampMs - input.waitingSinceMs;
    this.#delayMs = pollDelayMs(connection.pacing, this.#waitedMs);
  }

  /** @throws ApplicationFailure `StillWaiting` for the next poll. */
  async run(): Promise<ProveTargetsOutput> {
    const heart = new Heart(() => this.#soFar());
    try {
      await withRetryDelay(
        this.connection,
        (retryAfterMs) => atLeastMs(this.#delayMs, retryAfterMs),
        () => this.#look(),
        { patiently: true },
      );
    } finally {
      heart.beat();
      heart.close();
    }
    if (this.#tells) return this.#soFar();
    const { targets } = this.input;
    throw stillWaiting(`${targets.length - this.#open.length} of ${targets.length} have ended`, this.#restMs);
  }

  /**
   * Rounds begin at the pace, however long one takes and however late Temporal begins it; one that waited long for its quota, or a
   * clock that is ahead of Temporal's, is no reason to look without a rest.
   */
  get #restMs(): number {
    const tookMs = performance.now() - this.#beganAtMs + this.#lateMs;
    return Math.round(Math.max(this.#delayMs * SHORTEST_REST, this.#delayMs - tookMs));
  }

  /** Those that are still to be looked at. */
  get #open(): number[] {
    return [...this.input.targets.keys()].filter((place) => {
      const state = this.#state(place);
      return !isOutcome(state) && state !== 'waiting';
    });
  }

  get #tells(): boolean {
    if (this.input.once === true || this.#open.length === 0) return true;
    const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
    const sinceMs = currentAttemptScheduledTimestampMs - scheduledTimestampMs;
    return this.#rows.size > 0 && sinceMs >= this.input.sliceMs;
  }

  async #look(): Promise<void> {
    const places = this.#open;
    const tasks = places.map((place) => taskIds(this.#task(place)));
    // Not after the looks, whose credential may have been refused: what they have shown would be lost.
    const provider = await this.connection.provider();
    const looks = await this.connection.lookMany(tasks, cancellationSignal());
    this.#looks += lookCalls(provider, tasks.length);
    // One error is that of a whole batch.
    const troubles = new Set<ProviderError>();
    for (const [index, place] of places.entries()) {
      const look = looks[index];
      if (look === undefined || look instanceof ProviderError) {
        // One that only its own looks are in trouble is looked at again with the others: nothing is proven by it.
        if (look !== undefined && !isOfOneTask(look)) troubles.add(look);
        continue;
      }
      const row = this.#rowOf(place, look);
      if (look.state !== 'absent' && look.state !== 'inaccessible') this.#unseen.delete(place);
      if (look.state !== 'absent') this.#goneSinceMs.delete(place);
      if (row !== undefined) this.#rows.set(place, { ...row, ...seenIn(look) });
    }
    this.#throttled += [...troubles].filter(isThrottled).length;
    const trouble = [...troubles].at(-1);
    if (trouble !== undefined) throw trouble;
  }

  /** What a look changes of a target; undefined: nothing. */
  #rowOf(place: number, look: Observation): TargetRow | undefined {
    const isRefused = this.#refused.has(place);
    if (look.state === 'ended') return this.#isSettled(place, look) ? endOf(look) : undefined;
    if (look.state === 'absent') return this.#hasLasted(place, look) ? this.#gone(place) : undefined;
    if (isRefused && (look.state === 'active' || look.state === 'inaccessible')) return { state: 'refused' };
    // It is no refusal: somebody has cancelled it. Of a state that nobody knows, it is not known.
    if (isRefused && look.state === 'canceling') return { state: 'canceling' };
    if (isRefused && this.#state(place) === 'answered' && !this.#rows.has(place))
      return { state: 'answered' };
    return look.state === 'active' && this.#mayBeAskedAgain(place) ? { state: 'waiting' } : undefined;
  }

  /** Of one that was never seen, an attempt that was cut off may have seen and asked it. */
  #gone(place: number): TargetRow {
    return this.#unseen.has(place) ? { state: 'unproven', ...NEVER_SEEN } : { state: 'deleted' };
  }

  /** An ask whose answer never came seems to have had no effect; one that was answered is given time. */
  #mayBeAskedAgain(place: number): boolean {
    const isOpen = this.#state(place) === 'open';
    const { asks, asksNoMore = false } = this.input;
    const { pacing, readsMayBeOld } = this.connection;
    const isOverdue = this.#waitedMs >= reaskAfterMs(pacing, asks);
    // Once nothing more is asked, the lane makes an end of one that seems never to have been.
    if (isOpen) return isOverdue || !asksNoMore;
    return isOverdue && !readsMayBeOld && !asksNoMore;
  }

  /**
   * Where an ask makes a task vanish, a vendor that cancels it first may show it as ended until it does: after one, an end
   * counts when it lasts.
   */
  #isSettled(place: number, { observedAt }: Observation): boolean {
    const state = this.#state(place);
    const wasAsked = state === 'asked' || state === 'open';
    if (this.connection.cancelLeaves === 'record' || !wasAsked) return true;
    const seenAtMs = Date.parse(observedAt);
    const sinceMs = this.#ended.get(place) ?? seenAtMs;
    this.#ended.set(place, sinceMs);
    return seenAtMs - sinceMs >= POLLS_OF_NEW_END * this.#delayMs;
  }

  /** One look may go to a replica that lags: absence proves something when it lasts. */
  #hasLasted(place: number, { observedAt }: Observation): boolean {
    const sinceMs = this.#goneSinceMs.get(place);
    const seenAtMs = Date.parse(observedAt);
    if (sinceMs === undefined) {
      this.#goneSinceMs.set(place, seenAtMs);
      return false;
    }
    const polls = this.connection.cancelLeaves === 'nothing' ? 1 : POLLS_OF_STRANGE_ABSENCE;
    // Its delay may have been a little shorter than this one's.
    return seenAtMs - sinceMs >= 0.8 * polls * this.#delayMs;
  }

  #state(place: number): TargetState {
    return this.#rows.get(place)?.state ?? this.input.states[place] ?? 'waiting';
  }

  #soFar(): Kept {
    const calls = { asks: 0, looks: this.#looks, throttled: this.#throttled };
    const seen = (this.input.unseen ?? []).filter((place) => !this.#unseen.has(place));
    return {
      changes: [...this.#rows],
      calls,
      gone: [...this.#goneSinceMs],
      ended: [...this.#ended],
      seen,
    };
  }

  #task(place: number): TaskRef {
    return targetTask(this.input, this.input.targets[place] ?? '');
  }
}
