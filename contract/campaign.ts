import type { OnRunningSubtasks, Verdict } from './cancellation.js';

/** The input of the Workflow `cancelCampaign`, for callers in any language: plain JSON, unknown keys are ignored. */
export interface CampaignInput {
  /**
   * Why; a campaign without a reason is refused. What is beyond 2,000 characters is cut off.
   * @pattern \S
   */
  readonly reason: string;
  /** @maxLength 200 */
  readonly requestedBy?: string;
  /**
   * What to look for. Left out: the targets are given by a client, lane by lane.
   * @minItems 1
   */
  readonly selectors?: readonly Selector[];
  /** Ask as soon as the targets are known; else it plans, and waits for the Update `start`. */
  readonly startAtOnce?: boolean;
  readonly options?: CampaignOptions;
  /** Is told the end. What it holds, a token in its query included, is in the history. */
  readonly callbackUrl?: string;
}

/** Which tasks of one connection; what is left out does not matter. */
export interface Selector {
  /** @pattern \S */
  readonly connection: string;
  /** @pattern \S */
  readonly provider: string;
  /**
   * The vendor's id of what the tasks belong to: a file system, a share, a domain.
   * @pattern \S
   */
  readonly fileSystem?: string;
  /** The vendor's own words. Left out: every state in which a task may be asked. */
  readonly states?: readonly string[];
  /** The vendor's own words. */
  readonly types?: readonly string[];
  /** @minimum 0 */
  readonly olderThanMs?: number;
}

/** How a campaign asks, and its guards. */
export interface CampaignOptions {
  /** Default `wait`. */
  readonly onRunningSubtasks?: OnRunningSubtasks;
  /**
   * From the moment it is started to ask; default {@link DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS}.
   * @exclusiveMinimum 0
   * @maximum LONGEST_DEADLINE_AFTER_MS
   */
  readonly deadlineAfterMs?: number;
  /**
   * More targets than that are refused; default and limit {@link MOST_TARGETS}.
   * @minimum 1
   */
  readonly maxTargets?: number;
  /** Task URIs, ids, or patterns with `*`: never asked. Limit {@link MOST_PROTECT_BYTES}. */
  readonly protect?: readonly string[];
  /** So many targets, or such a share of them (above 0, at most 1), may be refused or fail before no more are asked. */
  readonly errorThreshold?: Amount;
  /** How many targets are asked by the end of each wave, in all; the last is always all of them. */
  readonly waves?: readonly Amount[];
  /**
   * @minimum 0
   * @maximum LONGEST_DEADLINE_AFTER_MS
   */
  readonly pauseBetweenWavesMs?: number;
  /** Each wave after the first waits for the Update `approveWave`. */
  readonly approveEachWave?: boolean;
  /**
   * Cancel calls a second on each connection, below what its quota allows.
   * @minimum LEAST_CALLS_PER_SECOND
   */
  readonly callsPerSecond?: number;
  /**
   * Which share of the targets may have changed since the plan; default {@link DEFAULT_MAX_DRIFT}.
   * @minimum 0
   * @maximum 1
   */
  readonly maxDrift?: number;
}

/** So many targets, or such a share of them. */
export type Amount =
  | {
      /** @minimum 0 */
      readonly count: number;
    }
  | {
      /**
       * @minimum 0
       * @maximum 1
       */
      readonly share: number;
    };

export const DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS = 24 * 60 * 60_000;
export const DEFAULT_MAX_DRIFT = 0.05;
/**
 * A lane's targets travel in one payload, and its rows in one answer: a thousand are some 200 KB, and below Temporal's limit of 2 MB
 * with the longest paths and the longest words of a vendor. Each lane costs the server some 150 ms of CPU time.
 */
export const LANE_SIZE = 1_000;
/** A hundred lanes. Each costs the campaign's own history some 20 events when nothing goes wrong; 51,200 are Temporal's limit. */
export const MOST_TARGETS = 100_000;
/** Of all that is protected, in all: it goes along with every lane, and a hundred of them stay below 2 MB. */
export const MOST_PROTECT_BYTES = 8_000;

/** Why that much cannot be protected, in a sentence; undefined: it can. */
export function whyTooMuchIsProtected(protect: readonly string[]): string | undefined {
  const bytes = new TextEncoder().encode(protect.join('')).length;
  return bytes <= MOST_PROTECT_BYTES
    ? undefined
    : `protect may have ${MOST_PROTECT_BYTES} bytes of text in all, and has ${bytes}: shorten it with patterns such as task-0abc*.`;
}
/** One call in a quarter of an hour: to ask nothing, a campaign is paused. */
export const LEAST_CALLS_PER_SECOND = 0.001;
/** What `load` takes for one target, in characters. */
export const LONGEST_TARGET = 1_000;
/** Without a start for so long, a plan has expired. */
export const PLAN_EXPIRES_AFTER_MS = 24 * 60 * 60_000;

/**
 * Where one target is. The first six are on the way:
 *
 * - `waiting`: not asked. - `open`: an ask was, or may have been, made whose answer has not come. - `asked`: accepted.
 * - `answered`: the vendor said something that only a look can confirm: that it has ended, is gone, or that it will not.
 * - `canceling`: on its way, and not by an ask of this campaign. - `blocked`: waits for subtasks, in a cancellation of its own.
 */
export type TargetState = 'waiting' | 'open' | 'asked' | 'answered' | 'canceling' | 'blocked' | TargetOutcome;

/**
 * How a target ended: a verdict as of a single cancellation, or `protected`, `left-alone` (never asked: the campaign was
 * aborted, stopped or out of time) or `errored` (an answer this version does not know, or a lane that failed).
 */
export type TargetOutcome =
  | Exclude<Verdict, 'would-cancel' | 'would-delete' | 'already-ended' | 'would-be-refused'>
  | 'protected'
  | 'left-alone'
  | 'errored';

const ON_THE_WAY: readonly TargetState[] = ['waiting', 'open', 'asked', 'answered', 'canceling', 'blocked'];

export function isOutcome(state: TargetState): state is TargetOutcome {
  return !ON_THE_WAY.includes(state);
}

/** What is known of one target; small, because a thousand of them travel together. */
export interface TargetRow {
  readonly state: TargetState;
  /** The vendor's own word, as it was last seen. */
  readonly rawState?: string;
  /** Epoch milliseconds of the last look, by the clock of the Worker that looked. */
  readonly seenAtMs?: number;
  /** The vendor's id of that look. */
  readonly seenBy?: string;
  /** How many cancel calls were answered. */
  readonly asks?: number;
  /** Epoch milliseconds: when it was asked last, or may have been by a Worker that has died since. */
  readonly askedAtMs?: number;
  /** The vendor's id of the last ask. */
  readonly askedBy?: string;
  /** The vendor has refused, and no look has confirmed it yet. */
  readonly refused?: true;
  /** Of a blocked one, where Workflow ids hide tasks: what stands for it in that of the cancellation that it is handed over to. */
  readonly mask?: string;
  /** Of a refusal or an error: the vendor's own code, and what it or we say of it. */
  readonly code?: string;
  readonly message?: string;
}

/** The row of a lane's target, by its place in the lane. */
export type TargetChange = readonly [place: number, row: TargetRow];

/** How many targets are in each state. */
export type StateCounts = Partial<Record<TargetState, number>>;

/** Vendor calls. */
export interface CallCounts {
  /** @integer */
  readonly asks: number;
  /**
   * One look may answer for many targets.
   * @integer
   */
  readonly looks: number;
  /** @integer */
  readonly throttled: number;
}

export const NO_CALLS: CallCounts = { asks: 0, looks: 0, throttled: 0 };

export function addCalls(one: CallCounts, other: CallCounts): CallCounts {
  return {
    asks: one.asks + other.asks,
    looks: one.looks + other.looks,
    throttled: one.throttled + other.throttled,
  };
}

export function addStates(one: StateCounts, other: StateCounts): StateCounts {
  const sum = { ...one };
  for (const [state, count] of Object.entries(other) as [TargetState, number][])
    sum[state] = (sum[state] ?? 0) + count;
  return sum;
}

/** Why a connection's asks are not being made, and for how long at least. */
export interface Held {
  readonly kind: 'throttled' | 'unavailable' | 'unauthenticated' | 'denied';
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** Where a campaign is; the value of the Search Attribute `QuiescePhase`. */
export type CampaignPhase =
  | 'gathering'
  | 'planning'
  | 'planned'
  | 'running'
  | 'paused'
  | 'waiting-for-approval'
  | 'stopping'
  | 'proving'
  | 'ended';

/** How a campaign ended. `expired`: a plan that nobody started; `refused`: it was never begun, for the reason given. */
export type CampaignEnd = 'done' | 'aborted' | 'stopped-by-errors' | 'out-of-time' | 'expired' | 'refused';

/** The answer of the Query `progress` of a campaign. */
export interface CampaignProgress {
  readonly id: string;
  readonly phase: CampaignPhase;
  readonly end?: CampaignEnd;
  /** Why it is not asking, or how it ended, in a sentence. */
  readonly note?: string;
  readonly reason: string;
  readonly requestedBy?: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly deadlineAtMs?: number;
  readonly targets: number;
  /** Always adds up to `targets`. */
  readonly states: StateCounts;
  readonly calls: CallCounts;
  readonly connections: readonly ConnectionProgress[];
  readonly lanes: {
    readonly numbers: readonly number[];
    readonly running: readonly number[];
    readonly ended: number;
  };
  readonly wave?: WaveProgress;
  readonly callsPerSecond?: number;
  /** The newest last. */
  readonly problems: readonly Problem[];
  readonly plan?: Plan;
}

/** How far the campaign may ask by now. */
export interface WaveProgress {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Targets that may be asked by the end of this wave, in all. */
  readonly upTo: number;
  /** In a pause between waves: when the next one begins, in epoch milliseconds. */
  readonly nextAtMs?: number;
}

export interface ConnectionProgress {
  readonly connection: string;
  readonly provider: string;
  readonly targets: number;
  readonly states: StateCounts;
  readonly calls: CallCounts;
  readonly held?: Held;
}

export interface Problem {
  /** The target's URI, or the Workflow id of the lane or the campaign. */
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

/** What looks at targets have shown, before anything is asked. */
export interface SurveyCounts {
  readonly wouldCancel: number;
  readonly hasEnded: number;
  readonly isCanceling: number;
  readonly notFound: number;
  readonly wouldBeRefused: number;
  readonly protected: number;
  /** States this version does not know. */
  readonly unknown: number;
}

/** What would happen, as of the last survey. */
export interface Plan extends SurveyCounts {
  readonly surveyedAtMs: number;
  readonly estimates: readonly Estimate[];
  /** Of a survey made when it was to be started: how many targets had changed. */
  readonly drifted?: number;
}

/** What it costs on one connection. */
export interface Estimate {
  readonly connection: string;
  readonly asks: number;
  /** One look at each target before it is asked, and one after, in batches. */
  readonly looks: number;
  /** At the connection's quota; without one, it is not the quota that decides: left out. */
  readonly durationMs?: number;
}

/** The result of the Workflow `cancelCampaign`. Stable. */
export interface CampaignResult {
  readonly id: string;
  readonly end: CampaignEnd;
  readonly note?: string;
  /** @integer */
  readonly targets: number;
  /** How many ended so; they add up to `targets`. */
  readonly verdicts: Partial<Record<TargetOutcome, number>>;
  readonly calls: CallCounts;
  /** When it began to ask, ISO 8601; left out when it never did. */
  readonly startedAt?: string;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** The argument of the Update `openLane`; the answer says which lane to load. */
export interface OpenLaneRequest {
  /** @pattern \S */
  readonly connection: string;
  /** @pattern \S */
  readonly provider: string;
  /**
   * How many targets it will be given.
   * @integer
   * @minimum 1
   * @maximum LANE_SIZE
   */
  readonly targets: number;
  /**
   * Names of the ids in the targets' paths, in order.
   * @minItems 1
   */
  readonly fields: readonly string[];
}

/** The answer of the Update `openLane`. */
export interface OpenLaneAnswer {
  /** @integer */
  readonly lane: number;
  /** Of the Workflow that takes the Update `load`. */
  readonly workflowId: string;
}

/** The argument of the Update `seal`: no more lanes will be opened. */
export interface SealRequest {
  /**
   * Must be what the lanes were opened for, in all.
   * @integer
   */
  readonly targets: number;
}

/** The argument of the Update `discardLanes`: a listing begins anew, and what it had opened does not count. */
export interface DiscardLanesRequest {
  readonly connection: string;
  /** Lanes with higher numbers are meant. */
  readonly from: number;
}

/** The argument of the Update `load` of a lane. */
export interface LoadRequest {
  /** Task URIs without `provider://connection/`; hints may follow as a query. */
  readonly targets: readonly string[];
}

/** The argument of `start`, `pause`, `resume`, `abort` and `approveWave`. */
export interface CampaignRequest {
  /** @pattern \S */
  readonly by: string;
  readonly reason?: string;
}

/** The argument of the Update `setRate`; null takes the limit away. */
export interface RateRequest extends CampaignRequest {
  /** @minimum LEAST_CALLS_PER_SECOND */
  readonly callsPerSecond: number | null;
}
