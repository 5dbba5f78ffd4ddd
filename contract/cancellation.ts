import type { CancelAnswer, Observation } from './observation.js';
import type { TaskRef } from './task.js';

/** The input of the Workflow `cancelTask`, for callers in any language: plain JSON, unknown keys are ignored. */
export interface CancelInput {
  readonly task: TaskRef;
  /** Look and say what would happen; nothing is asked of the vendor. */
  readonly dryRun?: boolean;
  /** What to do when the vendor refuses because subtasks of the task run; default `wait`. */
  readonly onRunningSubtasks?: OnRunningSubtasks;
  /**
   * Only where the vendor's cancel leaves nothing of a task: erase the record of one that has ended, or whose state is
   * unknown to this version, too. Without it, the call is never made for such a task.
   */
  readonly deleteEnded?: boolean;
  /**
   * How long after its start the cancellation stops waiting and ends `unproven`; default {@link DEFAULT_DEADLINE_AFTER_MS}.
   * @exclusiveMinimum 0
   * @maximum LONGEST_DEADLINE_AFTER_MS
   */
  readonly deadlineAfterMs?: number;
  /** @maxLength 2000 */
  readonly reason?: string;
  /**
   * Who asked, as the caller knows it.
   * @maxLength 200
   */
  readonly requestedBy?: string;
  /**
   * The campaign this cancellation belongs to.
   * @maxLength 200
   */
  readonly campaign?: string;
  /** Is told the end. What it holds, a token in its query included, is in the history. */
  readonly callbackUrl?: string;
}

/** `wait` until they have ended, `cancel` them first, or let the cancellation `fail`: end it as `refused`. */
export type OnRunningSubtasks = 'wait' | 'cancel' | 'fail';

export const ON_RUNNING_SUBTASKS = ['wait', 'cancel', 'fail'] as const satisfies readonly OnRunningSubtasks[];

export const VERDICTS = [
  'canceled',
  'completed',
  'failed',
  'deleted',
  'not-found',
  'refused',
  'unproven',
  'would-cancel',
  'would-delete',
  'already-ended',
  'would-be-refused',
] as const;

/** In the order of a cancellation's story. */
export const CANCEL_PHASES = ['observing', 'asking', 'waiting-for-subtasks', 'proving', 'ended'] as const;

export const DEFAULT_DEADLINE_AFTER_MS = 24 * 60 * 60_000;

/** A year: the longest deadline, and the longest it can be moved at a time. */
export const LONGEST_DEADLINE_AFTER_MS = 366 * 24 * 60 * 60_000;

/**
 * How a cancellation ended.
 *
 * Proven: `canceled`, `completed` (it finished first), `failed` (the task itself failed), `deleted` (gone, after it was seen).
 * Not proven: `not-found` (never seen), `refused` (the vendor will not), `unproven` (waiting ended before the task did).
 * Dry run: `would-cancel`, `would-delete` (it has ended, and its record would be erased), `already-ended`, `would-be-refused`.
 */
export type Verdict = (typeof VERDICTS)[number];

/** Where a cancellation is in its story; the value of the Search Attribute `QuiescePhase`. */
export type CancelPhase = (typeof CANCEL_PHASES)[number];

/** Who stopped the waiting before the end was proven, and why. */
export interface GivenUp {
  readonly how: 'deadline' | 'abandoned' | 'workflow-cancelled';
  readonly by?: string;
  readonly reason?: string;
  readonly at: string;
}

/** All that a cancellation knows of itself; small and of bounded size however long it polls. */
export interface CancelStory {
  phase: CancelPhase;
  /** Epoch milliseconds, by Temporal's clock. */
  startedAtMs: number;
  deadlineAtMs: number;
  /** Logical attempts: the token changes only when the vendor definitely refused and is asked anew. */
  attempts: number;
  /** The newest is the last one; of very many, the first and the last are kept. */
  clientTokens: string[];
  /** How often the cancel call was answered; more than `attempts` when a still active task was asked again. */
  asks: number;
  askedAtMs?: number;
  answer?: CancelAnswer;
  /** The attempt that `answer` is for. */
  answeredAttempt?: number;
  /** Whether any ask was accepted: its effect may be on its way, whatever a repeat is answered. */
  wasAccepted?: boolean;
  /** Whether a cancel call was, or may have been, made whose answer has not come. */
  askIsOpen?: boolean;
  /** Whether no look has been made since `answer`. */
  unconfirmedAnswer?: boolean;
  /** When the vendor first refused because subtasks run. */
  blockedSinceMs?: number;
  /** Whether they are waited for now. */
  waitsForSubtasks?: boolean;
  /** The last look that was recorded; while polling, newer ones are the attempts of the pending Activity. */
  observation?: Observation;
  observations: number;
  /** Whether any look has ever shown the task: absence proves something only after that. */
  seen: boolean;
  /** The vendor's last word on its state, in a look or in answer to the ask; kept for when it is gone. */
  lastSeenState?: string;
  /** ISO 8601: when it said so. */
  lastSeenAt?: string;
  requestIds: string[];
  verdict?: Verdict;
  givenUp?: GivenUp;
  /** Why the look after giving up was not answered. */
  lastLookFailure?: string;
}

/** The answer of the Query `progress`. */
export interface CancelProgress extends CancelStory {
  readonly task: string;
  readonly reason?: string;
  readonly requestedBy?: string;
}

/** What a verdict stands on. */
export interface Evidence {
  /** The vendor's own word for the last state seen; absent when nothing was ever seen. */
  readonly lastState?: string;
  /** When it was seen, ISO 8601. */
  readonly lastStateAt?: string;
  /** When the task was last looked at, ISO 8601; later than `lastStateAt` for one that is gone. */
  readonly observedAt?: string;
  /** When the vendor says the task ended, ISO 8601. */
  readonly taskEndedAt?: string;
  /**
   * How many looks the verdict stands on. Polls that were cut off by giving up are attempts of their Activity and not counted.
   * @integer
   */
  readonly observations: number;
  /**
   * How many cancel calls were answered.
   * @integer
   */
  readonly asks: number;
  /** Present when a cancel call was, or may have been, made whose answer never came: its effect is open. */
  readonly unansweredAsk?: true;
  /** The vendor's ids of the calls that decided: first and last look, every ask. */
  readonly requestIds: readonly string[];
  readonly message?: string;
  readonly progress?: { readonly total?: number; readonly succeeded?: number; readonly failed?: number };
  /** The vendor's last definite answer to the cancel call. */
  readonly answer?: CancelAnswer;
  /** When it was last asked, ISO 8601. */
  readonly askedAt?: string;
  /** Present when waiting was ended by us and not by the task. */
  readonly givenUp?: GivenUp;
  /** Present when the look after giving up was not answered: `lastState` is then older than `givenUp.at`. */
  readonly lastLookFailure?: string;
}

/** The result of the Workflow `cancelTask`, and what `quiesce cancel --output json` prints. Stable. */
export interface CancelResult {
  /** The Workflow id. */
  readonly id: string;
  /** The first run's id; it stays the same through Continue-As-New. */
  readonly runId: string;
  readonly connection: string;
  readonly provider: string;
  /** The task's URI. */
  readonly task: string;
  /** What the caller said to help find the task, where it said something. */
  readonly hints?: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  /**
   * Logical attempts, one for each token.
   * @integer
   */
  readonly attempts: number;
  /** What the vendor was asked under, the newest last; of very many, the first and the last. */
  readonly clientTokens: readonly string[];
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly campaign?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** The argument of the Update `abandon`. */
export interface AbandonRequest {
  /** @pattern \S */
  readonly by: string;
  /** @pattern \S */
  readonly reason: string;
}

/** The answer of the Update `abandon`. */
export interface AbandonAnswer {
  /** ISO 8601. */
  readonly givenUpAt: string;
}

/** The argument of the Update `extendDeadline`. */
export interface ExtendRequest {
  /**
   * How much later the deadline is to be than it is set now.
   * @exclusiveMinimum 0
   * @maximum LONGEST_DEADLINE_AFTER_MS
   */
  readonly byMs: number;
}

/** The answer of the Update `extendDeadline`. */
export interface ExtendAnswer {
  /** ISO 8601. */
  readonly deadlineAt: string;
}
