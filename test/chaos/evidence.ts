import type { SeedState } from '../../simulator/control-requests.js';
import type { EffectCount, JournalCall } from '../../simulator/journal.js';
import type { Quota } from '../../providers/quota.js';
import type { StoryName } from './stories.js';

/** One task that was to be canceled, by one trigger. */
export interface Target {
  /** The campaign, or `single`. */
  readonly trigger: string;
  readonly uri: string;
  readonly provider: string;
  /** The simulator's name of the task. */
  readonly id: string;
  readonly story: StoryName;
  /** Its campaign is aborted. */
  readonly mayBeLeftAlone?: true;
}

/** What was told of it in the end. */
export interface Told {
  readonly trigger: string;
  readonly uri: string;
  /** A verdict or an outcome; of a cancellation that failed, the failure's type. */
  readonly word: string;
  /** The vendor's own word, and when it was seen, ISO 8601. */
  readonly lastState?: string;
  readonly lastSeenAt?: string;
  /** What else was said of it. */
  readonly note?: string;
  /** What it was asked under, as it was told. */
  readonly tokens: readonly string[];
  /** Of whoever made the tokens: a Workflow's first run. */
  readonly runId?: string;
}

/** A task as it truly is. */
export interface Truth {
  readonly state: SeedState;
  readonly word: string;
  /** Of one that has ended: when, in epoch milliseconds of real time, however wrong the clock is that the vendor shows. */
  readonly endedAtMs?: number;
}

/** A campaign's counts, as somebody saw them. */
export interface Counted {
  readonly trigger: string;
  readonly targets: number;
  readonly states: Readonly<Record<string, number>>;
}

/** All that is left of a scenario, for the invariants to judge. */
export interface Evidence {
  readonly targets: readonly Target[];
  readonly told: readonly Told[];
  /** By {@link taskKey}. */
  readonly truths: ReadonlyMap<string, Truth>;
  readonly vendors: ReadonlyMap<string, VendorFacts>;
  /** The whole journal of the simulator, in order. */
  readonly calls: readonly JournalCall[];
  readonly effects: readonly EffectCount[];
  /** Every look at a campaign while it ran, and after its end. */
  readonly counted: readonly Counted[];
  /** Campaigns whose abort was accepted, at a time when it had not asked for all. */
  readonly aborted: readonly string[];
  /** First run ids of the lanes, by campaign. */
  readonly laneRuns: ReadonlyMap<string, readonly string[]>;
  /** How often each cancellation and campaign was triggered, by Workflow id: one that is sent again is the same trigger. */
  readonly triggers: ReadonlyMap<string, number>;
  /** What was begun, by Workflow id. */
  readonly begun: ReadonlyMap<string, Begun>;
  /** Everything that was written by any part of Quiesce. */
  readonly texts: readonly Text[];
  /** The HTTP service and each Worker that was ever ready, by name: each has a log. */
  readonly services: readonly string[];
  readonly secrets: readonly string[];
  /** Workflows that still run, by id, with their type. */
  readonly running: ReadonlyMap<string, string>;
  /** Histories that do not replay, with the reason. */
  readonly unreplayed: readonly string[];
  readonly replayed: number;
  /** Processes that ended though nobody had ended them. */
  readonly falls: readonly string[];
  /** How often a network before the clouds was made to hold calls up. */
  readonly jams: number;
  /** All faults that were played. */
  readonly struck: readonly Span[];
  /** Those that may have cut off an attempt that had asked and not told of it yet. */
  readonly cutOffs: readonly Span[];
  /** Links that a fault was to spoil, and that nothing went through in the whole scenario. */
  readonly idleLinks: readonly string[];
  /** Answers of the HTTP service that say that it could not do what it was asked for. */
  readonly failures: readonly FailedAnswer[];
}

/** From when to when a fault lasted, in epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An answer with a status of 500 or more. */
export interface FailedAnswer {
  readonly status: number;
  readonly what: string;
  readonly atMs: number;
}

/** A Workflow, and how often it was begun: runs that continue one before them do not count. */
export interface Begun {
  readonly type: string;
  readonly count: number;
}

export interface VendorFacts {
  readonly cancel: string;
  readonly quotas: Readonly<Record<string, Quota>>;
  readonly throttledCode: string;
  readonly cancelLeaves: 'record' | 'nothing';
  readonly tellsNoFailure: boolean;
  /** Its cancel has an idempotency token: none may be without. */
  readonly takesToken: boolean;
}

/** What Quiesce writes, by what it is sure to hold: a search that finds nothing of that has seen nothing. */
export type TextKind = 'database' | 'history' | 'log' | 'metrics' | 'answer';

export interface Text {
  readonly kind: TextKind;
  readonly where: string;
  readonly text: string | Buffer;
}

/** Every way in which something is not as it must be, a sentence each. */
export type Invariant = (evidence: Evidence) => string[];

/** Two vendors may give their tasks the same ids. */
export function taskKey({ provider, id }: { readonly provider: string; readonly id: string }): string {
  return `${provider} ${id}`;
}
