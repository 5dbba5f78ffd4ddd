/** What is true of every look at a remote task. */
interface Seen {
  /** The vendor's own word for the state, unchanged. */
  readonly rawState: string;
  /** ISO 8601, by the clock of the Worker that looked. */
  readonly observedAt: string;
  /** The vendor's id of the call that answered. */
  readonly requestId?: string;
  /** What the vendor says about the state in its own words, for example why a task failed. */
  readonly message?: string;
  /** Work done so far, as the vendor counts it; never used to decide anything. */
  readonly progress?: TaskProgress;
}

/** The vendor's counts of files (or whatever it counts). They may disagree with each other. */
export interface TaskProgress {
  readonly total?: number;
  readonly succeeded?: number;
  readonly failed?: number;
}

/**
 * One look at one remote task. Only an observation can end a cancellation.
 *
 * - `active`: it may be asked to stop. - `canceling`: the vendor says it is stopping.
 * - `ended`: the vendor says how it ended. - `unknown`: the vendor used a word we do not know; never proof.
 * - `absent`: the vendor's own "no such task"; never made from an error.
 * - `inaccessible`: the vendor's own word that what the task belongs to is not there, or not the caller's. It says nothing of
 *   the task: of one that was never seen it is a refusal, of another no proof.
 */
export type Observation =
  | (Seen & { readonly state: 'active' | 'canceling' | 'unknown' })
  | (Seen & {
      readonly state: 'ended';
      readonly end: TaskEnd;
      readonly endedAt?: string;
      /**
       * Where a cancel leaves nothing, and one may be under way: a vendor that cancels a task before it vanishes may show it as
       * ended for a while, so that this proves nothing yet. Never set by an adapter.
       */
      readonly unsettled?: true;
    })
  | (Seen & { readonly state: 'absent' | 'inaccessible' });

/**
 * Whether the cancel call may be made for a task that was seen so. Where it erases the record of a task that has ended,
 * it is made for one, or for one in a state we do not know, only with `eraseEnded`.
 */
export function mayBeAsked({ state }: Observation, eraseEnded: boolean): boolean {
  return state === 'active' || (eraseEnded && (state === 'ended' || state === 'unknown'));
}

export type ObservedState = Observation['state'];

/** How a remote task can end by itself or by a cancel. */
export type TaskEnd = 'canceled' | 'completed' | 'failed';

/**
 * The vendor's definite answer to one cancel call. None of them ends a cancellation: an observation after it does.
 * An answer that leaves the effect open (a timeout, a 5xx, a reset) is a ProviderError, not one of these.
 */
export type CancelAnswer =
  | { readonly kind: 'accepted'; readonly rawState?: string; readonly requestId?: string }
  | {
      /** `blocked`: nothing was done because subtasks of the task run; asked anew once they have ended, it may succeed. */
      readonly kind: 'already-ended' | 'absent' | 'refused' | 'blocked';
      /** The vendor's own code, word for word. */
      readonly code: string;
      readonly message: string;
      readonly requestId?: string;
    };

/** The subtasks a vendor will not cancel a task over: what a blocked cancellation waits for. */
export interface RunningSubtasks {
  readonly count: number;
  /** How many of them have not been asked to end yet. */
  readonly cancelable: number;
  /** Some of their ids, at most {@link MOST_SUBTASK_IDS}; the cancelable ones come first. */
  readonly ids: readonly string[];
  /** ISO 8601, by the clock of the Worker that looked. */
  readonly observedAt: string;
  readonly requestId?: string;
}

/** Enough to act on; a streaming task may have thousands. */
export const MOST_SUBTASK_IDS = 100;
