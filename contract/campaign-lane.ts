import type { CallCounts, Held, Problem, StateCounts, SurveyCounts, TargetRow } from './campaign.js';
import type { OnRunningSubtasks } from './cancellation.js';

/** For so long what a look has shown of a target is good enough to ask for its end, where an ask of one that has ended does no harm. */
export const LOOK_LASTS_MS = 5 * 60_000;

/** The input of the Workflow `campaignLane`, which only a campaign starts. */
export interface LaneInput {
  /** The campaign's id. */
  readonly campaign: string;
  readonly lane: number;
  readonly connection: string;
  readonly provider: string;
  /** Names of the ids in a target's path, in order. */
  readonly fields: readonly string[];
  /** How many targets it is to be given. */
  readonly targets: number;
  readonly protect?: readonly string[];
  readonly onRunningSubtasks?: OnRunningSubtasks;
  readonly reason: string;
  readonly requestedBy?: string;
}

/** What a lane is to do, by Signal; it replaces the orders before it. */
export interface LaneOrders {
  readonly number: number;
  /**
   * `survey`: look at all targets, once. `ask`: ask, then prove. `hold`: ask no more for now. `stop`: never again.
   * `discard`: end, and forget the targets, which count elsewhere.
   */
  readonly to: 'survey' | 'ask' | 'hold' | 'stop' | 'discard';
  /** How many of its targets may be asked, in all. */
  readonly askUpTo: number;
  /** Its share of the campaign's rate. */
  readonly callsPerSecond?: number;
  /** How long it works before it reports. */
  readonly sliceMs: number;
  /** After so many more failures it asks no more until it has new orders. */
  readonly failuresAllowed?: number;
  readonly deadlineAtMs?: number;
}

/** What a lane tells its campaign, by Signal: all of it anew each time. */
export interface LaneReport {
  readonly lane: number;
  /** The newest orders under which all has been asked that they allow. */
  readonly asked?: number;
  /** The newest orders under which all that was asked has been proven, too. */
  readonly finished?: number;
  /** The newest orders whose allowance of failures is used up. */
  readonly exhausted?: number;
  readonly states: StateCounts;
  /** Of those, the refusals that a look has yet to confirm. Left out: none. */
  readonly unconfirmed?: number;
  readonly calls: CallCounts;
  readonly held?: Held;
  /** New ones since the last report, a few. */
  readonly problems: readonly Problem[];
  readonly survey?: Survey;
  /** The orders that survey was made for. */
  readonly surveyed?: number;
}

/** The result of the Workflow `campaignLane`. */
export interface LaneResult {
  readonly states: StateCounts;
  readonly calls: CallCounts;
  readonly problems: readonly Problem[];
}

/** What a survey saw of a lane's targets. */
export interface Survey extends SurveyCounts {
  /** How many are not as the survey before saw them; 0 for the first. */
  readonly drifted: number;
}

/** The answer of the Query `rows` of a lane. */
export interface LaneRows {
  readonly lane: number;
  readonly connection: string;
  readonly provider: string;
  /** Names of the ids in a path, in order. */
  readonly fields: readonly string[];
  /** Names the logical attempt: with it and the task's URI, {@link clientToken} gives the token that was sent. */
  readonly tokenSeed: string;
  /** As they were loaded. */
  readonly targets: readonly string[];
  /** One for each target. */
  readonly rows: readonly TargetRow[];
}

/** What the running Activity of a lane keeps in its heartbeat: how far it is beyond the lane's last report. */
export interface LaneHeartbeat {
  /** By place among the targets the Activity was given. */
  readonly changes: readonly (readonly [place: number, row: TargetRow])[];
  readonly calls: CallCounts;
  /** Of an ask: which of them a look has shown. */
  readonly seen?: readonly number[];
}
