import type {
  CampaignOptions,
  CampaignPhase,
  CampaignProgress,
  Problem,
  Selector,
  TargetOutcome,
  TargetState,
} from '../contract/campaign.js';
import type { TaskRef } from '../contract/task.js';
import type { TargetFile, TargetFileOptions } from './read-targets.js';

/**
 * Where a campaign's targets come from: a list, which is read once and never held as a whole, a file (`-` is standard input),
 * one that was opened already and stays so, or what a Worker finds.
 */
export type TargetSource =
  | {
      readonly targets: AsyncIterable<TaskRef | string> | Iterable<TaskRef | string>;
      /** The connections they are of, or more; of an array this is known without. */
      readonly connections?: readonly string[];
    }
  | TargetFile
  | ({ readonly file: string } & TargetFileOptions)
  | { readonly selectors: readonly Selector[] };

/** What a caller says about a new campaign. */
export interface NewCampaign extends CampaignOptions {
  /** Names it; the same id twice is one campaign. Left out: one is made up. */
  readonly id?: string;
  readonly reason: string;
  readonly requestedBy?: string;
  /** Is told the end, when it is known; the Workers' config must allow its host. It is kept in Temporal's history as it is. */
  readonly callbackUrl?: string;
}

/** Of loading: how many targets are in their lanes. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onLoaded?: (targets: number) => void;
}

export interface FindOptions {
  /** Of rows. */
  readonly limit?: number;
  /** Where a task is given by its id alone: whose lanes are asked. Left out, those of all. */
  readonly connections?: readonly string[] | undefined;
}

/** A campaign's progress, with what its running lanes have done since they told last. */
export interface LiveProgress extends CampaignProgress {
  /** By the clock of this process. */
  readonly atMs: number;
  /** No Worker answers at the moment, or no Temporal server: this is how it was at `atMs`. */
  readonly noWorker?: true;
  /** Beside `noWorker`: it is the Temporal server that does not answer, and nothing is known of the Workers. */
  readonly noTemporal?: true;
  /** What keeps it from going on at the moment: the last failures of its and its running lanes' Activities, which are tried again. */
  readonly stalled: readonly Problem[];
}

/** One line of a list; read from Search Attributes alone, so it needs no Worker and may lag by seconds. */
export interface CampaignSummary {
  readonly id: string;
  readonly runId: string;
  readonly phase?: CampaignPhase;
  readonly requestedBy?: string;
  /** Those of its targets, where that was known before they were loaded, and they are not too many to tell. */
  readonly connections?: readonly string[];
  /** Temporal's own word: RUNNING, COMPLETED, FAILED, TERMINATED … */
  readonly workflowStatus: string;
  readonly startedAt: string;
  readonly closedAt?: string;
}

/** One target's story. */
export interface ReportRow {
  readonly campaign: string;
  readonly lane: number;
  /** The task's URI. */
  readonly task: string;
  readonly hints?: Readonly<Record<string, string>>;
  readonly provider: string;
  readonly connection: string;
  readonly state: TargetState;
  /** The vendor's own word, as it was last seen. */
  readonly lastState?: string;
  readonly seenAt?: string;
  /** The vendor's id of the last look. */
  readonly seenBy?: string;
  /** How many cancel calls were answered. */
  readonly asks: number;
  readonly askedAt?: string;
  /** The vendor's id of the last ask. */
  readonly askedBy?: string;
  /** The token it was asked under, where it was asked, or may have been. */
  readonly clientToken?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface RetryOptions extends NewCampaign {
  /** Default: `unproven`, `refused`, `errored` and `left-alone`. */
  readonly outcomes?: readonly TargetOutcome[];
}
