import type {
  CancelPhase,
  CancelProgress,
  CancelResult,
  OnRunningSubtasks,
  Verdict,
} from '../contract/cancellation.js';

/** What a caller may say about one cancellation. */
export interface CancelOptions {
  readonly dryRun?: boolean;
  /** Default `wait`. */
  readonly onRunningSubtasks?: OnRunningSubtasks;
  /** Erase the record of a task that has ended, too; only where the vendor's cancel leaves nothing of a task. */
  readonly deleteEnded?: boolean;
  readonly deadlineAfterMs?: number;
  readonly reason?: string;
  readonly requestedBy?: string;
  readonly campaign?: string;
  /** Is told the end, when it is known; the Workers' config must allow its host. It is kept in Temporal's history as it is. */
  readonly callbackUrl?: string;
  /** Names the request, and is not part of the input: whoever repeats it is told `attached: false` of what the first has begun. */
  readonly requestId?: string;
}

/** A cancellation in the middle of its story, as seen from outside; `progress` needs a live Worker. */
export interface CancellationStatus {
  /** The Workflow id. */
  readonly id: string;
  readonly runId: string;
  /** Names this cancellation through Continue-As-New and reset: a later one of the same task has another. */
  readonly firstRunId: string;
  /** The task's URI. */
  readonly task: string;
  readonly phase: CancelPhase | 'waiting-for-worker';
  /** Temporal's own word: RUNNING, COMPLETED, FAILED, TERMINATED … */
  readonly workflowStatus: string;
  readonly startedAt: string;
  readonly closedAt?: string;
  /** Left out when no Worker answered the Query in time. */
  readonly progress?: CancelProgress;
  /** The Activity that is running or waiting for its next attempt; while proving, attempts are polls. */
  readonly pending?: PendingStep;
  /** Once it has ended. */
  readonly result?: CancelResult;
  /** Why the Workflow failed, when it did. */
  readonly failure?: { readonly type: string; readonly message: string };
}

/** What the cancellation waits for right now. */
export interface PendingStep {
  readonly activity: string;
  readonly attempt: number;
  /** The last attempt's outcome: while proving, what the vendor said. `StillWaiting` is no fault; every other type is a problem. */
  readonly lastFailure?: { readonly type: string; readonly message: string };
  readonly nextAttemptAt?: string;
}

/** One line of a list; read from Search Attributes alone, so it needs no Worker and may lag by seconds. */
export interface CancellationSummary {
  readonly id: string;
  readonly runId: string;
  readonly task?: string;
  readonly provider?: string;
  readonly connection?: string;
  readonly phase?: CancelPhase;
  readonly verdict?: Verdict;
  readonly requestedBy?: string;
  readonly campaign?: string;
  readonly workflowStatus: string;
  readonly startedAt: string;
  readonly closedAt?: string;
}

export interface ListFilter {
  readonly connection?: string;
  /** Of any of these; at least one. */
  readonly connections?: readonly string[];
  /** A task's URI. */
  readonly task?: string;
  readonly provider?: string;
  readonly phase?: CancelPhase;
  readonly verdict?: Verdict;
  readonly requestedBy?: string;
  readonly campaign?: string;
  readonly running?: boolean;
  readonly limit?: number;
}
